"""Pages that hang, crash or fill memory: functions for the sandboxed process to call."""

import os
import re
import signal
import time
from pathlib import Path

from transforms.html.limits import HostilePageError
from transforms.pages.extract import Extraction, extract

SPIN, DIE, BUG = b"<!--spin-->", b"<!--die-->", b"<!--bug-->"
_kept: list[bytes] = []


def spin_in_native_code():
    re.match(r"(a*)*b", "a" * 64)


def sleep():
    time.sleep(600)


def die(signal_number):
    os.kill(os.getpid(), signal_number)


def die_once(marker):
    """Create a file and die; return the process id if the file already exists."""
    if not Path(marker).exists():
        Path(marker).touch()
        die(signal.SIGKILL)
    return os.getpid()


def leave():
    raise SystemExit(0)


def take_memory(size):
    return len(bytearray(size))


def keep_memory(size):
    _kept.append(b"1" * size)
    return os.getpid()


def reject():
    raise HostilePageError("too_deep", "deeper than deep")


def fail():
    return {}["no such key"]


def return_no_value():
    return lambda: None


def panic():
    kind = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    raise kind("index out of bounds")


def extract_or_hang(html: bytes, content_type: str | None) -> Extraction:
    """Call `extract`, except for pages that contain SPIN, DIE or BUG."""
    if SPIN in html:
        spin_in_native_code()
    if DIE in html:
        die(signal.SIGSEGV)
    if BUG in html:
        fail()
    return extract(html, content_type)
