from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from schemas.strict_toml import read_toml
from tests.helpers.runs import texts, write_shards
from training.data.mixture import mix_sources
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Batch, Phase, PretrainSettings, Source, Tokenizer

BYTES = load_tokenizer(Tokenizer())
PRESET = Path(__file__).resolve().parents[3] / "configs" / "pretrain_deepseekmath_7b.toml"


def phases_of(*tokens):
    return [Phase(name=str(i), tokens=count) for i, count in enumerate(tokens)]


def draw(folder, weights, phases, progress=None):
    sources = []
    for number, (name, weight) in enumerate(weights.items()):
        longest = 10 * (number + 1)  # different lengths, so that shares of documents would be wrong
        write_shards(folder / name, [f"{name} {t}" for t in texts(30, number, longest)], group=5)
        sources.append(Source(name=name, files=str(folder / name), weight=weight))
    return mix_sources(sources, phases_of(*phases), BYTES, Batch(), progress or {})


def draw_equal(folder, weights, phases):
    """Yield the source of each document; every document has 10 tokens, BOS and EOS included."""
    sources = []
    for name, weight in weights.items():
        write_shards(folder / name, [f"{name} {i:06}" for i in range(50)])
        sources.append(Source(name=name, files=str(folder / name), weight=weight))
    for document in mix_sources(sources, phases_of(*phases), BYTES, Batch(), {}):
        assert len(document.tokens) == 10
        yield source_of(document)


def source_of(document):
    return BYTES.encoder.decode(document.tokens.tolist()).split(" ")[0]


@pytest.mark.slow
def test_shares_are_of_tokens_whatever_the_lengths(tmp_path):
    preset = read_toml(PretrainSettings, PRESET)
    weights = {source.name: source.weight for source in preset.sources}
    assert [weight for (weight,) in weights.values()] == [0.56, 0.04, 0.10, 0.20, 0.10]
    tokens = Counter()
    for document in islice(draw(tmp_path, weights, [10**9]), 2000):
        tokens[source_of(document)] += len(document.tokens)
    for name, (weight,) in weights.items():
        assert tokens[name] == pytest.approx(weight * tokens.total(), abs=1500), name


def test_the_progress_counts_the_tokens_drawn(tmp_path):
    drawn = list(islice(draw(tmp_path, {"a": (3.0,), "b": (1.0,)}, [10**9]), 100))
    tokens = Counter()
    for document in drawn:
        tokens[source_of(document)] += len(document.tokens)
    progress = drawn[-1].progress
    assert {name: position[3] for name, position in progress.items()} == tokens
    assert tokens["a"] == pytest.approx(3 * tokens["b"], rel=0.2)


def test_documents_have_bos_and_eos_and_name_their_row(tmp_path):
    write_shards(tmp_path, ["one text"], shards=1)
    source = Source(name="s", files=str(tmp_path))
    document = next(mix_sources([source], phases_of(100), BYTES, Batch(), {}))
    assert document.tokens.tolist() == [256, *b"one text", 257]
    assert document.origin == f"{tmp_path / 'part-0.parquet'}:0"
    assert (document.source, document.epoch_share) == ("s", 1.0)


def test_the_column_of_a_source_is_read(tmp_path):
    write_shards(tmp_path, ["from the body"], shards=1, column="body")
    source = Source(name="s", files=str(tmp_path), column="body")
    document = next(mix_sources([source], phases_of(100), BYTES, Batch(), {}))
    assert BYTES.encoder.decode(document.tokens.tolist()) == "from the body"


def test_one_phase_follows_another(tmp_path):
    stream = draw(tmp_path, {"code": (1.0, 0.0), "math": (0.0, 1.0)}, [2_000, 10_000])
    names, drawn = [], 0
    for document in islice(stream, 120):
        names.append(source_of(document))
        assert names[-1] == ("code" if drawn < 2_000 else "math")
        drawn += len(document.tokens)
    assert set(names) == {"code", "math"}


def test_a_phase_ends_with_the_document_that_reaches_its_tokens(tmp_path):
    weights = {"a": (1.0, 0.0), "b": (0.0, 1.0, 0.0), "c": (0.0, 0.0, 1.0)}
    names = draw_equal(tmp_path, weights, [30, 20, 1000])
    assert "".join(islice(names, 9)) == "aaabbcccc"


def test_a_source_without_weight_in_a_phase_is_not_drawn_in_it(tmp_path):
    names = draw_equal(tmp_path, {"a": (0.0, 1.0), "b": (1.0, 0.0)}, [30, 1000])
    assert list(islice(names, 5)) == ["b", "b", "b", "a", "a"]


def test_a_phase_does_not_make_up_for_the_phases_before_it(tmp_path):
    names = draw_equal(tmp_path, {"a": (1.0,), "b": (0.0, 1.0)}, [100, 1000])
    assert list(islice(names, 10)) == ["a"] * 10
    assert Counter(islice(names, 20)) == {"a": 10, "b": 10}


def test_the_last_weight_and_the_last_phase_last_forever(tmp_path):
    names = draw_equal(tmp_path, {"a": (1.0, 3.0), "b": (1.0,)}, [40, 40, 40])
    assert Counter(islice(names, 4)) == {"a": 2, "b": 2}
    assert Counter(islice(names, 4)) == {"a": 3, "b": 1}
    assert Counter(islice(names, 400)) == {"a": 300, "b": 100}


def test_the_source_furthest_below_its_share_comes_next(tmp_path):
    names = draw_equal(tmp_path, {"a": (0.5,), "b": (0.3,), "c": (0.2,)}, [10**6])
    assert "".join(islice(names, 10)) == "abcabacaba"


def test_sources_with_the_same_files_have_different_orders_and_so_have_seeds(tmp_path):
    write_shards(tmp_path, [f"text {i}" for i in range(30)])

    def origins(seed, name):
        source, batch = Source(name=name, files=str(tmp_path)), replace(Batch(), seed=seed)
        stream = mix_sources([source], phases_of(10**6), BYTES, batch, {})
        return [document.origin for document in islice(stream, 30)]

    assert origins(0, "a") == origins(0, "a")
    assert sorted(origins(0, "a")) == sorted(origins(0, "b")) == sorted(origins(1, "a"))
    assert origins(0, "a") != origins(0, "b")
    assert origins(0, "a") != origins(1, "a")


def test_as_many_row_groups_are_mixed_as_the_settings_specify(tmp_path):
    write_shards(tmp_path, [f"{i}" for i in range(60)], shards=1, group=10)
    for mixed in (1, 3):
        batch = replace(Batch(), mix_groups=mixed)
        source = Source(name="s", files=str(tmp_path))
        stream = mix_sources([source], phases_of(10**6), BYTES, batch, {})
        rows = [int(document.origin.rsplit(":")[-1]) for document in islice(stream, 10 * mixed)]
        assert len({row // 10 for row in rows}) == mixed


def test_drawing_resumes_from_the_progress_of_any_document(tmp_path):
    weights, phases = {"a": (1.0, 2.0), "b": (2.0, 1.0)}, [3_000, 3_000]
    whole = list(islice(draw(tmp_path, weights, phases), 60))
    for index in (0, 1, 7, 30, 58):
        rest = islice(draw(tmp_path, weights, phases, whole[index].progress), 59 - index)
        assert [(d.origin, d.progress, d.tokens.tolist()) for d in rest] == [
            (d.origin, d.progress, d.tokens.tolist()) for d in whole[index + 1 :]
        ]
