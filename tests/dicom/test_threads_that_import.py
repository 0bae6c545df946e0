"""The first export and the first reading of a header may begin at once, in two threads of a fresh program."""

import subprocess
import sys

BOTH = """
import threading
faults = []

def read():
    from mo_viewer.dicom.library import pydicom
    pydicom().dcmread

def write():
    from mo_viewer.report.maker import quiet_libraries
    quiet_libraries()
    from highdicom import sr

def send():
    from mo_viewer.pacs.quiet import silence
    silence()
    from pynetdicom import AE

def guarded(work):
    try:
        work()
    except Exception as fault:
        faults.append(repr(fault))

threads = [threading.Thread(target=guarded, args=(work,)) for work in (write, read, send)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(faults)
"""


def test_libraries_that_several_threads_need_first_are_whole_in_each() -> None:
    done = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
