from collections import Counter
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


def draw(folder, weights, phases, progress=None):
    sources = []
    for number, (name, weight) in enumerate(weights.items()):
        longest = 10 * (number + 1)  # sources of other lengths, so that documents are no measure
        write_shards(folder / name, [f"{name} {t}" for t in texts(30, number, longest)], group=5)
        sources.append(Source(name=name, files=str(folder / name), weight=weight))
    phases = [Phase(name=str(i), tokens=tokens) for i, tokens in enumerate(phases)]
    return mix_sources(sources, phases, BYTES, Batch(), progress or {})


def source_of(document):
    return BYTES.encoder.decode(document.tokens.tolist()).split(" ")[0]


def test_shares_are_of_tokens_whatever_the_lengths(tmp_path):
    preset = read_toml(PretrainSettings, PRESET)
    weights = {one.name: one.weight for one in preset.sources}
    assert [one[0] for one in weights.values()] == [0.56, 0.04, 0.10, 0.20, 0.10]
    tokens = Counter()
    for document in islice(draw(tmp_path, weights, [10**9]), 2000):
        tokens[source_of(document)] += len(document.tokens)
    for name, (weight,) in weights.items():
        assert tokens[name] == pytest.approx(weight * tokens.total(), abs=1500), name


def test_the_progress_counts_what_was_given(tmp_path):
    *_, last = islice(draw(tmp_path, {"a": (3.0,), "b": (1.0,)}, [10**9]), 100)
    assert sum(at[3] for at in last.progress.values()) > 0
    assert last.progress["a"][3] == pytest.approx(3 * last.progress["b"][3], rel=0.2)


def test_one_phase_follows_another(tmp_path):
    stream = draw(tmp_path, {"code": (1.0, 0.0), "math": (0.0, 1.0)}, [2_000, 10_000])
    names, drawn = [], 0
    for document in islice(stream, 120):
        names.append(source_of(document))
        assert names[-1] == ("code" if drawn < 2_000 else "math")
        drawn += len(document.tokens)
    assert set(names) == {"code", "math"}


def test_drawing_goes_on_from_the_progress_of_any_document(tmp_path):
    weights, phases = {"a": (1.0, 2.0), "b": (2.0, 1.0)}, [3_000, 3_000]
    whole = list(islice(draw(tmp_path, weights, phases), 60))
    for place in (0, 1, 7, 30, 58):
        rest = islice(draw(tmp_path, weights, phases, whole[place].progress), 59 - place)
        assert [(d.origin, d.progress, d.tokens.tolist()) for d in rest] == [
            (d.origin, d.progress, d.tokens.tolist()) for d in whole[place + 1 :]
        ]
