import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.data.packing import (
    IGNORED,
    Document,
    Share,
    StreamState,
    TokenBlock,
    pack,
    pack_all,
    sum_shares,
)
from training.data.tokenizer import load_tokenizer
from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.settings.pretrain import Batch, Model, Tokenizer


def documents(lengths, learn_from=1):
    """Documents whose tokens are all different, so that every misplaced one is detected."""
    ends = np.cumsum([0, *lengths])
    return [
        Document(
            np.arange(a, b, dtype=np.int32),
            f"d{i}",
            {"s": (0, 0, i + 1, int(b))},
            learn_from,
            source="s",
            epoch_share=1 / len(lengths),
        )
        for i, (a, b) in enumerate(itertools.pairwise(ends))
    ]


def draw_from(rows):
    """Draw the documents endlessly, from the position in the progress."""

    def draw(progress):
        row = progress.get("s", (0, 0, 0, 0))[2]
        while True:
            yield from rows[row:]
            row = 0

    return draw


def packed(rows, how, context, window, start=None, seed=0):
    """Yield the blocks of the documents, drawn endlessly, from `start` on."""
    batch = Batch(context=context, tokens=context, packing=how, window=window, seed=seed)
    return pack(draw_from(rows), batch, start or StreamState({}))


def take(stream, count):
    return [next(stream) for _ in range(count)]


def same(a, b):
    return content(a) == content(b) and a.following == b.following


def content(block: TokenBlock):
    """Everything that is in a block, hashable."""
    arrays = (block.tokens, block.labels, block.positions)
    shares = tuple(sorted((name, s.tokens, s.epochs) for name, s in block.shares.items()))
    return *(tuple(array.tolist()) for array in arrays), block.used, block.origins, shares


def test_concatenated_documents_are_cut_where_a_block_is_full():
    stream = packed(documents([4, 6, 3]), "cut", 5, 1)
    first, second = take(stream, 2)
    assert first.tokens.tolist() == [0, 1, 2, 4, 5]
    assert first.labels.tolist() == [1, 2, 3, 5, 6]
    assert first.positions.tolist() == [0, 1, 2, 0, 1]
    assert first.origins == ("d0", "d1")
    assert second.tokens.tolist() == [6, 7, 8, 10, 11]
    assert second.labels.tolist() == [7, 8, 9, 11, 12]  # 6 was the label of 5: no token is lost
    assert second.positions.tolist() == [0, 1, 2, 0, 1]
    assert first.following == StreamState({"s": (0, 0, 1, 4)}, skip=2, window=1)


def test_whole_documents_go_where_they_fit_best():
    stream = packed(documents([4, 6, 3, 3]), "fit", 6, 2)
    first, second, _ = sorted(take(stream, 3), key=lambda block: block.tokens[0])
    assert first.tokens.tolist() == [0, 1, 2, 10, 11, 0]
    assert first.labels.tolist() == [1, 2, 3, 11, 12, IGNORED]
    assert first.positions.tolist() == [0, 1, 2, 0, 1, 0]
    assert (first.used, second.used) == (5, 5)
    assert second.tokens.tolist()[:5] == [4, 5, 6, 7, 8]


def test_tokens_before_learn_from_have_no_loss():
    (block,) = pack_all(documents([6], learn_from=4), 8)
    assert block.labels.tolist() == [IGNORED] * 3 + [4, 5] + [IGNORED] * 3


@pytest.mark.slow
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=30).filter(lambda all_: max(all_) > 1),
    st.sampled_from(["cut", "fit"]),
    st.integers(1, 16),
    st.integers(1, 4),
)
def test_the_stream_resumes_from_any_block(lengths, how, context, window):
    rows = documents(lengths)
    whole = take(packed(rows, how, context, window), 7)
    for index, block in enumerate(whole[:-1]):
        rest = take(packed(rows, how, context, window, block.following), 6 - index)
        assert all(map(same, rest, whole[index + 1 :]))


@pytest.mark.parametrize("how", ["cut", "fit"])
def test_a_window_is_rebuilt_the_same_from_any_of_its_blocks(how):
    rows = documents(np.random.RandomState(0).randint(2, 40, 50))
    whole = take(packed(rows, how, 8, 12), 40)
    used = [block.following.used for block in whole]
    assert 0 in used  # a window ends ...
    assert max(used) >= 11  # ... and has many blocks
    for index, block in enumerate(whole[:-1]):
        rest = take(packed(rows, how, 8, 12, block.following), 39 - index)
        assert all(map(same, rest, whole[index + 1 :]))


@pytest.mark.parametrize("how", ["cut", "fit"])
def test_resuming_reads_no_document_before_the_window(how):
    rows = documents([9] * 20)
    block = take(packed(rows, how, 8, 4), 6)[-1]
    row, skip = (3, 8) if how == "cut" else (4, 0)  # "cut": the end of d3 may be in two windows
    assert block.following == StreamState({"s": (0, 0, row, 9 * row)}, skip, window=1, used=2)
    seen = []

    def draw(progress):
        seen.append(progress)
        yield from rows[row:]

    batch = Batch(context=8, tokens=8, packing=how, window=4)
    rest = take(pack(draw, batch, block.following), 2)
    assert seen == [block.following.progress]
    assert {origin for b in rest for origin in b.origins} < {"d4", "d5", "d6", "d7"}


@given(
    st.lists(st.integers(2, 40), min_size=1, max_size=12),
    st.sampled_from(["cut", "fit"]),
    st.integers(1, 16),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_a_window_has_the_blocks_of_the_documents_in_order(lengths, how, context, window, seed):
    """With windows of one block, "cut" is in order; "fit" has the same blocks for any seed."""
    rows = documents(lengths)
    whole = take_windows(packed(rows, how, context, window, seed=seed), 2)
    in_order = packed(rows, how, context, 1 if how == "cut" else window, seed=seed + 1)
    for blocks in whole:
        expected = take(in_order, len(blocks))
        assert Counter(map(content, blocks)) == Counter(map(content, expected))


def take_windows(stream, count):
    """Return the blocks of the first `count` windows."""
    windows = [[] for _ in range(count)]
    while (block := next(stream)).following.window < count:
        windows[block.following.window - (block.following.used == 0)].append(block)
    windows[-1].append(block)
    return windows


@pytest.mark.parametrize("how", ["cut", "fit"])
def test_the_order_depends_on_the_seed_and_the_index_of_the_window(how):
    def order(seed, window, other=0):
        start = StreamState({"s": (0, 0, other, 0)}, window=window)
        blocks = take(packed(documents([9] * 100), how, 8, 32, start, seed), 32)
        return [int(block.tokens[0]) // 9 - other for block in blocks]

    assert sorted(order(0, 0)) == list(range(32))
    assert order(0, 0) == order(0, 0, other=40)
    assert len({tuple(order(seed, window)) for seed in (0, 1) for window in (0, 1)}) == 4


@pytest.mark.parametrize("how", ["cut", "fit"])
def test_a_batch_has_blocks_of_many_long_documents(how):
    rows = documents([8 * 32 + 1] * 32)  # each fills 32 blocks, as many as a batch
    blocks = take(packed(rows, how, 8, 1024), 1024)
    in_batches = [blocks[first : first + 32] for first in range(0, 1024, 32)]
    counts = [len({b.origins[0] for b in batch}) for batch in in_batches]
    assert min(counts) >= 16
    assert {len(block.origins) for block in blocks} == {1}


@pytest.mark.parametrize("how", ["cut", "fit"])
def test_shares_are_the_positions_and_the_part_of_the_epoch_in_a_block(how):
    rows = documents([5, 9, 3, 7])
    rows[2] = replace(rows[2], source="t", epoch_share=0.5)
    blocks = take(packed(rows, how, 4, 5), 5)  # all 20 positions
    assert all(sum(s.tokens for s in b.shares.values()) == b.used for b in blocks)
    total = sum_shares(block.shares for block in blocks)
    assert total == {"s": Share(18, pytest.approx(0.75)), "t": Share(2, pytest.approx(0.5))}


def test_documents_without_a_source_are_not_counted():
    (block,) = pack_all([replace(documents([5])[0], source="")], 8)
    assert (block.used, block.shares) == (4, {})


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 16))
def test_every_token_is_predicted_once_from_the_one_before_it(lengths, context):
    rows = documents(lengths)
    blocks = pack_all(rows, context)
    pairs = [
        (int(a), int(b))
        for block in blocks
        for a, b in zip(block.tokens, block.labels, strict=True)
        if b != IGNORED
    ]
    expected = [(int(t), int(t) + 1) for row in rows for t in row.tokens[:-1]]
    assert sorted(pairs) == expected
    for block in blocks:  # a position is 0, or one more than the one before
        jumps = np.diff(block.positions)[block.positions[1:] > 0]
        assert (jumps == 1).all()


@pytest.mark.parametrize(("how", "least"), [("cut", 1.0), ("fit", 0.99)])
def test_at_least_99_percent_of_positions_are_used(how, least):
    lengths = np.random.RandomState(1).lognormal(6, 1, 3000).astype(int) + 2  # as of web pages
    blocks = take(packed(documents(lengths), how, 4096, 128), 300)
    assert sum(block.used for block in blocks) >= least * 300 * 4096


def test_logits_of_packed_documents_are_those_of_each_alone():
    vocabulary = load_tokenizer(Tokenizer())
    sizes = Model(layers=2, width=32, heads=4, kv_heads=2, hidden=48, init_std=0.3)
    model = make_model(sizes, vocabulary, 64, seed=1).eval()
    texts = ["x^2 = 4", "answer: two", "\u7b54\u6848", "a much longer proof by hand"]
    tokens = [vocabulary.document(text) for text in vocabulary.encode(texts)]
    blocks = pack_all([Document(row, "", {}) for row in tokens], 64)
    assert len(blocks) < len(tokens)
    packed = 0.0
    for block in blocks:
        inputs = [torch.from_numpy(getattr(block, n)).long()[None] for n in FIELDS]
        packed += DocumentLoss(model)(*inputs).item()
        check_logits(model, block)
    alone = 0.0
    for row in tokens:
        ids = torch.from_numpy(row).long()[None]
        alone += model(ids, labels=ids).loss.item() * (len(row) - 1)
    assert packed == pytest.approx(alone, rel=1e-5)


FIELDS = ("tokens", "labels", "positions")


def check_logits(model, block):
    """Compare the logits with those of each piece alone, without any mask."""
    seen = {}
    head = model.get_output_embeddings()
    hook = head.register_forward_hook(lambda _, __, out: seen.update(logits=out))
    inputs = [torch.from_numpy(getattr(block, n)).long()[None] for n in FIELDS]
    with torch.no_grad():
        DocumentLoss(model)(*inputs)
        packed = seen["logits"]
        hook.remove()
        starts = [*np.flatnonzero(block.positions[: block.used] == 0), block.used]
        for a, b in itertools.pairwise(starts):
            alone = model(inputs[0][:, a:b]).logits[0]
            assert float((packed[a:b] - alone).abs().max()) <= 1e-5


def test_the_loss_of_a_document_does_not_depend_on_its_neighbours():
    vocabulary = load_tokenizer(Tokenizer())
    model = make_model(Model(layers=1, width=16, heads=2, hidden=16), vocabulary, 16, seed=0)
    positions = torch.tensor([[0, 1, 2, 0, 1, 2, 3, 0]])
    labels = torch.full((1, 8), IGNORED)
    labels[0, 3:7] = torch.tensor([1, 2, 3, 4])
    tokens = torch.arange(8)[None]
    others = tokens.clone()
    others[0, :3] += 50
    others[0, 7] += 50
    loss = DocumentLoss(model)
    assert loss(tokens, labels, positions).item() == loss(others, labels, positions).item()
