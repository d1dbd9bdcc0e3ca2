"""Stack blocks into batches, prefetched in a thread while the model computes."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from training.data.packing import IGNORED, Shares, StreamState, TokenBlock, sum_shares

_PREFETCHED = 2  # batches


@dataclass(frozen=True)
class TokenBatch:
    """N blocks of T tokens for one step of all processes; arrays are int32[N, T]."""

    tokens_NT: NDArray[np.int32]
    labels_NT: NDArray[np.int32]
    positions_NT: NDArray[np.int32]
    targets: int  # labels that are not IGNORED
    used: int  # positions that are not padding
    origins: tuple[tuple[str, ...], ...]  # file and row of the documents of each block
    following: StreamState  # after this batch
    digest: str  # of all data so far, in order: equal digests mean equal data
    shares: Shares  # of the sources in this batch

    @property
    def documents(self) -> int:
        """The number of distinct documents."""
        return len({origin for block in self.origins for origin in block})


@contextmanager
def batches(
    blocks: Iterator[TokenBlock], count: int, digest: str
) -> Iterator[Iterator[TokenBatch]]:
    """Yield an iterator of batches of `count` blocks.

    `digest` is that of the previous batch, "" at the start. `following` of a batch is the state
    after it, so batches that were prefetched but not used are read again on resume. An error while
    reading is raised by the `next` that would have returned the batch.
    """
    pool = ThreadPoolExecutor(1, "batches")
    try:
        yield _prefetched(pool, _batches(blocks, count, digest))
    finally:
        pool.shutdown(cancel_futures=True)


def _prefetched(pool: ThreadPoolExecutor, stream: Iterator[TokenBatch]) -> Iterator[TokenBatch]:
    pending = deque(pool.submit(next, stream) for _ in range(_PREFETCHED))
    while True:
        pending.append(pool.submit(next, stream))
        yield pending.popleft().result()


def _batches(blocks: Iterator[TokenBlock], count: int, digest: str) -> Iterator[TokenBatch]:
    while True:
        rows = list(islice(blocks, count))
        tokens, labels, positions = (
            np.stack([getattr(block, name) for block in rows])
            for name in ("tokens", "labels", "positions")
        )
        content = b"".join(array.tobytes() for array in (tokens, labels, positions))
        digest = blake2b(digest.encode() + content, digest_size=16).hexdigest()
        yield TokenBatch(
            tokens,
            labels,
            positions,
            int((labels != IGNORED).sum()),
            sum(block.used for block in rows),
            tuple(block.origins for block in rows),
            rows[-1].following,
            digest,
            sum_shares(block.shares for block in rows),
        )
