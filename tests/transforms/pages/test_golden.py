"""Every page of the example crawl against a committed golden file."""

from itertools import zip_longest
from pathlib import Path

from tests.helpers.golden_pages import golden_pages

GOLDEN = Path(__file__).parent / "golden" / "example_crawl.tsv"


def test_every_page_of_the_example_crawl_has_its_golden_text_and_language(tmp_path):
    expected = GOLDEN.read_text(encoding="utf-8").splitlines()
    pairs = zip_longest(golden_pages(tmp_path), expected, fillvalue="(no such page)")
    for actual, golden in pairs:
        assert actual == golden, (
            "first page that differs; update: see tests/helpers/golden_pages.py"
        )
