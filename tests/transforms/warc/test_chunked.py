import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.warc.chunked import ChunkError, Chunks, join_chunks

ONE, TWO, THREE = (Chunks(b"abcde", sizes) for sizes in (1, 2, 3))


@pytest.mark.parametrize(
    ("body", "chunks"),
    [
        (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", THREE),
        (b"3\nabc\n2\nde\n0\n\n", THREE),
        (b"3;ext=1\r\nabc\r\n2 ; a=\"b;c\"\r\nde\r\n0;x\r\n\r\n", THREE),
        (b"0003\r\nabc\r\n00000000000000000002\r\nde\r\n000\r\n\r\n", THREE),
        (b"3  \r\nabc\r\n2\t\r\nde\r\n0\r\n\r\n", THREE),
        (b"\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", THREE),
        (b"5\r\nabcde\r\n0\r\nExpires: 0\r\n\r\n", TWO),  # trailer fields
        (b"5\r\nabcde\r\n0\r\n", TWO),
        (b"5\r\nabcde\r\n", ONE),
        (b"5\r\nabcde\r", ONE),
        (b"5\r\nabcde", ONE),
        (b"5\r\nabcde\r\n1", ONE),
        (b"5\r\nabcde\r\n10;ext", ONE),
        (b"3\r\nabc\r\nffff\r\nde", TWO),
        (b"3\r\nabc\r\n2\r\nde, and no size here\r\n", TWO),
        (b"FFFFFFFFFFFFFFFFFFFFFFFF\r\nabcde", ONE),
        (b"0\r\n\r\n", Chunks(b"", 1)),
        (b"<p>not chunked</p>", None),
        (b"", None),
        (b"-3\r\nabc", None),
        (b"abc", None),
    ],
)  # fmt: skip
def test_chunks_are_joined_without_their_sizes(body, chunks):
    assert join_chunks(body) == chunks


def test_a_first_chunk_without_its_size_is_an_error():
    with pytest.raises(ChunkError, match="first chunk of 2 bytes"):
        join_chunks(b"2\r\nabc and so on\r\n0\r\n\r\n")


@given(
    st.lists(st.binary(min_size=1, max_size=30), min_size=1),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"", b" ", b";a=b"]),
)
def test_any_chunks_are_joined_and_any_cut_keeps_what_came(chunks, line_end, extension):
    whole, ends = b"", []
    for chunk in chunks:
        whole += b"%x" % len(chunk) + extension + line_end
        ends.append((len(whole), chunk))
        whole += chunk + line_end
    assert join_chunks(whole + b"0" + line_end * 2) == Chunks(b"".join(chunks), len(chunks) + 1)
    for cut in range(len(extension + line_end) + 2, len(whole)):
        came = b"".join(chunk[: max(cut - start, 0)] for start, chunk in ends)
        result = join_chunks(whole[:cut])
        assert result is None or result.data == came
