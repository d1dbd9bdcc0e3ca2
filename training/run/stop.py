"""Stop a run at the end of a step when SIGINT (Ctrl-C) or SIGTERM (preemption) asks for it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from schemas.errors import StoppedError
from training.run.distributed import World

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NOTICE = "\nstopping with a checkpoint at the end of this step; the next signal ends at once\n"


@contextmanager
def defer_signals(world: World) -> Iterator[None]:
    """Within the block, record the first SIGINT or SIGTERM in `world.signals`.

    The next one ends the process at once, even within a call that never returns. Blocks may be
    nested.
    """
    if world.signals:  # an outer block has recorded one
        yield
        return
    handler = _recorder(world)
    previous = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)


def _recorder(world: World) -> Callable[[int, FrameType | None], None]:
    def record(number: int, frame: FrameType | None) -> None:
        for deferred in _SIGNALS:
            signal.signal(deferred, signal.SIG_DFL)
        if world.signals:  # recorded in an inner block
            signal.raise_signal(number)
        world.signals.append(number)
        if world.is_first:
            os.write(2, _NOTICE.encode())  # print is not reentrant

    return record


def received_signal(world: World) -> int:
    """Return the number of the signal that any process has received, 0 if none.

    Every process must call it, and gets the same result.
    """
    return world.largest(max(world.signals, default=0))


def stop_error(number: int, when: str) -> StoppedError:
    """Return the error that ends a run at a signal; `when` is such as "after step 41".

    Its exit status is what a shell reports of a process that the signal ended.
    """
    return StoppedError(f"stopped {when}; the same command resumes", 128 + number)
