import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline

from schemas import shards
from schemas.benchmarks import BenchmarkItem
from tests.helpers.trees import output_of, page, read, tree, write
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import save_index
from transforms.problems.write_problems import (
    Finding,
    WriteProblems,
    drops_of_question,
    find_in_file,
)
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import existing_part

SCHEMA = pa.schema([shards.CORPUS.field(name) for name in ("id", "url", "text")])


def any_answer(question, answer):
    return "unverifiable" if answer == "13" else ""


def example(question, answer):
    return f"Example 1. {question}\n\nAnswer. ${answer}$\n\n"


TEXTS = {
    "a.parquet": [
        example("Find $x$ in $2x=6$.", "3") + example("Find $x$ in $2x=8$.", "4"),
        example("Find $x$ in $x=26/2$.", "13") + example("Find the length of $A B$.", "5"),
    ],
    "b.parquet": [
        example("find $x$ in  $2x = 6$", "3") + example("Find the length of $AB$.", "6"),
        example("Find the sum of $a$ given b c d e f g h i j k l if $2a=4$.", "2"),
    ],
}


@pytest.fixture
def corpus(tmp_path):
    output = tree(tmp_path)
    for name, texts in TEXTS.items():
        rows = [
            corpus_row(f"http://{name[0]}.org/{number}", text) for number, text in enumerate(texts)
        ]
        write(output, f"corpus/{name}", SCHEMA, rows)
    return output


def corpus_row(url, text):
    return {name: getattr(page(url, text), name) for name in SCHEMA.names}


def files(output):
    return [Shard(name, {"corpus": output_of(output, f"corpus/{name}")}) for name in TEXTS]


def finding(index=None, is_marked=False, made_from="corpus"):
    return Finding(any_answer, index, is_marked, made_from)


def run(output, **changes):
    with TestPipeline() as pipeline:
        created = pipeline | beam.Create(files(output))
        _ = created | WriteProblems(finding(**changes), output)


def counters(output, name):
    return existing_part(name, [f"problems/{name}"], output, "corpus").counters


def questions(output, name):
    return [row["question"] for row in read(output, f"problems/{name}")]


def test_each_question_is_written_once_and_contradictions_never(corpus):
    run(corpus)
    assert questions(corpus, "a.parquet") == ["Find $x$ in $2x=6$.", "Find $x$ in $2x=8$."]
    assert questions(corpus, "b.parquet") == [
        "Find the sum of $a$ given b c d e f g h i j k l if $2a=4$."
    ]
    [first, _] = read(corpus, "problems/a.parquet")
    assert first == {
        "question": "Find $x$ in $2x=6$.",
        "answer": "3",
        "solution": "$3$",
        "kind": "worked_example",
        "url": "http://a.org/0",
        "id": page("http://a.org/0").id,
    }


def test_all_candidates_are_accounted_for(corpus):
    run(corpus)
    assert counters(corpus, "a.parquet") == {
        "pages": 2,
        "candidates": 4,
        "found.worked_example": 3,
        "refused.unverifiable": 1,
        "refused.contradicted": 1,
        "problems.worked_example": 2,
    }
    assert counters(corpus, "b.parquet") == {
        "pages": 2,
        "candidates": 3,
        "found.worked_example": 3,
        "refused.contradicted": 1,
        "refused.duplicate": 1,
        "problems.worked_example": 1,
    }


def test_problems_with_text_of_a_benchmark_are_refused(corpus):
    item = BenchmarkItem("bench", 0, "Find the sum of a given b c d e f g h i j k l if a = 2.", "")
    index = save_index(index_benchmarks([item], 10, 3), corpus)
    run(corpus, index=index)
    assert questions(corpus, "b.parquet") == []
    assert counters(corpus, "b.parquet")["refused.contaminated"] == 1


def test_pages_with_text_of_a_benchmark_that_is_only_marked_have_no_problems(corpus):
    marked = SCHEMA.append(shards.CORPUS.field("benchmark_items"))
    for name, texts in TEXTS.items():
        rows = [corpus_row(f"http://{name[0]}.org/{n}", text) for n, text in enumerate(texts)]
        rows[0]["benchmark_items"], rows[1]["benchmark_items"] = ["gsm8k/test#17"], []
        write(corpus, f"corpus/{name}", marked, rows)
    run(corpus, is_marked=True)
    assert questions(corpus, "a.parquet") == ["Find the length of $A B$."]
    assert counters(corpus, "a.parquet")["refused.contaminated"] == 2


def test_finished_files_are_kept_and_those_of_another_corpus_are_not(corpus):
    run(corpus)
    first = corpus.read("problems/a.parquet")
    written = [corpus.storage.list_files(corpus.at(f"problems/{name}"))[0] for name in TEXTS]
    run(corpus)
    assert [corpus.storage.list_files(corpus.at(f"problems/{n}"))[0] for n in TEXTS] == written
    run(corpus, made_from="another")
    again = [corpus.storage.list_files(corpus.at(f"problems/{name}"))[0] for name in TEXTS]
    assert all(new.modified > old.modified for new, old in zip(again, written, strict=True))
    for name in TEXTS:
        corpus.storage.remove(corpus.at(f"problems/{name}"))
    run(corpus)
    assert corpus.read("problems/a.parquet") == first


def test_a_file_has_the_hashes_of_its_questions_and_answers(corpus):
    [a, b] = [find_in_file(file, finding(), corpus) for file in files(corpus)]
    assert [len(found.keys) for found in (a, b)] == [3, 3]
    assert a.keys[0] == b.keys[0]  # spelt differently
    assert a.keys[2][0] == b.keys[1][0]
    assert a.keys[2][1] != b.keys[1][1]  # another answer


def test_the_copy_that_stays_does_not_depend_on_the_order_of_places():
    places = [(5, "b.parquet", 2), (5, "a.parquet", 7), (5, "a.parquet", 3)]
    drops = [("a.parquet", (7, "duplicate")), ("b.parquet", (2, "duplicate"))]
    assert list(drops_of_question((1, places))) == drops
    assert list(drops_of_question((1, places[::-1]))) == drops
    assert list(drops_of_question((1, places[:1]))) == []
