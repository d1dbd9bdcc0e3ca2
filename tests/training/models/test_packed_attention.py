"""FlashAttention needs a GPU: here a stand-in checks that it gets the right arguments."""

import itertools

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from tests.helpers.rl_runs import write_small
from tests.helpers.runs import records
from training import grpo_run
from training.data.packing import Document, pack_all
from training.data.tokenizer import load_tokenizer
from training.models import packed_attention
from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.models.packed_attention import to_device
from training.rl import start as start_grpo
from training.settings.pretrain import Model, Tokenizer

pytestmark = pytest.mark.slow  # trains


def slow_varlen(query, key, value, ends_q, ends_k, longest_q, longest_k, **options):
    """What the documentation of `varlen_attn` says, one sequence at a time."""
    assert options.pop("window_size") == (-1, 0)
    assert options.pop("enable_gqa", None) is (True if packed_attention._HAS_GQA else None)
    assert ends_q.dtype == torch.int32
    assert (ends_q.diff() <= longest_q).all()
    parts = []
    for a, b in itertools.pairwise(ends_q):
        q, k, v = (state[a:b].transpose(0, 1)[None] for state in (query, key, value))
        out = scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True, **options)
        parts.append(out[0].transpose(0, 1))
    return torch.cat(parts)


def test_document_ends_give_the_gradients_of_a_mask(monkeypatch):
    monkeypatch.setattr(packed_attention, "varlen_attn", slow_varlen)
    vocabulary = load_tokenizer(Tokenizer())
    sizes = Model(layers=2, width=32, heads=4, kv_heads=2, hidden=48, init_std=0.3)
    tokens = vocabulary.encode(["one", "x^2 = 4 has two", "y", "and a third, that is longer"])
    blocks = pack_all([Document(vocabulary.document(row), "", {}) for row in tokens], 32)
    arrays = [torch.tensor([getattr(b, n).tolist() for b in blocks]).int().numpy() for n in FIELDS]
    results = []
    for attention in ("sdpa", packed_attention.use_varlen_attention()):
        model = make_model(sizes, vocabulary, 32, seed=1, attention=attention)
        inputs = to_device(arrays, model, torch.device("cpu"))
        assert (inputs[3] is None) == (attention == "sdpa")
        loss = DocumentLoss(model)(*inputs)
        loss.backward()
        results.append([loss.detach(), *(weight.grad for weight in model.parameters())])
    assert len(blocks) > 1
    for masked, ended in zip(*results, strict=True):
        assert float((masked - ended).abs().max()) < 2e-4 * max(1.0, float(masked.abs().max()))


FIELDS = ("tokens", "labels", "positions")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["grpo", "ppo"])
def test_reinforcement_learning_with_document_ends_is_that_with_a_mask(
    method, tmp_path, monkeypatch
):
    config = write_small(tmp_path, steps=2)
    flags = ["--config", str(config), "--set", f"objective.method={method}"]
    flags += ["--set", "updates.epochs=2"]
    assert grpo_run.main([*flags, "--out", str(tmp_path / "sdpa")]) == 0
    monkeypatch.setattr(packed_attention, "varlen_attn", slow_varlen)
    monkeypatch.setattr(
        start_grpo, "packed_attention", lambda *_: packed_attention.use_varlen_attention()
    )
    assert grpo_run.main([*flags, "--out", str(tmp_path / "varlen")]) == 0
    masked, ended = (records(tmp_path / name) for name in ("sdpa", "varlen"))
    assert len(masked) == 4
    for with_mask, with_ends in zip(masked, ended, strict=True):
        assert with_mask["data_digest"] == with_ends["data_digest"]
        numbers = ["loss", "grad_norm", "kl", "entropy", *["value_loss"] * (method == "ppo")]
        for name in numbers:
            assert with_ends[name] == pytest.approx(with_mask[name], rel=1e-3, abs=1e-6), name
