"""What is fuzzed: for each kind of input the good files to begin with, and what the program does with one."""

import contextlib
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mo_viewer.base.faults import Fault

BUDGET_BYTES = 1 << 29
Run = Callable[[bytes, Path], None]


@dataclass(frozen=True)
class Harness:
    """One kind of input: `seeds` finds good files below the folder of real images, `run` reads one broken input."""

    seeds: Callable[[Path], list[bytes]]
    run: Run
    is_dicom: bool = True


@contextlib.contextmanager
def _sentence() -> Iterator[None]:
    """A refusal is one sentence of its own, not that of something that nobody has thought of."""
    from mo_viewer.dicom.scan import UNFORESEEN

    said = None
    try:
        yield
    except Fault as fault:
        said = fault.sentence
    if said is not None:
        assert said[:1].isupper(), said
        assert said.endswith("."), said
        assert said != UNFORESEEN, said


def _files(*patterns: str, largest: int = 400_000) -> Callable[[Path], list[bytes]]:
    def found(shared: Path) -> list[bytes]:
        paths = sorted({path for pattern in patterns for path in shared.glob(pattern) if path.is_file()})
        return [path.read_bytes() for path in paths if path.stat().st_size <= largest]

    return found


def _scan(data: bytes, folder: Path) -> None:
    from mo_viewer.dicom.scan import UNFORESEEN, scan

    (folder / "x").write_bytes(data)
    for refused in scan([folder]).refused:
        assert refused.text.endswith("."), refused
        assert refused.code, refused
        assert refused.text != UNFORESEEN, refused


def _headers(data: bytes, folder: Path) -> None:
    from mo_viewer.dicom.elements import read_elements
    from mo_viewer.volume.source import Instance

    (folder / "x").write_bytes(data)
    with _sentence():
        read_elements(Instance(str(folder / "x"), "", ""))


def _pixels(data: bytes, folder: Path) -> None:
    from mo_viewer.dicom.load import load, load_slice
    from mo_viewer.dicom.scan import scan

    (folder / "x").write_bytes(data)
    for series in scan([folder]).series:
        if series.is_image:
            with _sentence():
                load_slice(series, 0)
            with _sentence():
                load(series, budget_bytes=BUDGET_BYTES)


def _dicomdir(data: bytes, folder: Path) -> None:
    from mo_viewer.dicom.scan import scan

    (folder / "DICOMDIR").write_bytes(data)
    scan([folder / "DICOMDIR"])
    scan([folder])


def _zip(data: bytes, folder: Path) -> None:
    outside = set(folder.parent.iterdir())
    (folder / "x.zip").write_bytes(data)
    _pixels_of(folder)
    assert {path.name for path in folder.iterdir()} == {"x.zip"}, "something was unpacked"
    assert set(folder.parent.iterdir()) == outside, "something was unpacked outside"


def _pixels_of(folder: Path) -> None:
    from mo_viewer.dicom.load import load
    from mo_viewer.dicom.scan import scan

    for series in scan([folder]).series:
        if series.is_image:
            with _sentence():
                load(series, budget_bytes=BUDGET_BYTES)


def _zips(shared: Path) -> list[bytes]:
    inside = _files("transfer_syntaxes/*.dcm", "media_dicomdir/DICOMDIR*", largest=60_000)(shared)
    made = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", packing) as zipped:
            for n, name in enumerate(("a/b.dcm", "../../up", "/tmp/root", "C:\\x\\y", "a/" * 300 + "z", "inner.zip")):
                zipped.writestr(name, inside[n % len(inside)])
            link = zipfile.ZipInfo("link")
            link.external_attr = 0o120777 << 16
            zipped.writestr(link, "/etc/passwd")
        made.append(whole.getvalue())
    return made


def _objects(data: bytes, folder: Path) -> None:
    from mo_viewer.dicom.scan import scan
    from mo_viewer.report.read_in import read_in

    (folder / "x.dcm").write_bytes(data)
    for found in read_in(scan([folder, *_images()]).series):
        assert all(isinstance(remark, str) for remark in found.remarks)


@cache
def _images() -> tuple[Path, ...]:
    """Images that segments and contours can be laid upon, where they are known."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "data"
    return tuple(path for path in (shared / "seg_tiny_with_ct" / "ct",) if path.is_dir())


def _export(data: bytes, folder: Path) -> None:
    from mo_viewer.report.verify import verify

    (folder / "mo-x.dcm").write_bytes(data)
    (folder / "findings.json").write_bytes(data)
    (folder / "measurements.csv").write_bytes(data)
    with _sentence():
        verify(folder)


def _json(data: bytes, folder: Path) -> None:
    from mo_viewer.findings.document import Document
    from mo_viewer.findings.plain import from_plain
    from mo_viewer.pacs.settings import nodes_file, read_nodes
    from mo_viewer.plugin_host.record import Record
    from mo_viewer.session.settings import own_settings

    place = nodes_file().parent
    place.mkdir(parents=True, exist_ok=True)
    for name in ("nodes.json", "settings.json", "plugins.json"):
        (place / name).write_bytes(data)
    own_settings().get("theme", "dark")
    record = Record(place / "plugins.json", folder)
    record.off("mo_x"), record.seen("mo_x"), record.settings("mo_x")
    (folder / "calibrations.json").write_bytes(data)
    record.calibrations()
    with _sentence():
        read_nodes()
    with contextlib.suppress(ValueError, RecursionError):
        plain = json.loads(data)
        with _sentence():
            from_plain(Document, plain, {})


def _json_seeds(_: Path) -> list[bytes]:
    from mo_viewer.findings.document import Document, Timepoint
    from mo_viewer.findings.lesion import Lesion
    from mo_viewer.findings.plain import to_plain
    from mo_viewer.volume.source import Patient

    lesion = Lesion("2.25.1", "L1", ((1.0, 2.0, 3.0),))
    document = Document(Patient("k")).with_lesion(Timepoint("1.2", "1.2.3"), lesion)
    node = {"kind": "dicom", "name": "A", "title": "AET", "host": "h", "port": 104}
    things = (
        to_plain(document, {}),
        {"schema": "mo-viewer/nodes/1", "nodes": [node]},
        {"paths": ["/a", "/b"], "theme": "light", "presets": [{"name": "x", "width": 1, "centre": 2}]},
        {"mo_x": {"off": "", "version": "1", "fingerprint": "0" * 64, "settings": {"a": 1}}, "calibrations": [{}]},
    )
    return [json.dumps(thing).encode() for thing in things]


def _manifest(data: bytes, folder: Path) -> None:
    from mo_viewer.plugin_host.manifest import check_api, read_manifest

    plugin = folder / "mo_x"
    plugin.mkdir()
    (plugin / "plugin.toml").write_bytes(data)
    with _sentence():
        check_api(read_manifest(plugin))


def _manifests(_: Path) -> list[bytes]:
    from mo_viewer.paths import bundled

    return [path.read_bytes() for path in sorted(bundled("plugins").glob("*/plugin.toml"))]


def _presets(data: bytes, folder: Path) -> None:
    from unittest.mock import patch

    from mo_viewer.session.settings import Settings
    from mo_viewer.ui.presets import own_presets, read_presets

    (folder / "window_presets.toml").write_bytes(data)
    with patch("mo_viewer.ui.presets.bundled", lambda _: folder), _sentence():
        read_presets()
    (folder / "settings.json").write_bytes(data)
    own_presets(Settings(folder / "settings.json"))


def _preset_seeds(_: Path) -> list[bytes]:
    from mo_viewer.paths import bundled

    own = {"presets": [{"name": "x", "width": 1, "centre": 2, "key": "1", "group": ""}]}
    return [(bundled("resources") / "window_presets.toml").read_bytes(), json.dumps(own).encode()]


def _store(data: bytes, folder: Path) -> None:
    from mo_viewer.paths import user_data
    from mo_viewer.session.audit import Audit
    from mo_viewer.session.rescue import rescue
    from mo_viewer.session.schema import Damaged
    from mo_viewer.session.store import Store
    from mo_viewer.session.transfer import import_store
    from mo_viewer.ui.recent import recent_folders

    (folder / "given.sqlite").write_bytes(data)
    with _sentence():
        Audit(folder / "given.sqlite").broken_at()
    user_data().mkdir(parents=True, exist_ok=True)
    (user_data() / "recent.sqlite").write_bytes(data)
    recent_folders()
    own = Store(folder / "own" / "findings.sqlite")
    with _sentence():
        import_store(own, folder / "given.sqlite")
    own.close()
    store = None
    try:
        store = Store(folder / "given.sqlite")
    except Damaged:
        with _sentence():
            store = rescue(folder / "given.sqlite").store
    except Fault:
        pass
    if store is not None:
        with _sentence():
            for key in store.patients():
                store.head(key)
        store.close()


def _stores(_: Path) -> list[bytes]:
    import tempfile

    from mo_viewer.findings.document import Document, Timepoint
    from mo_viewer.findings.lesion import Lesion
    from mo_viewer.session.store import Store
    from mo_viewer.volume.source import Patient

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "findings.sqlite"
        store = Store(path)
        document, parent = Document(Patient("k")), None
        for n in range(30):
            document = document.with_lesion(Timepoint("1.2", "1.2.3"), Lesion(f"2.25.{n}", f"L{n}", ((1.0, 2.0, 3.0),)))
            parent = store.append("Mark", document, parent)
        store.close()
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
        return [path.read_bytes()]


def _records(data: bytes, folder: Path) -> None:
    """The files beside the findings: what is to be sent, what was done, what was opened, what was indexed."""
    from mo_viewer.dicom.cache import Cache
    from mo_viewer.dicom.scan import scan
    from mo_viewer.pacs.queue import Queue
    from mo_viewer.paths import user_data
    from mo_viewer.session.audit import EXPORT, Audit
    from mo_viewer.ui.recent import recent_folders, remember

    def given(name: str) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    with _sentence(), Queue(given("sending.sqlite")) as queue:
        queue.jobs()
        queue.next_due()
        queue.forget_studies(["1.2"])
    audit = Audit(given("audit.sqlite"))
    with _sentence():
        audit.broken_at()
    with _sentence():
        audit.record(EXPORT, "E")
    (folder / "images").mkdir()
    scan([folder / "images"], cache=Cache(given("scan.sqlite")))
    user_data().mkdir(parents=True, exist_ok=True)
    (user_data() / "recent.sqlite").write_bytes(data)
    recent_folders()
    with contextlib.suppress(OSError):
        remember([folder / "images"])


def _record_seeds(shared: Path) -> list[bytes]:
    import tempfile

    from mo_viewer.dicom.cache import Cache
    from mo_viewer.dicom.scan import scan
    from mo_viewer.pacs.parcel import inspect
    from mo_viewer.pacs.queue import Queue
    from mo_viewer.paths import user_data
    from mo_viewer.session.audit import EXPORT, Audit
    from mo_viewer.ui.recent import remember

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = shared / "seg_tiny_with_ct"
        with Queue(folder / "q.sqlite") as queue:
            queue.put([inspect(path) for path in sorted(images.rglob("*.dcm"))[:3]], "PEER@127.0.0.1:104")
        audit = Audit(folder / "a.sqlite")
        for _ in range(20):
            audit.record(EXPORT, "E", "abc", "5 files")
        scan([images], cache=Cache(folder / "c.sqlite"))
        remember([folder])
        paths = [*(folder / f"{one}.sqlite" for one in "qac"), user_data() / "recent.sqlite"]
        for path in paths:
            with contextlib.closing(sqlite3.connect(path)) as db:
                db.execute("PRAGMA journal_mode=DELETE")
        return [path.read_bytes() for path in paths]


HARNESSES: dict[str, Harness] = {
    "scan": Harness(_files("*/*.dcm", "*/*/*.dcm", "broken_files/*"), _scan),
    "headers": Harness(_files("charsets/*", "broken_files/*", "lut_sequences/*", "sr_tid1500_petct/*"), _headers),
    "pixels": Harness(
        _files("transfer_syntaxes/*", "multiframe_enhanced/*", "lut_sequences/*", "broken_files/*"), _pixels
    ),
    "dicomdir": Harness(_files("media_dicomdir/DICOMDIR*"), _dicomdir),
    "zip": Harness(_zips, _zip, is_dicom=False),
    "sr": Harness(_files("seg_sr_small/sr*", "sr_tid1500_petct/sr.dcm", "broken_files/report*"), _objects),
    "seg": Harness(_files("seg_sr_small/seg*", "seg_tiny_with_ct/label_seg.dcm", "sr_tid1500_petct/seg.dcm"), _objects),
    "rtstruct": Harness(_files("*/rtstruct_on_ct.dcm", "broken_files/rtplan*"), _objects),
    "export": Harness(_files("seg_sr_small/s*", "sr_tid1500_petct/s*", "seg_tiny_with_ct/label_seg.dcm"), _export),
    "json": Harness(_json_seeds, _json, is_dicom=False),
    "manifests": Harness(_manifests, _manifest, is_dicom=False),
    "presets": Harness(_preset_seeds, _presets, is_dicom=False),
    "store": Harness(_stores, _store, is_dicom=False),
    "records": Harness(_record_seeds, _records, is_dicom=False),
}


def run_one(name: str, data: bytes, folder: Path) -> None:
    """Read one input in a folder of its own, which is gone afterwards."""
    inner = folder / "input"
    inner.mkdir(parents=True)
    try:
        HARNESSES[name].run(data, inner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
