import threading
from hashlib import blake2b

import pytest

from tests.training.data.test_packing import documents, packed
from training.data.batches import batches
from training.data.packing import Share, StreamState


def blocks(start=None):
    return packed(documents([5, 9, 3, 7]), "cut", 4, 1, start)


def take(count, start=None, digest=""):
    with batches(blocks(start), 2, digest) as stream:
        return [next(stream) for _ in range(count)]


def test_a_batch_is_blocks_and_the_state_after_them():
    (batch,) = take(1)
    assert batch.tokens_NT.tolist() == [[0, 1, 2, 3], [5, 6, 7, 8]]
    assert (batch.targets, batch.used) == (8, 8)
    assert batch.origins == (("d0",), ("d1",))
    assert batch.following == StreamState({"s": (0, 0, 1, 5)}, skip=4, window=2)
    assert batch.documents == 2
    assert batch.shares == {"s": Share(8, pytest.approx(1.5 / 4))}


def test_a_document_in_several_blocks_of_a_batch_counts_once():
    with batches(blocks(), 3, "") as stream:
        assert [next(stream).documents for _ in range(2)] == [2, 3]


def test_the_digest_chains_all_data_in_order():
    whole = take(4)
    later = take(2, whole[1].following, whole[1].digest)
    assert [batch.digest for batch in later] == [batch.digest for batch in whole[2:]]
    content = b"".join(
        getattr(whole[0], name).tobytes() for name in ("tokens_NT", "labels_NT", "positions_NT")
    )
    assert whole[0].digest == blake2b(content, digest_size=16).hexdigest()
    assert len({batch.digest for batch in whole}) == 4


def test_an_error_while_reading_is_raised_by_the_next_that_needs_the_batch():
    def broken():
        yield next(blocks())
        yield next(blocks())
        raise ValueError("shard is damaged")

    with batches(broken(), 2, "") as stream:
        next(stream)
        with pytest.raises(ValueError, match="shard is damaged"):
            next(stream)


def test_leaving_early_ends_the_thread():
    before = threading.active_count()
    take(1)
    assert threading.active_count() == before
