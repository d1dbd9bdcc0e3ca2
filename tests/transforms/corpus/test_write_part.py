from schemas import shards
from schemas.benchmarks import BenchmarkItem
from tests.helpers.trees import page, read, tree, write, write_sidecar
from transforms.corpus.write_part import CorpusPart, write_part
from transforms.decontamination.index import index_benchmarks, save_index
from transforms.text.fingerprints import estimate_tokens, text_digest

QUESTION = "How many ways are there to seat seven people around a round table?"
CLEAN = "A page with $x$ and some more words.\n" * 5


def world(folder):
    pages = {
        "s": [
            page("http://b.org/2", CLEAN + QUESTION),
            page("http://b.org/1", CLEAN + "one"),
            page("http://a.org/9", QUESTION),
        ],
        "t": [page("http://a.org/1", CLEAN), page("http://c.org/1", CLEAN + "late")],
    }
    here = tree(folder, **pages)
    first = {"s": [True, False, True], "t": [True, False]}
    last = {"s": [True, True, True], "t": [True, True]}
    for name in pages:
        write_sidecar(here, 1, "collected", name, first[name])
        write_sidecar(here, 2, "collected", name, last[name])
        write_sidecar(here, 2, "scores", name, [0.9] * len(pages[name]))
        rows = [{"id": one.id, "duplicate_of": None} for one in pages[name]]
        if name == "t":
            rows[0]["duplicate_of"] = pages["s"][1].id
        write(here, f"dedup/{name}", shards.DUPLICATE, rows)
    return here


def corpus(here, *questions):
    items = [BenchmarkItem("b", i, text, "") for i, text in enumerate(questions)]
    digest = save_index(index_benchmarks(items, 10, 3), here)
    return write_part(CorpusPart("math-0.parquet", ("s", "t")), 2, digest, here)


def test_collected_pages_are_written_once_sorted_by_domain_and_url(tmp_path):
    here = world(tmp_path)
    part = corpus(here)
    rows = read(here, "corpus/math-0.parquet")
    assert [row["url"] for row in rows] == [
        "http://a.org/9",
        "http://b.org/1",
        "http://b.org/2",
        "http://c.org/1",
    ]
    assert [row["round"] for row in rows] == [1, 2, 1, 2]
    assert part.counters == {"duplicates": 1, "pages": 4, "tokens": sum(r["tokens"] for r in rows)}
    assert list(rows[0]) == shards.CORPUS.names


def test_benchmark_items_go_and_what_is_said_of_the_text_is_said_anew(tmp_path):
    here = world(tmp_path)
    part = corpus(here, QUESTION)
    rows = {row["url"]: row for row in read(here, "corpus/math-0.parquet")}
    assert "http://a.org/9" not in rows
    page = rows["http://b.org/2"]
    assert page["text"] == CLEAN.strip()
    assert page["tokens"] == estimate_tokens(page["text"])
    assert page["text_digest"] == text_digest(page["text"])
    assert page["formulas"] == 5
    assert {name: part.counters[name] for name in part.counters if "_" in name} == {
        "contaminated_pages": 2,
        "contaminated_segments": 2,
        "emptied_pages": 1,
    }


def test_the_same_shards_give_the_same_bytes(tmp_path):
    first = corpus(world(tmp_path / "1"), QUESTION)
    assert corpus(world(tmp_path / "2"), QUESTION).outputs == first.outputs
