"""Loading 500 slices of 512x512: time against SimpleITK and memcpy, first image, memory."""

import contextlib
import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import SimpleITK

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load, load_slice
from mo_viewer.dicom.scan import scan
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio, in_turn

SLICES = 500
GROWTH = """
import sys
from pathlib import Path
import numpy, SimpleITK, imagecodecs
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from tests.bench.bench_load import peak_kib
[series] = scan([Path(sys.argv[1])]).series
before = peak_kib()
volume = load(series)
print((peak_kib() - before) / 1024 - volume.values.nbytes / 2**20)
"""


def peak_kib() -> int:
    """The most memory that this process had; not `ru_maxrss`, which a child takes over from a large parent."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def bench(folder: Path) -> list[Ratio]:
    write_slices(folder, 1, SLICES)
    [series] = scan([folder]).series
    source = np.ones((SLICES, 512, 512), np.int16)
    grown = float(
        subprocess.run([sys.executable, "-c", GROWTH, str(folder)], capture_output=True, text=True, check=True).stdout
    )
    memory = Ratio("peak memory beyond the volume, MB, against 60 MB", grown, 60.0, 1.0)
    sys.stdout.write(memory.line().replace(" ms", " MB") + "\n")
    return [
        memory,
        in_turn(
            "load 512x512x500 against SimpleITK", lambda: load(series), lambda: with_itk(folder), 1 / 4, 5, at_hand
        ),
        in_turn("load 512x512x500 against memcpy", lambda: load(series), source.copy, 2.5, 5, at_hand),
        in_turn(
            "folder to first image against SimpleITK", lambda: first(folder), lambda: first_with_itk(folder), 1 / 8, 3
        ),
    ]


def at_hand() -> None:
    """Touch as much memory as either side will need: a virtual machine lends it slowly when it was not used lately."""
    gc.collect()
    np.ones(700 * 2**20, np.uint8)


def with_itk(folder: Path) -> SimpleITK.Image:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def first(folder: Path) -> object:
    """What the window does: the first snapshot of the running scan is enough for a picture."""
    shown = []
    ticket = Ticket()

    def found(known: tuple) -> None:
        shown.append(load_slice(known[0], known[0].shape[0] // 2))
        ticket.cancel()

    with contextlib.suppress(Cancelled):
        scan([folder], ticket, found)
    return shown[0]


def first_with_itk(folder: Path) -> SimpleITK.Image:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    return SimpleITK.ReadImage(names[len(names) // 2])
