"""Members after damage are found wherever they begin and whichever program wrote them."""

import gzip
import io
import random

import pytest

from tests.helpers.warcs import (
    damage_of,
    flip,
    gzip_each,
    gzip_member,
    read,
    record,
    records_of,
    zstd_each,
)
from transforms.warc import members as module
from transforms.warc.members import Damage, Piece, inflate
from transforms.warc.read import Capture, Dropped, read_warc

BLOCK = module._SCAN_BLOCK
RECORDS = [record(f"<p>page {i}</p>".encode() * 50, f"http://example.org/{i}") for i in range(4)]
WHOLE = [data.rstrip(b"\r\n") for data in RECORDS]
# Members as different programs write them: fields of the header that the format leaves open.
PROGRAMS = {
    "gzip": {"name": b"a.warc", "system": 3, "mtime": 1_700_000_000},
    "java": {"system": 0, "mtime": 0},
    "zlib, fastest": {"extra_flags": 4, "system": 255, "mtime": 1},
    "IIPC sl extra": {"extra": b"sl\x08\x00" + bytes(8), "system": 0},
    "comment": {"comment": b"made by hand", "system": 11},
    "everything": {
        "extra": b"XX\x02\x00ab",
        "name": b"b.warc",
        "comment": b"c",
        "header_checksum": True,
        "extra_flags": 2,
        "system": 7,
        "mtime": 0xFFFFFFFF,
    },
}


def damaged_gzip(size):
    """A gzip member of `size` bytes that does not inflate and holds no second member."""
    return gzip.compress(b"", mtime=0)[:10] + b"\xff" * (size - 10)


def damaged_zstd(size):
    """A Zstandard frame of `size` bytes that does not decompress and holds no second frame."""
    return zstd_each([RECORDS[0]])[1][:5] + b"\xff" * (size - 5)


def pieces_of(data):
    """Pieces and damage of a file; of damage, offset and reason."""
    return [
        (item.offset, item.reason) if isinstance(item, Damage) else item
        for item in inflate(io.BytesIO(data))
    ]


def piece(data, start, member):
    return Piece(data, start, True, start + len(member))


# The scan begins one byte after the damaged member's start and reads blocks of BLOCK bytes, each of
# which repeats the last 9 of the block before: these are the first two borders.
BORDERS = [1 + BLOCK, 1 + 2 * BLOCK - 9]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("before", range(-1, 12))
@pytest.mark.parametrize(
    ("damaged", "members"),
    [
        pytest.param(damaged_gzip, gzip_each(RECORDS), id="gzip"),
        pytest.param(
            damaged_gzip,
            [
                gzip_each(RECORDS)[0],
                *(gzip_member(data, **PROGRAMS["gzip"]) for data in RECORDS[1:]),
            ],
            id="gzip of another program",
        ),
        pytest.param(damaged_zstd, zstd_each(RECORDS)[1:], id="zstd"),
    ],
)
def test_a_member_is_found_wherever_the_border_of_a_block_cuts_its_header(
    damaged, members, before, border
):
    first, second, third, _ = members
    lost = damaged(border - before)
    start = len(first) + len(lost)
    assert pieces_of(first + lost + second + third) == [
        piece(RECORDS[0], 0, first),
        (len(first), "damaged_member"),
        piece(RECORDS[1], start, second),
        piece(RECORDS[2], start + len(second), third),
    ]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("before", range(-1, 12))
def test_two_damaged_members_are_two_losses_wherever_a_block_cuts_the_second_header(before, border):
    first, second, third, _ = gzip_each(RECORDS)
    lost = damaged_gzip(border - before)
    second = second[:10] + b"\xff" * (len(second) - 10)
    start = len(first) + len(lost)
    assert pieces_of(first + lost + second + third) == [
        piece(RECORDS[0], 0, first),
        (len(first), "damaged_member"),
        (start, "damaged_member"),
        piece(RECORDS[2], start + len(second), third),
    ]


def test_a_damaged_member_is_distinguished_from_the_one_before_it_whatever_its_time():
    members = [gzip_member(data, mtime=time) for time, data in enumerate(RECORDS, start=1)]
    members[1], members[2] = members[1][:10] + b"\xff" * 50, members[2][:10] + b"\xff" * 50
    items = read(b"".join(members))
    assert records_of(items) == [WHOLE[0], WHOLE[3]]
    assert damage_of(items) == [
        ("damaged_member", len(members[0])),
        ("damaged_member", len(members[0]) + 60),
    ]


def test_a_stray_byte_between_members_costs_no_record():
    first, second = gzip_each(RECORDS[:2])
    items = read(first + b"\n" + second)
    assert records_of(items) == WHOLE[:2]
    assert damage_of(items) == [("damaged_member", len(first))]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("first_program", PROGRAMS)
def test_a_member_is_found_after_damage_whichever_programs_wrote_the_file(first_program, program):
    first = gzip_member(RECORDS[0], **PROGRAMS[first_program])
    lost = flip(gzip_member(RECORDS[1], **PROGRAMS[first_program]), 200)
    members = [gzip_member(data, **PROGRAMS[program]) for data in RECORDS[2:]]
    items = read(b"".join([first, lost, *members]))
    assert records_of(items) == [WHOLE[0], *WHOLE[2:]]
    assert damage_of(items) == [("damaged_member", len(first))]
    assert [item.offset for item in items[2:]] == [
        len(first) + len(lost),
        len(first) + len(lost) + len(members[0]),
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_of_several_programs_gives_every_record(program):
    members = [*gzip_each(RECORDS[:2]), gzip_member(RECORDS[2], **PROGRAMS[program])]
    items = read(b"".join([*members, *gzip_each(RECORDS[3:])]))
    assert records_of(items) == WHOLE
    assert damage_of(items) == []


def test_after_damage_every_record_is_counted_once():
    head, middle = record(b"<p>first</p>"), record(b"gone", http=b"HTTP/1.1 404 No\r\n\r\n")
    last = record(b"<p>last</p>", "http://example.org/last")
    lost = damaged_gzip(BLOCK + 1 - 2)
    members = [gzip_each([head])[0], lost, gzip_member(middle, **PROGRAMS["java"])]
    data = b"".join([*members, *gzip_each([last])])
    page, damage, dropped, other = read_warc(io.BytesIO(data), 10_000)
    assert isinstance(page, Capture)
    assert (damage.offset, damage.reason) == (len(members[0]), "damaged_member")
    assert dropped == Dropped("status")
    assert (other.offset, other.html) == (len(b"".join(members)), b"<p>last</p>")


@pytest.mark.parametrize(
    ("damaged", "members", "equal_bytes"),
    [
        pytest.param(damaged_gzip, gzip_each(RECORDS), 3, id="gzip, equal magic"),
        pytest.param(damaged_gzip, gzip_each(RECORDS), 4, id="gzip, equal magic and flags"),
        pytest.param(damaged_zstd, zstd_each(RECORDS)[1:], 4, id="zstd, equal magic"),
    ],
)
def test_bytes_that_only_look_like_a_member_are_part_of_the_damage(damaged, members, equal_bytes):
    first, second = members[:2]
    lookalike = first[:equal_bytes] + b"\xff" * 20
    items = read(first + damaged(100) + lookalike + second)
    assert records_of(items) == WHOLE[:2]
    assert damage_of(items) == [("damaged_member", len(first))]


def test_a_member_without_a_record_is_found_if_it_inflates_to_its_end():
    first, second = gzip_each(RECORDS[:2])
    empty = gzip_member(b"", **PROGRAMS["comment"])
    assert pieces_of(first + damaged_gzip(100) + empty + second) == [
        piece(RECORDS[0], 0, first),
        (len(first), "damaged_member"),
        piece(b"", len(first) + 100, empty),
        piece(RECORDS[1], len(first) + 100 + len(empty), second),
    ]


def test_a_large_member_of_another_program_is_found_by_the_start_of_its_record():
    noise = random.Random(0).randbytes(300_000)  # far more than what one call reads
    first, large = gzip_each(RECORDS[:1])[0], gzip_member(record(noise), **PROGRAMS["gzip"])
    items = read(first + damaged_gzip(100) + flip(large, len(large) - 8) + first)
    assert damage_of(items) == [
        ("damaged_member", len(first)),
        ("damaged_member", len(first) + 100),
    ]
    assert records_of(items) == [WHOLE[0], WHOLE[0]]


def test_a_member_that_runs_past_the_end_of_the_file_hides_none_of_those_after_it():
    first, second = gzip_each(RECORDS[:2])
    stored = gzip_member(b"")[:10] + b"\x01\xff\xff\x00\x00" + b"a" * 50  # 65,535 bytes announced
    items = read(first + stored + second)
    assert records_of(items) == WHOLE[:2]
    assert damage_of(items) == [("damaged_member", len(first))]


@pytest.mark.parametrize("members", [gzip_each(RECORDS), zstd_each(RECORDS)[1:]])
@pytest.mark.parametrize("start", [b"", b"\r\n", b"\0", b"<html>error</html>", bytes(500_000)])
def test_damage_at_the_start_of_a_file_costs_only_the_first_record(members, start):
    whole = start + b"".join(members)
    items = read(flip(whole, len(start), 4))
    assert records_of(items) == WHOLE[1:]
    assert damage_of(items) == [("damaged_member", 0)]
    assert items[1].offset == len(start) + len(members[0])
    if start:
        items = read(whole)
        assert records_of(items) == WHOLE
        assert damage_of(items) == [("damaged_member", 0)]


def test_a_plain_file_with_compressed_bodies_is_plain():
    bodies = [gzip_each(RECORDS)[0], zstd_each(RECORDS)[1]]
    records = [record(body) for body in bodies]
    items = read(b"junk\n" + b"".join(records))
    assert records_of(items) == [data.removesuffix(b"\r\n\r\n") for data in records]
    assert damage_of(items) == [("no_record", 0)]


class CountingFile(io.BytesIO):
    """A file that counts the bytes that are read."""

    count = 0

    def read(self, size=-1):
        data = super().read(size)
        self.count += len(data)
        return data


def bytes_read(data):
    file = CountingFile(data)
    for _ in inflate(file):
        pass
    return file.count


def chains(size):
    """Members that each inflate to the end of the file, and begin in one another."""
    head, block = gzip.compress(b"", mtime=0)[:10], 65_535
    data = bytearray(b"\xff" * size)
    for start in range(0, 40_000, 20):
        data[start : start + 10] = head
        for position in range(start + 10, size, block + 5):
            data[position : position + 5] = b"\x00\xff\xff\x00\x00"
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda size: b"\x1f\x8b\x08" * (size // 3), id="magic numbers"),
        pytest.param(
            lambda size: (gzip.compress(b"", mtime=0)[:10] + b"\xff" * 6) * (size // 16),
            id="headers",
        ),
        pytest.param(lambda size: bytes(size), id="zeros"),
        pytest.param(
            lambda size: (
                (bytes(4000) + gzip.compress(b"", mtime=0)[:10] + b"\xff") * (size // 4011)
            ),
            id="headers between zeros",
        ),
    ],
)
def test_the_bytes_that_are_read_grow_in_proportion_to_the_damage(damage):
    first = gzip_each(RECORDS[:1])[0]
    few, many = (bytes_read(first + damage(size)) for size in (400_000, 1_600_000))
    assert many < 6 * few


@pytest.mark.slow
def test_members_in_one_another_are_read_again_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(module, "_MAX_REREAD", 1 << 20)
    first, second = gzip_each(RECORDS[:2])
    data = first + chains(4 << 20) + second
    assert bytes_read(data) < 10 * len(data)
    items = read(data)
    assert records_of(items)[0] == WHOLE[0]
    assert records_of(items)[-1] == WHOLE[1]
