import bz2
import gzip
import lzma
import random
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.warcs import flip
from transforms.warc.decode_body import BadEncodingError, TooLargeError, decode_body, is_binary

HTML = b"<!doctype html>" + b"".join(b"<p>Line %d of a page.</p>\n" % i for i in range(100))
LIMIT = 1 << 20
NOISE = random.Random(3).randbytes(5000)


def chunked(data, size=1000):
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def raw_deflate(data, level=6):
    compressor = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def lzma_alone(data):
    return lzma.compress(data, format=lzma.FORMAT_ALONE)


def nested(data, times):
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        pytest.param([], HTML, id="none"),
        pytest.param(["gzip"], gzip.compress(HTML, mtime=0), id="gzip"),
        pytest.param(["x-gzip"], gzip.compress(HTML, mtime=0), id="x-gzip"),
        pytest.param(["deflate"], raw_deflate(HTML), id="raw deflate"),
        pytest.param(["brotli"], brotli.compress(HTML), id="brotli"),
        pytest.param(["zstd"], zstandard.compress(HTML), id="zstd"),
        pytest.param(
            ["gzip", "br"], brotli.compress(gzip.compress(HTML, mtime=0)), id="br of gzip"
        ),
        pytest.param(
            ["br", "gzip"], gzip.compress(brotli.compress(HTML), mtime=0), id="gzip of br"
        ),
        pytest.param(
            ["gzip", "chunked"], chunked(gzip.compress(HTML, mtime=0), 50), id="gzip, chunked"
        ),
        pytest.param(
            ["chunked", "gzip"], chunked(gzip.compress(HTML, mtime=0), 50), id="wrong order"
        ),
        pytest.param(["chunked", "chunked"], chunked(HTML), id="chunked, named twice"),
        pytest.param(["chunked", "chunked"], chunked(chunked(HTML)), id="chunked twice"),
        pytest.param(["chunked"], HTML, id="chunks already joined"),
        pytest.param(["gzip", "chunked"], HTML, id="already decoded"),
        pytest.param(
            ["gzip", "chunked"], gzip.compress(HTML, mtime=0), id="only chunks already joined"
        ),
        pytest.param([], chunked(HTML), id="chunked, not named"),
        pytest.param([], gzip.compress(HTML, mtime=0), id="gzip, not named"),
        pytest.param([], chunked(gzip.compress(HTML, mtime=0), 40), id="chunked gzip, not named"),
        pytest.param([], b"%x\r\n%s\r\n" % (len(HTML), HTML), id="one chunk, not named"),
        pytest.param([], b"%05X\n%s" % (len(HTML), HTML), id="one chunk without end, not named"),
        pytest.param(["gzip"], nested(HTML, 2), id="gzip twice, named once"),
        pytest.param(["gzip", "gzip"], gzip.compress(HTML, mtime=0), id="gzip once, named twice"),
        pytest.param(["gzip"] * 100, gzip.compress(HTML, mtime=0), id="gzip once, named often"),
        pytest.param(["gzip"], nested(HTML, 8), id="eight times gzip"),
        pytest.param(["br"], HTML, id="br, not encoded"),
        pytest.param(["deflate"], HTML, id="deflate, not encoded"),
        pytest.param(["br"], gzip.compress(HTML, mtime=0), id="gzip, named br"),
        pytest.param(["gzip"], zstandard.compress(HTML), id="zstd, named gzip"),
        pytest.param(["gzip"], zlib.compress(HTML), id="deflate, named gzip"),
        pytest.param(["gzip"], raw_deflate(HTML), id="raw deflate, named gzip"),
        pytest.param(["gzip"], brotli.compress(HTML), id="br, named gzip"),
        pytest.param([], brotli.compress(HTML), id="br, not named"),
        pytest.param([], raw_deflate(HTML), id="raw deflate, not named"),
        pytest.param(
            ["br"], gzip.compress(brotli.compress(HTML), mtime=0), id="br in gzip, one named"
        ),
        pytest.param(
            ["gzip", "br"], gzip.compress(brotli.compress(HTML), mtime=0), id="another order"
        ),
        pytest.param(["deflate"], raw_deflate(HTML, 0), id="deflate, stored"),
        pytest.param(
            ["gzip"], gzip.compress(brotli.compress(HTML), mtime=0), id="br in gzip, not named"
        ),
        pytest.param(["compress", "text/html", "windows-1251"], HTML, id="unknown names"),
        pytest.param(["aws-chunked"], HTML, id="unknown name"),
        pytest.param(
            ["gzip"], b"\r\n\xef\xbb\xbf " + gzip.compress(HTML, mtime=0), id="after white space"
        ),
        pytest.param(["gzip"], gzip.compress(HTML, mtime=0) + b"\r\n\r\n", id="bytes after gzip"),
        pytest.param(["gzip"], gzip.compress(HTML, mtime=0)[:-8], id="no checksum"),
        pytest.param(["gzip"], flip(gzip.compress(HTML, mtime=0), -8, 4), id="wrong checksum"),
    ],
)
def test_codings_are_removed_if_the_body_has_them(codings, body):
    assert decode_body(body, codings, LIMIT) == HTML


@pytest.mark.parametrize("text", ["\u6570\u5b66 " * 300, "\xe9t\xe9 " * 300, "abc " * 300])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "compress", "chunked"])
def test_text_in_any_encoding_that_is_not_encoded_is_kept(text, encoding, coding):
    page = f"<html><body>{text}".encode(encoding)
    assert decode_body(page, [coding], LIMIT) == page
    if coding not in ("compress", "chunked"):
        encode = {"gzip": gzip.compress, "deflate": raw_deflate, "br": brotli.compress}[coding]
        assert decode_body(encode(page), [coding], LIMIT) == page


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        pytest.param(["gzip"], NOISE, id="gzip without its magic number"),
        pytest.param(["br"], NOISE, id="br"),
        pytest.param(["deflate"], NOISE, id="deflate"),
        pytest.param(["compress"], b"\x1f\x9d\x90" + NOISE, id="compress, which is not supported"),
        pytest.param(["foo"], NOISE, id="an unknown name"),
        pytest.param(["chunked"], chunked(NOISE), id="binary data in chunks"),
        pytest.param(
            ["gzip"], gzip.compress(HTML, mtime=0)[:10], id="cut after the header of gzip"
        ),
        pytest.param([], gzip.compress(HTML, mtime=0)[:12], id="cut gzip, not named"),
        pytest.param(["gzip"], nested(HTML, 9), id="nine times gzip"),
        pytest.param(["gzip"] * 101, HTML, id="too many names"),
        pytest.param(["chunked"], b"5\r\n" + HTML + b"\r\n0\r\n\r\n", id="a wrong chunk size"),
    ],
)
def test_a_body_that_does_not_become_text_is_an_error(codings, body):
    with pytest.raises(BadEncodingError):
        decode_body(body, codings, LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_cut_body_is_used_as_far_as_it_goes(coding):
    noise = random.Random(4)
    page = b"".join(b"<p>%x</p>" % noise.getrandbits(64) for _ in range(20_000))
    encode = {"gzip": gzip.compress, "deflate": raw_deflate, "br": brotli.compress}
    body = encode.get(coding, zstandard.compress)(page)
    text = decode_body(body[: len(body) // 2], [coding], LIMIT)
    assert len(page) // 4 < len(text) < len(page)
    assert page.startswith(text)


def test_text_with_a_first_line_in_hexadecimal_keeps_it_unless_it_is_a_chunk_size():
    page = b"2024\n<p>a page about the year</p>"
    assert decode_body(page, [], LIMIT) == page
    assert decode_body(b"0\r\n" + HTML, [], LIMIT) == b"0\r\n" + HTML


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_body_that_inflates_to_more_than_the_limit_is_too_large(times):
    with pytest.raises(TooLargeError, match="over 1048576 bytes"):
        decode_body(nested(bytes(100 << 20), times), ["gzip"] * times, 1 << 20)


def test_a_body_of_the_limit_is_not_too_large():
    page = b"x" * 1000
    assert decode_body(gzip.compress(page, mtime=0), ["gzip"], 1000) == page
    assert decode_body(chunked(page + b"y"), ["chunked"], 1000) == page + b"y"
    with pytest.raises(TooLargeError):
        decode_body(gzip.compress(page, mtime=0), ["gzip"], 999)


def test_a_cut_body_in_chunks_that_no_header_names_has_no_sizes():
    text = decode_body(chunked(HTML)[:-300], [], LIMIT)
    assert HTML.startswith(text)
    assert len(text) > len(HTML) - 300


@given(st.binary(max_size=300), st.lists(st.sampled_from(["gzip", "br", "chunked", "x"])))
def test_any_body_is_decoded_or_an_error(body, codings):
    with suppress(BadEncodingError, TooLargeError):
        assert len(decode_body(body, codings, 1000)) <= 1000


def test_binary_data_is_told_from_text():
    assert is_binary(NOISE)
    assert all(is_binary(NOISE[i : i + 100]) for i in range(0, 4000, 100))
    assert is_binary(gzip.compress(HTML, mtime=0))
    assert is_binary(brotli.compress(HTML * 2))
    for encoding in ("utf-8", "gb18030", "shift_jis", "iso2022_jp", "utf-16", "utf-32"):
        assert not is_binary(("<p>\u6570\u5b66</p>" * 200).encode(encoding))
    assert not is_binary(("<p>\ud568\uc218</p>" * 200).encode("iso2022_kr"))
    assert not is_binary("\x80\x85 \xe9".encode("latin-1") * 99)
    assert not is_binary(b"")
    assert not is_binary(HTML[:500] + b"\x0b\x0b\0" + HTML)


@pytest.mark.parametrize("page", [b"<p>a", b"<p>text</p>", b"<p>Let x be real.</p>"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_short_pages_are_decoded(coding, page):
    encode = {"gzip": gzip.compress, "deflate": raw_deflate, "br": brotli.compress}[coding]
    assert decode_body(encode(page), [coding], LIMIT) == page
    assert decode_body(page, [coding], LIMIT) == page


@pytest.mark.parametrize("html", [HTML, HTML[:400], HTML[:1], HTML * 50])
@pytest.mark.parametrize("compress", [lzma.compress, bz2.compress, lzma_alone])
def test_data_compressed_in_a_way_that_is_not_inflated_is_never_text(compress, html):
    with pytest.raises(BadEncodingError):
        decode_body(compress(html), ["x-unknown"], LIMIT)
    assert is_binary(compress(html))


def test_padding_with_nuls_does_not_make_text_binary():
    assert not is_binary(b"\0" * 500 + HTML)
    assert not is_binary(HTML[:200] + b"\0" * 200 + HTML)
    assert not is_binary(HTML.decode().encode("utf-16-be"))
    assert not is_binary(HTML.decode().encode("utf-32"))
