import gzip
import io
from collections import Counter
from datetime import UTC, datetime

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.helpers.warcs import gzip_each, record
from transforms.warc.members import Damage
from transforms.warc.read import Capture, Dropped, crawl_name, read_warc

HTML = b"<!doctype html><p>Let x be real.</p>"


def outcome(data, max_html_bytes=10_000):
    """The capture of a file with one record, or the reason why there is none."""
    [item] = read_warc(io.BytesIO(data), max_html_bytes)
    return item.reason if isinstance(item, Dropped | Damage) else item


def http(headers=b"Content-Type: text/html", status=b"200 OK"):
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"\r\n\r\n"


def test_a_capture_has_its_offset_its_url_its_time_and_its_content_type():
    first, page = gzip_each([record(kind="warcinfo"), record(HTML, "https://example.org/a?b=1")])
    items = list(read_warc(io.BytesIO(first + page), 10_000))
    fetched_at = datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)
    assert items == [
        Dropped("not_response"),
        Capture(
            len(first), 0, len(page), "https://example.org/a?b=1", fetched_at, "text/html", HTML
        ),
    ]


@pytest.mark.parametrize("kind", ["warcinfo", "request", "metadata", "revisit", "conversion"])
def test_records_other_than_responses_are_dropped(kind):
    assert outcome(record(HTML, kind=kind)) == "not_response"


@pytest.mark.parametrize("url", ["dns:example.org", "ftp://example.org/a.html", ""])
def test_responses_of_other_protocols_are_dropped(url):
    assert outcome(record(HTML, url)) == "not_http"


@pytest.mark.parametrize("status", [b"301 Moved", b"404 Not Found", b"503 Busy", b"abc", b""])
def test_only_status_2xx_is_a_page(status):
    assert outcome(record(HTML, http=http(status=status))) == "status"
    assert outcome(record(HTML, http=http(status=b"206 Partial"))).html == HTML


@pytest.mark.parametrize(
    ("status", "is_page"), [(199, False), (200, True), (299, True), (300, False)]
)
def test_status_2xx_begins_at_200_and_ends_before_300(status, is_page):
    result = outcome(record(HTML, http=http(status=f"{status} Any".encode())))
    assert isinstance(result, Capture) if is_page else result == "status"


@pytest.mark.parametrize(
    ("content_type", "body", "is_page"),
    [
        (b"text/html; charset=utf-8", HTML, True),
        (b"TEXT/HTML", HTML, True),
        (b"application/xhtml+xml", b'<?xml version="1.0"?><html></html>', True),
        (b"application/json", b"{}", False),
        (b"text/plain", HTML, False),
        (b"application/octet-stream", HTML, True),
        (b"application/octet-stream", b"\x00\x01", False),
        (b"text/html", b"%PDF-1.7 and so on", False),
        (b"text/html", b"\x89PNG\r\n", False),
    ],
)
def test_a_page_is_declared_as_html_or_looks_like_it_and_is_not_binary(content_type, body, is_page):
    result = outcome(record(body, http=http(b"Content-Type: " + content_type)))
    assert isinstance(result, Capture) if is_page else result == "not_html"


def test_the_type_that_the_crawler_identified_overrides_the_http_header():
    identified = ("WARC-Identified-Payload-Type: application/pdf",)
    assert outcome(record(HTML, more=identified)) == "not_html"


@pytest.mark.parametrize("body", [b"", b"  \r\n\t", b"\xef\xbb\xbf"])
def test_a_page_of_white_space_is_dropped_as_empty(body):
    assert outcome(record(body)) == "empty"
    headers = http(b"Content-Type: text/html\r\nContent-Encoding: gzip")
    assert outcome(record(gzip.compress(body, mtime=0), http=headers)) == "empty"


def test_a_page_after_much_white_space_is_not_empty():
    for blank in (b" " * 5000, b"\r\n" * 2000, b"\0" * 1100):
        assert outcome(record(blank + HTML)).html == blank + HTML


def test_a_page_over_the_limit_is_dropped_as_too_large():
    assert outcome(record(b"<p>" + b"x" * 97), max_html_bytes=100).html
    assert outcome(record(b"<p>" + b"x" * 98), max_html_bytes=100) == "too_large"
    assert outcome(record(b"<p>" + b"x" * (17 << 20))) == "too_large"


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Content-Encoding: gzip", gzip.compress(HTML, mtime=0)),
        (b"Content-Encoding: br", brotli.compress(HTML)),
        (
            b"Transfer-Encoding: chunked",
            b"10\r\n" + HTML[:16] + b"\r\n14\r\n" + HTML[16:] + b"\r\n0\r\n\r\n",
        ),
        (b"Content-Encoding: gzip", HTML),
        (b"Content-Encoding: br", HTML),
        (b"Content-Encoding: utf-8", HTML),
        (b"Transfer-Encoding: chunked", HTML),
    ],
)
def test_encodings_are_removed_if_the_body_has_them_and_ignored_if_it_does_not(header, body):
    headers = b"Content-Type: text/html\r\n" + header
    assert outcome(record(body, http=http(headers))).html == HTML


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
        b"HTTP/2 200\r\ncontent-type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: "
        + b"c" * 100_000
        + b"\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Bad: \xff\xfe\r\nContent-Type: text/html\r\n\r\n",
    ],
)
def test_odd_http_headers_are_read(head):
    assert outcome(record(HTML, http=head)).html == HTML


def test_angle_brackets_that_wget_puts_around_urls_are_removed():
    assert outcome(record(HTML, "<http://example.org/>")).url == "http://example.org/"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (b"Content-Type: application/xml", b'<?xml version="1.0"?>\n<html><p>x</html>', "page"),
        (b"Content-Type: text/xml", b"<!DOCTYPE html><html><p>x</html>", "page"),
        (b"Content-Type: text/xml", b'<?xml version="1.0"?><rss/>', "not_html"),
        (b"Content-Type: text/html\r\nContent-Type: text/html; charset=x", HTML, "page"),
        (b"Content-Type: text/html, text/html; charset=utf-8", HTML, "page"),
        (b"Server: x", b"<!-- cached 12:00 -->\n" + HTML, "page"),
        (b"Server: x", b'<?xml version="1.0"?>\n<html><p>x</html>', "page"),
        (b"Server: x", b"\xef\xbb\xbf\n" + HTML, "page"),
        (b"Server: x", b'{"a": 1}', "not_html"),
        (b"Content-Type: text/html", b'{"a": 1}', "not_html"),
        (b"Content-Type: text/html", bytes(range(1, 256)) * 9, "not_html"),
        (b"Content-Type: image/png\r\nContent-Encoding: gzip", b"\x1f\x8b\x08", "not_html"),
    ],
)
def test_which_types_become_pages(headers, body, expected):
    result = outcome(record(body, http=http(headers)))
    assert (result if isinstance(result, str) else "page") == expected


def test_two_headers_are_kept_as_one_list():
    headers = http(b"content-type: text/html\r\nContent-Type: text/html; charset=x")
    assert outcome(record(HTML, http=headers)).content_type == "text/html, text/html; charset=x"


def test_a_body_that_cannot_be_decoded_is_a_failure_with_its_url():
    headers = http(b"Content-Type: text/html\r\nContent-Encoding: br")
    first, second = record(HTML), record(bytes(range(256)), "http://a.org/x", http=headers)
    _, damage, _ = read_warc(io.BytesIO(first + second + first), 10_000)
    assert (damage.reason, damage.offset, damage.url) == (
        "bad_encoding",
        len(first),
        "http://a.org/x",
    )


def test_an_http_header_without_an_end_is_a_failure_with_its_url():
    data = record(b"", http=b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 200_000)
    [damage] = read_warc(io.BytesIO(data), 10_000)
    assert (damage.reason, damage.url) == ("bad_http", "http://example.org/")


@pytest.mark.parametrize("returns", [20, 900_000])
def test_carriage_returns_in_a_header_cost_at_most_their_record(returns):
    filler = [f"X-Filler: {chr(13) * returns}x"]
    for middle in (record(HTML, more=filler), record(HTML, http=http(b"A: " + b"\r" * returns))):
        first, *_, last = read_warc(io.BytesIO(record(HTML) + middle + record(HTML)), 10_000)
        assert first.html == last.html == HTML


def test_a_file_without_records_is_a_failure():
    for data in (b"", b"\r\n\r\n", gzip.compress(b"", mtime=0), b"\x50\x2a\x4d\x18" + bytes(4)):
        [damage] = read_warc(io.BytesIO(data), 10_000)
        assert (damage.reason, damage.offset) == ("empty_file", 0)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-01-15T01:02:03Z", datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)),
        ("2026-01-15T01:02:03.5Z", datetime(2026, 1, 15, 1, 2, 3, 500_000, tzinfo=UTC)),
        ("2026-01-15t01:02:03z", datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)),
        ("20260115010203", datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)),
        ("2026-01-15T03:02:03+02:00", datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)),
        ("2026-01-15T01:02:03", datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time_of_a_capture_is_utc_or_none(date, expected):
    data = record(HTML).replace(b"2026-01-15T01:02:03Z", date.encode())
    assert outcome(data).fetched_at == expected


def test_the_name_of_the_crawl_is_read_from_warcinfo():
    info = record(b"", kind="warcinfo", http=b"isPartOf: CC-MAIN-2026-05\r\npublisher: us\r\n")
    for data in (info + record(HTML), gzip.compress(info, mtime=0)):
        file = io.BytesIO(data)
        assert crawl_name(file) == "CC-MAIN-2026-05"
        assert file.tell() == 0
    assert crawl_name(io.BytesIO(record(HTML))) is None
    assert crawl_name(io.BytesIO(b"")) is None


header_names = st.sampled_from(["Content-Type", "X-Cache", "Server", "Vary", "Set-Cookie"])
header_values = st.text(st.characters(codec="latin-1", exclude_categories=["C", "Z"]), max_size=30)


@pytest.mark.filterwarnings("ignore")  # warcio leaves its temporary files open
@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.binary(max_size=400),
            st.sampled_from(["200 OK", "404 Not Found", "302 Found"]),
            st.lists(st.tuples(header_names, header_values), max_size=4),
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_what_warcio_writes_is_read_as_warcio_reads_it(pages, compressed):
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=compressed)
    for number, (body, status, headers) in enumerate(pages):
        http_headers = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
        response = writer.create_warc_record(
            f"http://example.org/{number}", "response", io.BytesIO(body), http_headers=http_headers
        )
        writer.write_record(response)
    buffer.seek(0)
    theirs = {
        response.rec_headers["WARC-Target-URI"]: response.content_stream().read()
        for response in ArchiveIterator(buffer)
    }
    buffer.seek(0)
    ours = list(read_warc(buffer, 10_000))
    assert len(ours) == len(pages)
    assert not [item for item in ours if isinstance(item, Damage)]
    for item in ours:
        if isinstance(item, Capture):
            assert item.html == theirs[item.url]


@pytest.mark.slow
def test_the_crawl_loses_one_damaged_record_and_one_truncated_record(shared_data):
    lost, counts = [], Counter()
    for path in sorted((shared_data / "crawl").glob("*.warc.gz")):
        with path.open("rb") as file:
            for item in read_warc(file, 4_000_000):
                counts[type(item).__name__] += 1
                if isinstance(item, Damage):
                    lost.append((path.name, item.offset, item.reason))
    assert lost == [
        ("CC-MAIN-20260115000000-20260115030000-00002.warc.gz", 7563836, "cut_short"),
        ("CC-MAIN-20260215000000-20260215030000-00001.warc.gz", 4138587, "damaged_member"),
    ]
    assert counts == {"Capture": 3578, "Dropped": 8242, "Damage": 2}
