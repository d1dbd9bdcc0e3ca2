import pytest

from schemas.settings import Prepare
from tests.helpers.warcs import gzip_each, record
from transforms.pages.find_records import find_records
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage

PDF = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n"
RECORDS = [
    record(b"<p>Some words of a page.</p>", "http://a.org/page"),
    record(b"<p> </p>", "http://a.org/empty"),
    record(b"%PDF-1.4", "http://a.org/file.pdf", http=PDF),
]


@pytest.fixture
def warc(tmp_path):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"".join(gzip_each(RECORDS)))
    return WarcFile(str(path), "x.warc.gz")


def outcomes(warc, is_wanted):
    found = find_records(warc, is_wanted, Prepare(), Storage())
    return [(record.url, record.kind, record.outcome) for record in found]


def test_what_became_of_a_record_is_said_in_words(warc):
    assert outcomes(warc, lambda *_: True) == [
        ("http://a.org/page", "response", "a page now, which it was not when the pages were made"),
        ("http://a.org/empty", "response", "dropped by `prepare`: no_text"),
        ("http://a.org/file.pdf", "response", "dropped by `prepare`: not_html"),
    ]


def test_only_wanted_records_are_read(warc):
    asked = []

    def is_wanted(name, offset, page_id, url):
        asked.append((name, offset))
        return url.endswith("empty")

    [(url, _, _)] = outcomes(warc, is_wanted)
    assert url == "http://a.org/empty"
    assert [name for name, _ in asked] == ["x.warc.gz"] * 3
    assert asked[0][1] == 0 < asked[1][1] < asked[2][1]
