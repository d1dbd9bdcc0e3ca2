import pytest

from pipelines.inspection.find_page import parse_query
from schemas.errors import InputError
from transforms.text.fingerprints import hash64


@pytest.mark.parametrize("text", ["0", "7", "-9223372036854775808", "9223372036854775807"])
def test_a_number_is_an_id(text):
    assert parse_query(text).id == int(text)


@pytest.mark.parametrize(
    "text", ["https://a.org/x", "http://a.org/x/", "HTTP://www.a.org:80/x#y", "https://a.org/x/#1"]
)
def test_spellings_of_a_url_are_one(text):
    query = parse_query(text)
    assert query.url_hash == parse_query("https://a.org/x").url_hash
    assert query.is_at("f.warc.gz", 5, 3, "http://a.org/x")
    assert not query.is_at("f.warc.gz", 5, 3, "http://a.org/y")
    assert not query.is_at("f.warc.gz", 5, hash64("x"), "")


@pytest.mark.parametrize(
    "text",
    ["f.warc.gz:12", "crawl/f.warc.gz:12", "/data/crawl/f.warc.gz:12", "s3://b/f.warc.gz:12"],
)
def test_a_record_is_named_by_its_file_in_any_folder_and_its_offset(text):
    query = parse_query(text)
    assert query.is_at("f.warc.gz", 12, 3, "")
    assert not query.is_at("f.warc.gz", 13, 3, "")
    assert not query.is_at("g.warc.gz", 12, 3, "")
    assert not query.is_at("af.warc.gz", 12, 3, "")


def test_the_name_of_a_file_may_be_its_last_part():
    assert parse_query("f.warc.gz:12").is_at("CC-MAIN-2024-22/warc/f.warc.gz", 12, 3, "")


@pytest.mark.parametrize(
    "text", ["", "x", "a.warc.gz", "a.warc.gz:", ":7", "a.warc.gz:-7", "9" * 30, str(2**63), "1.5"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(InputError):
        parse_query(text)
