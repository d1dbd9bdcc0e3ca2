import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.data.packing import IGNORED, Document, StreamState, pack, pack_all
from training.data.tokenizer import load_tokenizer
from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.settings.pretrain import Model, Tokenizer


def documents(lengths, learn_from=1):
    """Documents whose tokens are all different, so that every misplaced one is detected."""
    ends = np.cumsum([0, *lengths])
    return [
        Document(np.arange(a, b, dtype=np.int32), f"d{i}", {"s": (0, 0, i + 1, int(b))}, learn_from)
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


def take(stream, count):
    return [next(stream) for _ in range(count)]


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("tokens", "labels", "positions")
    ) and (a.used, a.origins, a.following) == (b.used, b.origins, b.following)


def test_concatenated_documents_are_cut_where_a_block_is_full():
    stream = pack(draw_from(documents([4, 6, 3])), "cut", 5, 1, StreamState({}))
    first, second = take(stream, 2)
    assert first.tokens.tolist() == [0, 1, 2, 4, 5]
    assert first.labels.tolist() == [1, 2, 3, 5, 6]
    assert first.positions.tolist() == [0, 1, 2, 0, 1]
    assert first.origins == ("d0", "d1")
    assert second.tokens.tolist() == [6, 7, 8, 10, 11]
    assert second.labels.tolist() == [7, 8, 9, 11, 12]  # 6 was the label of 5: no token is lost
    assert second.positions.tolist() == [0, 1, 2, 0, 1]
    assert first.following == StreamState({"s": (0, 0, 1, 4)}, skip=2)


def test_whole_documents_go_where_they_fit_best():
    stream = pack(draw_from(documents([4, 6, 3, 3])), "fit", 6, 2, StreamState({}))
    first, second = take(stream, 2)
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
    draw = draw_from(documents(lengths))
    whole = take(pack(draw, how, context, window, StreamState({})), 7)
    for index, block in enumerate(whole[:-1]):
        rest = take(pack(draw, how, context, window, block.following), 6 - index)
        assert all(map(same, rest, whole[index + 1 :]))


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
    blocks = take(pack(draw_from(documents(lengths)), how, 4096, 128, StreamState({})), 300)
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
