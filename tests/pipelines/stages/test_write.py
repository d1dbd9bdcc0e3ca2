import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.round import run_round
from pipelines.stages.input_files import TokenizerFile, read_benchmarks
from pipelines.stages.write import file_tokens, plan_corpus, write
from pipelines.summary import summary
from schemas.errors import DamagedFileError, StageRefusedError
from schemas.settings import Decontamination, Write
from tests.helpers.mining import MATH_PAGES, small_round
from tests.helpers.trees import read
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import Shard


def planned(shard_bytes, *tokens):
    """The shards of each file, by letter, for shards with so many collected tokens."""
    collected = dict(zip("abcdef", tokens, strict=False))
    counts = {name: (100, count) for name, count in collected.items()}
    shards, settings = [Shard(name, {}) for name in collected], Write(shard_bytes=shard_bytes)
    return [_letters(part) for part in plan_corpus(shards, counts, settings)]


def _letters(part):
    letters = "".join(shard.name for shard in part.shards)
    return letters if part.pieces == 1 else f"{letters} {part.piece}/{part.pieces}"


@pytest.mark.parametrize(
    ("shard_bytes", "tokens", "files"),
    [
        (20, (3, 3, 3, 3), ["ab", "cd"]),  # three tokens are ten bytes
        (19, (3, 3, 3), ["a", "b", "c"]),
        (21, (3, 3, 3), ["ab", "c"]),
        (20, (9, 3, 3, 3), ["a 0/2", "a 1/2", "bc", "d"]),
        (20, (3, 15, 3), ["a", "b 0/3", "b 1/3", "b 2/3", "c"]),
        (10, (0, 0, 3, 0, 3), ["abcd", "e"]),
        (5, (3,), ["a 0/2", "a 1/2"]),
        (1000, (3, 3, 3), ["abc"]),
    ],
)
def test_shards_are_grouped_in_order_and_large_ones_divided_up_to_the_size_of_a_file(
    shard_bytes, tokens, files
):
    assert planned(shard_bytes, *tokens) == files


def test_a_shard_is_not_divided_into_more_files_than_it_has_pages():
    [shard], settings = [Shard("a", {})], Write(shard_bytes=1)
    parts = plan_corpus([shard], {"a": (2, 3000)}, settings)
    assert [(part.piece, part.pieces) for part in parts] == [(0, 2), (1, 2)]


def test_files_of_the_corpus_are_numbered_from_0_and_name_how_many_there_are():
    shards, counts = [Shard(name, {}) for name in "abc"], dict.fromkeys("abc", (1, 3))
    assert [part.name for part in plan_corpus(shards, counts, Write(shard_bytes=20))] == [
        "math-00000-of-00002.parquet",
        "math-00001-of-00002.parquet",
    ]
    physics = plan_corpus(shards, counts, Write(topic="physics"))
    assert [part.name for part in physics] == ["physics-00000-of-00001.parquet"]
    [empty] = plan_corpus([], {}, Write())
    assert (empty.name, empty.shards) == ("math-00000-of-00001.parquet", ())


QUESTION = "Theorem and proof of a lemma with x and sum and nothing"  # its first ten: 3 pages
BENCHMARK = json.dumps({"question": QUESTION}) + "\n"


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """A round that collected the twelve pages of mathematics."""
    folder = tmp_path_factory.mktemp("write")
    round_ = small_round(folder)
    last_round = run_round(round_)
    (folder / "bench.jsonl").write_text(BENCHMARK)
    return round_, [last_round], read_benchmarks(str(folder / "bench.jsonl"), Storage())


def test_the_corpus_is_what_the_last_round_collected_without_benchmarks(mined):
    round_, rounds, benchmarks = mined
    del round_.jobs.input_bytes[:]
    settings = Write(shard_bytes=500, decontamination=Decontamination(rule="paper"))
    corpus = write(
        round_.pages, round_.copies, rounds, benchmarks, settings, round_.tree, round_.jobs
    )
    assert corpus.counters == {
        "collected": 12,
        "pages": 9,
        "formulas": 9,
        "text_bytes": 9 * len(MATH_PAGES[0].text),
        "language.en": 9,
        "tokens": 9 * MATH_PAGES[0].tokens,
        "contaminated_items": 3,
        "contaminated_pages": 3,
        "contaminated_segments": 3,
        "emptied_pages": 3,
    }
    names = ["corpus/math-00000-of-00002.parquet", "corpus/math-00001-of-00002.parquet"]
    assert [output.path for output in corpus.parquet_in("corpus")] == names
    rows = [row for name in names for row in read(round_.tree, name)]
    assert {row["id"] for row in rows} == {
        row.id for number, row in enumerate(MATH_PAGES) if number not in (0, 10, 11)
    }
    assert round_.jobs.input_bytes == [4000]
    assert corpus.identity.stage == "write"
    assert corpus.identity.settings == {
        "topic": "math",
        "shard_bytes": 500,
        "repeated_line_share": None,
        "decontamination": {
            "rule": "paper",
            "policy": "segment",
            "ngram": 10,
            "short_ngram": 3,
            "min_coverage": 0.5,
        },
    }
    assert corpus.identity.inputs == {
        "round": rounds[-1].manifest.digest(),
        "benchmarks": {"bench.jsonl": hashlib.sha256(BENCHMARK.encode()).hexdigest()},
        "tokens_by": "estimate",
    }
    assert read_manifest("corpus", round_.tree) == corpus
    again = write(
        round_.pages, round_.copies, rounds, benchmarks, settings, round_.tree, round_.jobs
    )
    assert again == corpus
    assert len(round_.jobs.input_bytes) == 1
    for damage, reason in ((b"PAR1", "it has 4 bytes"), (None, "it is missing")):
        content = round_.tree.read(names[1])
        path = Path(round_.tree.at(names[1]))
        path.write_bytes(damage) if damage else path.unlink()
        with pytest.raises(DamagedFileError, match=f"00001-of-00002.parquet is damaged: {reason}"):
            write(
                round_.pages, round_.copies, rounds, benchmarks, settings, round_.tree, round_.jobs
            )
        path.write_bytes(content)
    with pytest.raises(
        StageRefusedError, match=r"settings\.decontamination\.ngram is 10 there, 11 here"
    ):
        write(
            round_.pages,
            round_.copies,
            rounds,
            benchmarks,
            Write(shard_bytes=500, decontamination=Decontamination(rule="paper", ngram=11)),
            round_.tree,
            round_.jobs,
        )


def test_a_corpus_that_is_not_decontaminated_says_so(mined):
    round_, rounds, benchmarks = mined
    tree = OutputTree(round_.tree.folder + "/none", round_.tree.storage)
    shutil.copytree(
        round_.tree.folder, tree.folder, ignore=shutil.ignore_patterns("none", "corpus")
    )
    everything = read_benchmarks("none", Storage())
    corpus = write(round_.pages, round_.copies, rounds, everything, Write(), tree, round_.jobs)
    assert corpus.identity.inputs["benchmarks"] == "none"
    assert corpus.counters["pages"] == 12
    assert "contaminated_pages" not in corpus.counters
    pages = replace(round_.pages, counters={"records": 12, "pages": 12})
    table = summary(pages, corpus=corpus)
    assert "decontaminated  no\n" in table
    assert "contaminated pages" not in table
    with pytest.raises(StageRefusedError, match=r'inputs\.benchmarks is "none" there, missing her'):
        write(round_.pages, round_.copies, rounds, benchmarks, Write(), tree, round_.jobs)


def test_tokens_are_counted_by_a_tokenizer_which_is_part_of_what_the_corpus_is(mined):
    round_, rounds, benchmarks = mined
    tree = OutputTree(round_.tree.folder + "/counted", round_.tree.storage)
    ignored = shutil.ignore_patterns("none", "counted", "corpus")
    shutil.copytree(round_.tree.folder, tree.folder, ignore=ignored)
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    file = TokenizerFile("words.json", tokenizer.to_str().encode())

    def written(counted_by):
        made_of = (round_.pages, round_.copies, rounds, benchmarks)
        settings = Write(tokenizer="any", decontamination=Decontamination(rule="paper"))
        return write(*made_of, settings, tree, round_.jobs, counted_by)

    corpus = written(file)
    assert corpus.counters["tokens"] == 9 * len(MATH_PAGES[0].text.split())
    assert corpus.identity.inputs["tokens_by"] == file.identity
    assert "tokenizer" not in corpus.identity.settings
    assert set(file_tokens(corpus, tree).values()) == {corpus.counters["tokens"]}
    assert written(file) == corpus
    with pytest.raises(StageRefusedError, match=r"inputs\.tokens_by is missing there"):
        written(None)
