"""Blocks to batches, made ahead in a thread while the model works. `batches(...)`."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from training.data.packing import IGNORED, Block, StreamState

_AHEAD = 2  # batches


@dataclass(frozen=True)
class Batch:
    """N blocks for one step of all processes: int32[N, T] each."""

    tokens_NT: NDArray[np.int32]
    labels_NT: NDArray[np.int32]
    positions_NT: NDArray[np.int32]
    targets: int  # labels that are not IGNORED
    used: int  # places that are not padding
    origins: tuple[tuple[str, ...], ...]  # of each block
    following: StreamState
    digest: str  # of everything up to here and its order: equal digests, equal data


@contextmanager
def batches(blocks: Iterator[Block], count: int, digest: str) -> Iterator[Iterator[Batch]]:
    """Within the context, an iterator of batches of `count` blocks.

    An error in the making of a batch is raised where the batch is awaited.
    `digest` is that of the last batch before, "" at the start. The state of a batch is of the data
    after it, so that what was made ahead and not used is made again after a restart.
    """
    pool = ThreadPoolExecutor(1, "batches")
    try:
        yield _ahead(pool, _batches(blocks, count, digest))
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(pool: ThreadPoolExecutor, made: Iterator[Batch]) -> Iterator[Batch]:
    waiting = deque(pool.submit(next, made) for _ in range(_AHEAD))
    while True:
        waiting.append(pool.submit(next, made))
        yield waiting.popleft().result()


def _batches(blocks: Iterator[Block], count: int, digest: str) -> Iterator[Batch]:
    while True:
        some = list(islice(blocks, count))
        tokens, labels, positions = (
            np.stack([getattr(one, name) for one in some])
            for name in ("tokens", "labels", "positions")
        )
        content = b"".join(one.tobytes() for one in (tokens, labels, positions))
        digest = blake2b(digest.encode() + content, digest_size=16).hexdigest()
        yield Batch(
            tokens,
            labels,
            positions,
            int((labels != IGNORED).sum()),
            sum(one.used for one in some),
            tuple(one.origins for one in some),
            some[-1].following,
            digest,
        )
