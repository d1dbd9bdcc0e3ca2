import pytest
import yaml

from pipelines.stages.dataset_card import dataset_card
from schemas import shards

INTERVAL = {"estimate": 0.97, "low": 0.93, "high": 0.99}
MANIFEST = {
    "result": {
        "certificate": "recall ≥ 0.93 with 95 % confidence",
        "estimates": {"overall": {"judged": 30, "precision": INTERVAL, "recall": INTERVAL}},
        "unattended": "",
        "stopped": "Stopped after round 1.",
        "round": 1,
    },
    "code": {"write": "0.1.0+ab"},
    "layout": "mathmine/4",
    "settings": {"write": {"topic": "math", "decontamination": {"policy": "segment"}}},
    "crawl": {"a.warc": {}, "b.warc": {}},
    "prepare": {"records": 90, "pages": 50, "dropped.status": 30, "failed.bug": 10},
    "dedup": {"kept": 40, "duplicates.url": 6, "duplicates.text": 4},
    "rounds": [{"cutoff": 0.5, "probability": 0.75, "calibrated_on": "judged", "cut": "precision"}],
    "benchmarks": {"b.jsonl": "ef"},
    "tokens_by": "estimate",
    "corpus": {
        "pages": 1234,
        "tokens": 5_000_000,
        "formulas": 777,
        "text_bytes": 9_000_000,
        "contaminated_pages": 3,
        "contaminated_segments": 5,
        "language.no": 4,
        "language.en": 1200,
        "language.und": 30,
    },
    "files": [{"bytes": 1_000_000}, {"bytes": 500_000}],
}


def card(**changes):
    return dataset_card(MANIFEST | changes)


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_the_metadata_say_where_the_files_are_and_what_their_columns_are():
    metadata = front_matter(card())
    [split] = metadata["configs"][0]["data_files"]
    assert split == {"split": "train", "path": "corpus/math-*.parquet"}
    assert [column["name"] for column in metadata["dataset_info"]["features"]] == (
        shards.CORPUS.names
    )
    assert metadata["dataset_info"]["splits"] == [
        {"name": "train", "num_bytes": 9_000_000, "num_examples": 1234}
    ]
    assert metadata["dataset_info"]["download_size"] == 1_500_000
    assert metadata["license"] == "other"


def test_norwegian_is_a_language_and_not_the_value_false():
    assert front_matter(card())["language"] == ["en", "no"]


@pytest.mark.parametrize(
    ("pages", "size"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**10, "10B<n<100B")],
)
def test_the_size_is_a_category_of_the_hub(pages, size):
    text = card(corpus=MANIFEST["corpus"] | {"pages": pages})
    assert front_matter(text)["size_categories"] == [size]


def test_the_card_has_the_figures_and_the_certificate():
    text = card()
    for figure in ("| pages | 1,234 |", "| tokens (estimated) | 5,000,000 |", "| formulas | 777 |"):
        assert figure in text
    assert "**Recall ≥ 0.93 with 95 % confidence.**" in text
    assert "30 pages were judged: precision 0.970 (0.930 to 0.990), recall 0.970" in text
    assert "2 WARC files with 90 records: 50 pages, 30 records dropped by rule, 10 failed." in text
    assert "10 pages were copies" in text
    assert "1 benchmark files was looked for: 5 lines of 3 pages were removed." in text
    assert "of their host" not in text
    assert "| en | 1,200 |\n| und | 30 |\n| no | 4 |" in text


def test_a_corpus_that_is_not_decontaminated_says_so():
    assert "**Text of benchmarks was not removed.**" in card(benchmarks="none")


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("page", "was looked for: 3 pages were dropped."),
        ("mark", "was looked for: nothing was removed from the 3 pages that have some."),
    ],
)
def test_the_card_says_what_was_done_about_benchmarks(policy, sentence):
    settings = {"topic": "math", "decontamination": {"policy": policy}}
    assert sentence in card(settings={"write": settings})


def test_lines_and_pages_that_cleaning_removed_are_counted():
    more = {"repeated_lines": 1234, "copies_without_lines": 7, "emptied_pages": 2}
    text = card(corpus=MANIFEST["corpus"] | more)
    assert "- 1,234 lines that most pages of their host share were removed, and 7 pages" in text
    assert "- 2 pages of which nothing was left were dropped." in text


def test_the_card_names_what_counted_the_tokens():
    assert "| tokens (by tokenizer.json) |" in card(tokens_by={"tokenizer.json": "ab"})


def test_the_names_of_the_files_follow_the_topic():
    text = card(settings={"write": MANIFEST["settings"]["write"] | {"topic": "physics"}})
    assert "# Physics from the web" in text
    assert "path: corpus/physics-*.parquet" in text
    assert "PATH/corpus/physics-*.parquet" in text


def test_few_languages_are_listed_and_the_others_summed_up():
    many = {f"language.{a}a": 10 for a in "abcdefghijklm"}
    counters = {k: v for k, v in MANIFEST["corpus"].items() if not k.startswith("language")}
    assert "| 3 others | 30 |" in card(corpus=counters | many)
