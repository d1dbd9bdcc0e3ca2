import io

import pytest
import zstandard

from tests.helpers.warcs import damage_of, flip, read, record, records_of, zstd_each
from transforms.warc import zstd_dictionary as module
from transforms.warc.zstd_dictionary import is_skippable, read_prologue

RECORDS = [record(f"<p>page {i}</p>".encode() * 50, f"http://example.org/{i}") for i in range(4)]
WHOLE = [data.rstrip(b"\r\n") for data in RECORDS]
SAMPLES = b"".join(RECORDS)[:900]
TRAINED = zstandard.train_dictionary(
    2000, [record(b"%d" % i * i, f"http://example.org/{i}") for i in range(400)]
).as_bytes()


def skippable(content, kind=0, size=None):
    size = len(content) if size is None else size
    return bytes([0x50 | kind]) + b"\x2a\x4d\x18" + size.to_bytes(4, "little") + content


@pytest.mark.parametrize("kind", [0, 5, 14, 15])
@pytest.mark.parametrize("dictionary", [None, SAMPLES, TRAINED])
@pytest.mark.parametrize("compressed", [False, True])
def test_skippable_frames_may_be_anywhere(kind, dictionary, compressed):
    head, *members = zstd_each(RECORDS, dictionary, compressed)
    other = skippable(b"12345678", kind)
    for frames in (
        [other, head, *members],
        [head, other, other, *members],
        [head, members[0], other, *members[1:], other],
        [other, skippable(b"", kind), head, *members],
    ):
        items = read(b"".join(frames))
        assert records_of(items) == WHOLE
        assert damage_of(items) == []
        first = len(b"".join(frames[: frames.index(members[0])]))
        assert items[0].offset == first


def test_magic_numbers_of_skippable_frames():
    assert all(is_skippable(skippable(b"", kind)) for kind in range(16))
    assert not any(
        map(is_skippable, (b"", b"\x50\x2a\x4d", b"\x60\x2a\x4d\x18", b"\x28\xb5\x2f\xfd"))
    )


@pytest.mark.parametrize(
    ("prologue", "message"),
    [
        (skippable(b"abc", 13, size=1 << 20), "longer than the file"),
        (skippable(b"", 0, size=0xFFFFFFFF), "4294967295 bytes at 0 is longer than the file"),
        (b"\x5d\x2a\x4d\x18\x01", "longer than the file"),
    ],
)
def test_a_skippable_frame_that_is_longer_than_its_file_is_damage(prologue, message):
    [item] = read(prologue)
    assert (item.reason, item.offset) == ("bad_dictionary", 0)
    assert message in item.message


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x28\xb5\x2f\xfd" + b"\xff" * 16, id="damaged frame"),
        pytest.param(zstandard.compress(TRAINED)[:-20], id="cut frame"),
        pytest.param(flip(TRAINED, 8, 30), id="damaged tables"),
        pytest.param(TRAINED[:20], id="cut tables"),
        pytest.param(zstandard.compress(bytes(1 << 27)), id="bomb"),
    ],
)
def test_a_dictionary_that_cannot_be_used_is_damage_and_frames_without_it_are_read(content):
    _, with_dictionary, *_ = zstd_each(RECORDS, TRAINED)
    _, first, second, *_ = zstd_each(RECORDS[1:])
    items = read(skippable(content, 13) + first + with_dictionary + second)
    assert [reason for reason, _ in damage_of(items)] == ["bad_dictionary", "damaged_member"]
    assert records_of(items) == WHOLE[1:3]


def test_a_dictionary_over_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr(module, "MAX_DICTIONARY", 1000)
    prologue = read_prologue(io.BytesIO(skippable(SAMPLES + SAMPLES, 13)))
    assert prologue.dictionary is None
    assert "1800 bytes, over 1000" in prologue.error
    prologue = read_prologue(io.BytesIO(skippable(zstandard.compress(SAMPLES * 2), 13)))
    assert "over 1000 bytes" in prologue.error
