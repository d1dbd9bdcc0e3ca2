import pytest

from transforms.warc.header import parse_header


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        (b"WARC/1.0\r\nwarc-TYPE: response\r\n\r\n", {"warc-type": ["response"]}),
        (b"WARC/1.0\nA: 1\nb:2\n\n", {"a": ["1"], "b": ["2"]}),
        (b"H\r\nA: 1\r\nB: x\r\na: 2\r\n", {"a": ["1", "2"], "b": ["x"]}),
        (
            b"H\r\nA:\r\n http://example.org/\r\n\t?q\r\nB: 2\r\n",
            {"a": ["http://example.org/ ?q"], "b": ["2"]},
        ),
        (b"H\r\nA: 1\r\n \r\n", {"a": ["1"]}),
        (b"H\r\n folded without a field\r\nA : 1\r\n", {"a": ["1"]}),
        (b"H\r\nno colon\r\n more\r\nA: b:c\r\n", {"a": ["b:c"]}),
        (b"H\r\nA: \r\r\r\rx\r\r\r\n", {"a": ["x"]}),
        (b"H\r\nA: \xc3\xa9\r\n", {"a": ["\xe9"]}),
        (b"H\r\nA: \xe9\x85\x0b\r\n", {"a": ["\xe9\x85\x0b"]}),
        (b"", {}),
        (b"H", {}),
    ],
)
def test_fields_are_read_by_name_in_lower_case(lines, fields):
    assert parse_header(lines).fields == fields


def test_the_first_line_and_the_values_of_a_field():
    header = parse_header(b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2, 3\r\n")
    assert header.first_line == "HTTP/1.1 200 OK"
    assert (header.first("a"), header.first("b")) == ("1", "")
    assert (header.all("a"), header.all("b")) == ("1, 2, 3", "")
