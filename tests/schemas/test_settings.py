import math
from pathlib import Path
from typing import get_type_hints

import pytest

from schemas.settings import (
    Classifier,
    Minhash,
    Patterns,
    Prepare,
    Rounds,
    Settings,
    Write,
    load_settings,
)

ROOT = Path(__file__).resolve().parents[2]


def load(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return load_settings(path)


def test_an_empty_file_gives_the_settings_of_the_paper(tmp_path):
    assert load(tmp_path, "") == Settings()
    paper = load_settings(ROOT / "configs/paper.toml").rounds.classifier
    assert paper == Classifier(epochs=3, learning_rate=0.1)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_our_own_configurations_load(path):
    if "[rounds" in path.read_text():
        load_settings(path)


def test_values_are_set_in_their_tables(tmp_path):
    settings = load(
        tmp_path,
        "[prepare.minhash]\nbands = 20\n"
        '[rounds]\ncut = "tokens"\ntoken_budget = [1, 2]\nmin_score = 1\n'
        "[rounds.patterns]\naccept_share = 0.5\n",
    )
    assert settings.prepare.minhash.bands == 20
    assert settings.rounds.token_budget == (1, 2)
    assert settings.rounds.min_score == 1.0
    assert settings.rounds.patterns.accept_share == 0.5
    one_budget = '[rounds]\ncut = "tokens"\ntoken_budget = 7'
    assert load(tmp_path, one_budget).rounds.token_budget == (7,)
    prepare = load(tmp_path, '[prepare]\nlanguages = ["en", "und"]\npage_seconds = 3').prepare
    assert (prepare.languages, prepare.page_seconds) == (("en", "und"), 3.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[rounds]\nmax_round = 3", "unknown key 'rounds.max_round'; did you mean 'max_rounds'?"),
        ("[round]\n", "unknown key 'round'; did you mean 'rounds'?"),
        ("zzz = 1", "unknown key 'zzz'; known are prepare, dedup, rounds, write"),
        ("rounds = 3", "rounds must be a table"),
        ('[rounds]\nmax_rounds = "4"', "rounds.max_rounds must be of type int, not '4'"),
        ("[rounds]\nmax_rounds = true", "must be of type int, not True"),
        ("[rounds]\nmax_rounds = 0", "max_rounds must be between 1 and 99, not 0"),
        ("[rounds]\ntoken_budget = 7", 'token_budget is used with cut = "tokens" only'),
        ('[rounds]\ncut = "tokens"', 'cut = "tokens" needs a token_budget'),
        ('[rounds]\ncut = "score"', 'cut = "score" needs a min_score'),
        ('[rounds]\ncut = "budget"', "cut must be auto, tokens, precision, seed_recall or score"),
        ("[rounds]\ntarget_precision = 90", "target_precision must be between 0 and 1, not 90"),
        ("[rounds]\ntoken_budget = [1.5]", "token_budget must be of type int"),
        ("[rounds]\nstop_overlap = 98", "stop_overlap must be between 0 and 1, not 98"),
        (
            "[rounds.classifier]\nlearning_rate = 0",
            "learning_rate must be between 1e-06 and 100, not 0.0",
        ),
        ("[rounds.patterns]\naccept_share = 1.5", "accept_share must be between 0 and 1"),
        ("[prepare]\npage_seconds = 0", "page_seconds must be between 0.001 and 86,400, not 0.0"),
        ('[prepare]\nlanguages = "English"', "ISO 639-1 codes or und, not 'English'"),
        ("[prepare]\nlanguages = [1]", "prepare.languages must be of type str, not 1"),
        ('[write]\ntopic = "Pure maths"', "topic must be at most 40 lower-case letters, digits"),
        ('[write]\ntopic = "../math"', "topic must be at most 40 lower-case letters, digits"),
        ('[write]\ntopic = "_math"', "and begin with a letter or digit, not '_math'"),
        ('[write]\ntokenizer = ""', "tokenizer must be the path of a tokenizer.json"),
        ("[write.decontamination]\nngram = 2", "must not be below short_ngram"),
        (
            "[rounds.classifier]\nbuckets = 2147483648",
            "buckets must be between 1 and 2,147,483,647",
        ),
        ("[rounds.classifier]\ndimension = 1_000_000", "dimension must be between 1 and 10,000"),
        ("[rounds]\ntoken_budget = [1, 0]", "token_budget must be numbers from 1 to"),
        ("[prepare.minhash]\nbands = 1_000_000_000", "bands must be between 1 and 1,000"),
        ("[rounds", "c.toml"),
    ],
)
def test_a_mistake_is_an_error_that_names_file_and_key(tmp_path, text, complaint):
    with pytest.raises(ValueError, match=r"c\.toml") as error:
        load(tmp_path, text)
    assert complaint in str(error.value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, 10**20])
@pytest.mark.parametrize("cls", [Minhash, Prepare, Classifier, Patterns, Rounds, Write])
def test_no_setting_takes_a_number_that_is_absurd(cls, number):
    for name, expected in get_type_hints(cls).items():
        if expected in (int, float, float | None):
            with pytest.raises(ValueError, match=name):
                cls(**{name: number})


def test_settings_are_checked_when_built():
    with pytest.raises(ValueError, match="positives"):
        Rounds(positives=0)
    with pytest.raises(ValueError, match="min_pages"):
        Patterns(min_pages=0)
