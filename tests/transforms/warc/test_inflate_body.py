import gzip
import random
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.warcs import flip, gzip_member
from transforms.warc.inflate_body import Inflated, coding_by_magic, inflate_body

TEXT = b"".join(b"<p>line %d of a text</p>\n" % i for i in range(200))
LIMIT = 1 << 20


def raw_deflate(data, level=6):
    compressor = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


ENCODED = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "gzip with a name": gzip_member(TEXT, name=b"a.html", extra=b"XX\x02\x00ab", comment=b"c"),
    "gzip, stored": gzip.compress(TEXT, 0, mtime=0),
    "deflate": zlib.compress(TEXT),
    "deflate, raw": raw_deflate(TEXT),
    "deflate, raw and stored": raw_deflate(TEXT, 0),
    "br": brotli.compress(TEXT),
    "zstd": zstandard.compress(TEXT),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_whole_body_is_inflated(name):
    assert inflate_body(ENCODED[name], name.partition(",")[0].split()[0], LIMIT) == Inflated(
        TEXT, True
    )


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        pytest.param(zlib.compress(TEXT), "gzip", id="deflate as gzip"),
        pytest.param(raw_deflate(TEXT), "deflate", id="raw deflate as deflate"),
    ],
)
def test_a_body_in_another_coding_than_its_name_is_inflated(body, coding):
    assert inflate_body(body, coding, LIMIT) == Inflated(TEXT, True)


@pytest.mark.parametrize("name", ["gzip", "deflate", "deflate, raw", "zstd", "gzip, stored"])
def test_bytes_after_the_end_are_ignored(name):
    for junk in (b"\r\n", b"<!-- served by x -->", bytes(8), random.Random(1).randbytes(9000)):
        assert inflate_body(ENCODED[name] + junk, name.partition(",")[0], LIMIT).data == TEXT


def test_bytes_after_the_end_of_brotli_are_ignored():
    for junk in (b"\r\n", bytes(8), random.Random(1).randbytes(9000)):
        assert inflate_body(ENCODED["br"] + junk, "br", LIMIT).data == TEXT


@pytest.mark.parametrize("name", ["gzip", "deflate", "gzip, stored", "gzip with a name"])
def test_a_wrong_checksum_loses_nothing(name):
    body = ENCODED[name]
    for damaged in (flip(body, len(body) - 4, 4), flip(body, len(body) - 4, 1)):
        assert inflate_body(damaged, name.split()[0].strip(","), LIMIT).data == TEXT


@pytest.mark.parametrize("name", ENCODED)
def test_a_cut_body_gives_a_prefix_and_is_not_complete(name):
    body = ENCODED[name]
    sizes = []
    for cut in range(1, len(body), 7):
        result = inflate_body(body[:-cut], name.partition(",")[0].split()[0], LIMIT)
        assert TEXT.startswith(result.data)
        assert not result.is_complete or result.data == TEXT or name == "zstd"
        sizes.append(len(result.data))
    assert sizes == sorted(sizes, reverse=True)
    if name not in ("zstd", "br"):  # which decode whole blocks
        assert len(TEXT) in sizes or name.startswith("deflate, raw")
        assert 100 < sizes[len(sizes) // 2] < len(TEXT)


@pytest.mark.parametrize("name", ["gzip", "deflate", "deflate, raw", "br"])
def test_damage_in_the_middle_keeps_what_precedes_it(name):
    noise = random.Random(2)
    text = b"".join(b"<p>%x</p>" % noise.getrandbits(64) for _ in range(20_000))
    encode = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    body = encode.get(name, raw_deflate)(text)
    damaged = flip(body, len(body) // 2, 400)
    result = inflate_body(damaged, name.partition(",")[0], LIMIT)
    data = result.data
    assert not result.is_complete or name == "deflate, raw"  # which has no checksum
    assert text.startswith(data[: len(text) // 3])
    assert len(data) > len(text) // 3


def test_all_members_of_gzip_are_inflated():
    parts = [gzip.compress(TEXT[i : i + 1000], mtime=0) for i in range(0, len(TEXT), 1000)]
    assert inflate_body(b"".join(parts), "gzip", LIMIT) == Inflated(TEXT, True)
    assert inflate_body(b"".join(parts)[:-4] + b"\r\n", "gzip", LIMIT).data == TEXT


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize("limit", [1, 100, len(TEXT)])
def test_at_most_limit_bytes_are_inflated(name, limit):
    coding = name.partition(",")[0].split()[0]
    assert inflate_body(ENCODED[name], coding, limit) == Inflated(TEXT[:limit], True)


@pytest.mark.parametrize(
    "compress", [gzip.compress, zlib.compress, raw_deflate, brotli.compress, zstandard.compress]
)
def test_a_bomb_is_inflated_up_to_the_limit(compress):
    names = {brotli.compress: "br", zstandard.compress: "zstd", gzip.compress: "gzip"}
    bomb = compress(bytes(50 << 20))
    result = inflate_body(bomb, names.get(compress, "deflate"), 1 << 20)
    assert (len(result.data), result.is_complete) == (1 << 20, True)


def test_other_bytes_give_nothing_or_are_not_complete():
    for coding in ("gzip", "deflate", "br", "zstd", "compress", ""):
        assert not inflate_body(b"<!doctype html><p>text</p>" * 9, coding, LIMIT).is_complete
    assert inflate_body(b"\x1f\x8b\x08", "gzip", LIMIT) == Inflated(b"", False)
    assert inflate_body(b"", "deflate", LIMIT) == Inflated(b"", False)


def test_random_bytes_are_not_complete_though_they_may_inflate_to_a_few():
    noise = random.Random(5)
    for coding in ("gzip", "deflate", "br"):
        for _ in range(300):
            assert not inflate_body(noise.randbytes(2000), coding, LIMIT).is_complete


def test_the_magic_number_names_the_coding():
    assert [coding_by_magic(ENCODED[name]) for name in ENCODED] == [
        *("gzip", "gzip", "gzip", "", "", "", "", "zstd")
    ]
    assert coding_by_magic(b"") == ""


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_any_bytes_are_inflated_without_an_error(body, coding):
    for data in (body, b"\x1f\x8b\x08" + body, b"\x28\xb5\x2f\xfd" + body):
        assert len(inflate_body(data, coding, 1000).data) <= 1000
