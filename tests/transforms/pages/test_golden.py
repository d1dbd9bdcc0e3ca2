"""Every page of the example crawl against a committed golden file."""

from itertools import zip_longest
from pathlib import Path

import pytest

from tests.helpers.golden_pages import golden_pages

GOLDEN = Path(__file__).parent / "golden" / "example_crawl.tsv"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return golden_pages(tmp_path_factory.mktemp("golden"))


@pytest.mark.slow
def test_every_page_of_the_example_crawl_has_its_golden_text_and_language(pages):
    expected = GOLDEN.read_text(encoding="utf-8").splitlines()
    for page, golden in zip_longest(pages, expected, fillvalue="(no such page)"):
        assert page == golden, "first page that differs; update: see tests/helpers/golden_pages.py"
