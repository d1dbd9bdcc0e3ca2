"""The CPU time of a function, measured in the process that calls it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


def with_cpu_time(function: Callable[..., _T], *arguments: Any) -> tuple[_T, float]:
    """Return `function(*arguments)` and the seconds of CPU time that it took, of all threads."""
    started = time.process_time()
    return function(*arguments), time.process_time() - started
