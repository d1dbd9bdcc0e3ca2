import pytest

from pipelines.summary import report, summary
from schemas.manifest import Identity, Manifest
from tests.helpers.rounds import round_result

PAGES = Manifest(identity=Identity(stage="prepare", settings={}, inputs={}))


def paragraphs(**figures):
    return report(PAGES, [round_result(round=2, **figures)], "Enough.").split("\n\n")


def test_labels_that_match_no_page_are_counted_and_the_first_are_named():
    some = ["a.org", "b.org/x"]
    assert paragraphs(unmatched_labels=2, unmatched_examples=some)[-2:] == [
        "2 labels match no page: a.org, b.org/x. rounds/02/labels.csv in --out has the number of "
        "pages of each label.",
        "Enough.",
    ]
    [line, _] = paragraphs(unmatched_labels=12_002, unmatched_examples=some)[-2:]
    assert line.startswith("12,002 labels match no page: a.org, b.org/x and 12,000 more. rounds/02")
    [line, _] = paragraphs(unmatched_labels=1, unmatched_examples=some[:1])[-2:]
    assert line.startswith("1 label matches no page: a.org. rounds/02")
    assert not any("labels" in paragraph for paragraph in paragraphs())


@pytest.mark.parametrize(("count", "pages"), [(1, "1 page has"), (1234, "1,234 pages have")])
def test_pages_without_content_are_counted(count, pages):
    assert paragraphs(thin_pages=count)[-2] == (
        f"{pages} too little text or too many links to be trained on or collected: min_tokens, "
        "min_prose_words, max_link_share."
    )


@pytest.mark.parametrize(
    ("inputs", "older"), [({}, []), ({"against": ["ab"]}, [("copies of older crawls", "2")])]
)
def test_copies_of_older_crawls_are_counted_where_there_are_any(inputs, older):
    counters = {"kept": 5, "duplicates.url": 1, "duplicates.minhash": 2, "of_older_crawl": 2}
    identity = Identity(stage="dedup", settings={}, inputs=inputs)
    copies = Manifest(identity=identity, counters=counters)
    lines = summary(PAGES, copies=copies).split("\n\n")[1].splitlines()
    assert [tuple(line.rsplit(maxsplit=1)) for line in lines] == [
        ("pages kept", "5"),
        ("duplicates", "3"),
        ("  url", "1"),
        ("  text", "0"),
        ("  minhash", "2"),
        *older,
        ("other text at the same URL", "0"),
    ]
