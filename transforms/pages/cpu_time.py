"""Measure the CPU time of a function in the process that calls it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


def with_cpu_time(function: Callable[..., _T], *arguments: Any) -> tuple[_T, float]:
    """Return `function(*arguments)` and the CPU time of all threads meanwhile, in seconds."""
    started = time.process_time()
    return function(*arguments), time.process_time() - started
