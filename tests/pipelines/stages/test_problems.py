import pyarrow as pa
import pytest

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import read_manifest
from pipelines.stages.input_files import Benchmarks
from pipelines.stages.problems import (
    describe_problems,
    problems,
    sample_problems,
    written_corpus,
)
from schemas import shards
from schemas.benchmarks import BenchmarkItem
from schemas.errors import DamagedFileError, StageRefusedError
from schemas.manifest import Identity, Manifest
from tests.helpers.trees import output_of, page, read, tree, write
from training.data.problems import read_problems
from training.settings.rollout import Problems

SCHEMA = pa.schema([shards.CORPUS.field(name) for name in ("id", "url", "text")])
NO_BENCHMARKS = Benchmarks([], {})
TEXTS = {
    "math-00000-of-00002.parquet": [
        "Example 1. Find $x$ in $2x=6$.\n\nAnswer. $3$",
        "Example 1. Prove that $2>1$.\n\nAnswer. $3$",
    ],
    "math-00001-of-00002.parquet": [
        "What is $x$ in $2x=8$?\n\nA. 3\n\nB. 4\n\nC. 5\n\nAnswer: B",
        "Exercise 1. Find $x$ in $2x=6$.\n\nAnswer. $3$",
    ],
}


def any_answer(question, answer):
    return ""


@pytest.fixture
def output(tmp_path):
    output_tree = tree(tmp_path)
    write_corpus(output_tree, TEXTS)
    return output_tree


def write_corpus(output_tree, texts, benchmarks="none"):
    for name, rows in texts.items():
        pages = [page(f"http://{name[5:10]}.org/{i}", text) for i, text in enumerate(rows)]
        values = [{"id": row.id, "url": row.url, "text": row.text} for row in pages]
        write(output_tree, f"corpus/{name}", SCHEMA, values)
    corpus = Manifest(
        identity=Identity(stage="write", settings={}, inputs={"benchmarks": benchmarks}),
        complete=True,
        outputs=[output_of(output_tree, f"corpus/{name}") for name in texts],
    )
    output_tree.write("corpus/_MANIFEST.json", corpus.to_json().encode())


def run(output_tree, benchmarks=NO_BENCHMARKS):
    return problems(written_corpus(output_tree), benchmarks, any_answer, output_tree, Jobs())


def rows(output_tree):
    return [
        (row["kind"], row["question"], row["answer"], row["url"])
        for name in TEXTS
        for row in read(output_tree, f"problems/{name}")
    ]


def test_the_problems_of_all_files_are_written_once(output):
    found = run(output)
    choice = "What is $x$ in $2x=8$?\n(A) 3\n(B) 4\n(C) 5"
    assert rows(output) == [
        ("worked_example", "Find $x$ in $2x=6$.", "3", "http://00000.org/0"),
        ("multiple_choice", choice, "B", "http://00001.org/0"),
    ]
    assert [output.path for output in found.outputs] == [f"problems/{name}" for name in TEXTS]
    assert found.counters == {
        "pages": 4,
        "candidates": 4,
        "found.exercise": 1,
        "found.multiple_choice": 1,
        "found.worked_example": 1,
        "problems.multiple_choice": 1,
        "problems.worked_example": 1,
        "refused.duplicate": 1,
        "refused.open_question": 1,
    }
    assert output.storage.match(output.at("problems/_found/*")) == []


def test_training_reads_the_folder_as_it_is(output):
    run(output)
    items = read_problems(Problems(files=output.at("problems")))
    assert [(item.question[:11], item.answer) for item in items] == [
        *(("Find $x$ in", "3"), ("What is $x$", "B")),
    ]
    assert items[0].solution == "$3$"


def test_the_same_corpus_gives_the_same_bytes_and_a_finished_stage_is_not_repeated(output):
    first = run(output)
    contents = {name: output.read(f"problems/{name}") for name in TEXTS}
    jobs = Jobs()
    corpus = written_corpus(output)
    assert problems(corpus, NO_BENCHMARKS, any_answer, output, jobs) == first
    assert jobs.metrics == {}
    for name in (*TEXTS, "_MANIFEST.json"):
        output.storage.remove(output.at(f"problems/{name}"))
    assert run(output) == first
    assert {name: output.read(f"problems/{name}") for name in TEXTS} == contents


def test_a_run_that_was_killed_between_files_is_resumed(output):
    first = run(output)
    started = Manifest(identity=first.identity)
    output.write("problems/_MANIFEST.json", started.to_json().encode())
    [name, other] = TEXTS
    output.storage.remove(output.at(f"problems/{name}"))
    kept = output.storage.list_files(output.at(f"problems/{other}"))
    assert run(output) == first
    assert output.storage.list_files(output.at(f"problems/{other}")) == kept


def test_problems_of_another_corpus_or_other_benchmarks_replace_them(output, capsys):
    run(output)
    texts = {"math-00000-of-00001.parquet": ["Example 1. Find $x$ in $3x=6$.\n\nAnswer. $2$"]}
    write_corpus(output, texts)
    found = run(output)
    assert [entry.path for entry in found.outputs] == ["problems/math-00000-of-00001.parquet"]
    assert output.storage.match(output.at("problems/math-00001-of-00002.parquet")) == []
    assert "problems is made again: the corpus was written again" in capsys.readouterr().err
    item = BenchmarkItem("bench", 0, "Find $x$ in $3x=6$", "")
    again = run(output, Benchmarks([item], {"bench.jsonl": "0"}))
    assert again.counters["refused.contaminated"] == 1
    assert "problems is made again: the benchmarks are others" in capsys.readouterr().err
    assert read_manifest("problems", output) == again


def test_the_table_counts_problems_by_rule_and_refusals_by_reason(output):
    found = run(output)
    table, remark = describe_problems(found, written_corpus(output)).split("\n\n")
    assert table.split("\n") == [
        "pages              4",
        "candidates         4",
        "problems           2",
        "  worked example   1",
        "  exercise         0",
        "  answer key       0",
        "  multiple choice  1",
        "  question answer  0",
        "refused            2",
        "  duplicate        1",
        "  open question    1",
    ]
    assert remark.startswith("The corpus was written without benchmarks")


def test_the_table_says_nothing_of_decontamination_where_it_was_done(output):
    write_corpus(output, TEXTS, benchmarks={"bench.jsonl": "0"})
    assert "benchmarks" not in describe_problems(run(output), written_corpus(output))


def test_a_sample_is_the_same_at_every_call_and_shows_all_that_is_to_be_judged(output):
    found = run(output)
    text = sample_problems(found, 5, output)
    assert text == sample_problems(found, 5, output)
    assert sorted(text.split("\n\n")) == sorted(
        [
            f"{1 + text.startswith('1. multiple')}. worked example, http://00000.org/0\n"
            "Find $x$ in $2x=6$.\n-> 3",
            f"{2 - text.startswith('1. multiple')}. multiple choice, http://00001.org/0\n"
            "What is $x$ in $2x=8$?\n(A) 3\n(B) 4\n(C) 5\n-> B",
        ]
    )
    assert len(sample_problems(found, 1, output).split("\n\n")) == 1
    assert sample_problems(found, 0, output) == ""


def test_a_sample_hides_what_would_command_the_terminal(output):
    write_corpus(output, {"math-00000-of-00001.parquet": ["Q: Is $x=\x1b[2J1$, or what?\n\nA: 1"]})
    found = run(output)
    assert "\x1b" not in sample_problems(found, 1, output)


def test_a_tree_without_a_corpus_is_refused(tmp_path):
    with pytest.raises(StageRefusedError, match="has no corpus yet: run `mathmine run` first"):
        written_corpus(tree(tmp_path))


def test_a_damaged_corpus_is_named(output):
    output.write("corpus/math-00000-of-00002.parquet", b"PAR1")
    with pytest.raises(DamagedFileError, match=r"math-00000-of-00002\.parquet is damaged"):
        run(output)
