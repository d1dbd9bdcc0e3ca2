import pytest

from transforms.warc.http import MAX_HTTP_HEADER, HttpError, parse_response

BODY = b"<p>text</p>"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\nA: 1\n\n", 200),
        (b"HTTP/1.1 200\r\n\r\n", 200),
        (b"HTTP/2 204\r\na: 1\r\n\r\n", 204),
        (b"http/1.0  301 Moved\r\r\n\r\r\n", 301),
        (b"HTTP/1.1 2000 OK\r\n\r\n", None),
        (b"HTTP/1.1 OK\r\n\r\n", None),
        (b"ICY 200 OK\r\n\r\n", None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\n", 200),
        (b"HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 404 No\n\n", 404),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 100),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n", 200),  # the body begins without an empty line
    ],
)
def test_status_and_body_of_a_response(head, status):
    response = parse_response(b"before" + head + BODY, 6)
    assert (response.status, response.body) == (status, BODY)


def test_a_response_that_ends_in_its_header_has_an_empty_body():
    response = parse_response(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", 0)
    assert (response.status, response.body) == (200, b"")
    assert response.header.fields == {"content-type": ["text/html"]}


def test_a_header_without_an_end_is_an_error():
    with pytest.raises(HttpError, match="within 1048576 bytes"):
        parse_response(b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * (MAX_HTTP_HEADER // 6), 0)


def test_a_header_of_carriage_returns_is_read():
    returns = b"\r" * (MAX_HTTP_HEADER // 2)
    response = parse_response(b"HTTP/1.1 200 OK\r\nA: " + returns + b"x\r\n\r\n" + BODY, 0)
    assert (response.header.first("a"), response.body) == ("x", BODY)
