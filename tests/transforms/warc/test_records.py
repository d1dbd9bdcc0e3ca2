import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArchiveLoadFailed

from tests.helpers.warcs import (
    damage_of,
    deflate_bomb,
    flip,
    gzip_blocks,
    gzip_each,
    read,
    record,
    records_of,
    zstd_each,
)
from transforms.warc import members as members_module
from transforms.warc import records as records_module
from transforms.warc.members import Damage
from transforms.warc.records import RawRecord

RECORDS = [record(f"<p>page {i}</p>".encode() * 50, f"http://example.org/{i}") for i in range(5)]
WHOLE = [data.rstrip(b"\r\n") for data in RECORDS]
PLAIN = b"".join(RECORDS)
BODIES = [f"<p>page {i}</p>".encode() * 50 for i in range(5)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(b"".join(gzip_each(RECORDS)), id="gzip, a member for each record"),
        pytest.param(gzip_blocks(PLAIN, len(PLAIN)), id="gzip, one member for all"),
        pytest.param(gzip_blocks(PLAIN, 700), id="gzip, members that cut records"),
        pytest.param(b"".join(zstd_each(RECORDS)), id="zstd"),
        pytest.param(b"".join(zstd_each(RECORDS, PLAIN[:900])), id="zstd with a dictionary"),
        pytest.param(
            b"".join(zstd_each(RECORDS, PLAIN[:900], compress_dictionary=True)),
            id="zstd with a compressed dictionary",
        ),
        pytest.param(
            b"\r\n" + PLAIN.replace(b"\r\n\r\nWARC", b"\r\n\r\n\r\nWARC"), id="more lines"
        ),
        pytest.param(PLAIN.replace(b"\r\n\r\nWARC", b"\nWARC"), id="fewer line ends"),
        pytest.param(PLAIN.replace(b"WARC/1.0\r\n", b"WARC/1.0\r\r\n"), id="odd line ends"),
    ],
)
def test_every_kind_of_file_gives_every_record(data):
    items = read(data)
    assert [data.rpartition(b"\n")[2] for data in records_of(items)] == BODIES
    assert damage_of(items) == []


def test_offset_and_length_are_a_range_request_for_the_record():
    for members in (RECORDS, gzip_each(RECORDS), zstd_each(RECORDS)):
        data = b"".join(members)
        for item, whole in zip(read(data), WHOLE, strict=True):
            part = data[item.offset : item.offset + item.length]
            assert records_of(read(part)) == [whole]


def test_records_that_share_a_member_have_its_offset_and_consecutive_numbers():
    first, shared, last = gzip_each([RECORDS[0], RECORDS[1] + RECORDS[2], RECORDS[3]])
    ranges = [(item.offset, item.number, item.length) for item in read(first + shared + last)]
    start, end = len(first), len(first) + len(shared)
    assert ranges == [(0, 0, start), (start, 0, 0), (start, 1, 0), (end, 0, len(last))]


@given(victim=st.integers(0, 4), where=st.floats(0, 1), count=st.integers(1, 40))
def test_a_damaged_gzip_member_costs_its_record_and_no_other(victim, where, count):
    members = gzip_each(RECORDS)
    # Bytes 4 to 9 of a gzip header (time, system) are not read: damage there is harmless.
    start = 10 + int(where * (len(members[victim]) - 11))
    members[victim] = flip(members[victim], start, min(count, len(members[victim]) - start))
    items = read(b"".join(members))
    assert records_of(items) == WHOLE[:victim] + WHOLE[victim + 1 :]
    reason = "cut_short" if victim == 4 else "damaged_member"
    offset = sum(map(len, members[:victim]))
    assert [damaged for _, damaged in damage_of(items)] == [offset]
    assert {reason, "damaged_member"} >= {name for name, _ in damage_of(items)}


def test_two_damaged_members_in_a_row_are_two_losses():
    members = gzip_each(RECORDS)
    members[1], members[2] = flip(members[1], 30), flip(members[2], 30)
    items = read(b"".join(members))
    assert records_of(items) == [WHOLE[0], WHOLE[3], WHOLE[4]]
    assert [reason for reason, _ in damage_of(items)] == ["damaged_member"] * 2


def test_a_damaged_zstd_frame_costs_its_record_and_no_other():
    members = zstd_each(RECORDS)
    members[3] = flip(members[3], 4, 20)
    items = read(b"".join(members))
    assert records_of(items) == [WHOLE[i] for i in (0, 1, 3, 4)]
    assert damage_of(items) == [("damaged_member", sum(map(len, members[:3])))]


@given(cut=st.integers(1, len(gzip_each(RECORDS)[4]) - 1))
def test_a_truncated_gzip_file_is_reported_with_the_offset_of_its_last_member(cut):
    members = gzip_each(RECORDS)
    items = read(b"".join(members)[:-cut])
    assert records_of(items) == WHOLE[:4]
    assert damage_of(items) == [("cut_short", sum(map(len, members[:4])))]


def test_a_truncated_plain_file_is_reported_with_the_offset_of_its_last_record():
    items = read(PLAIN[: -len(RECORDS[4]) // 2])
    assert records_of(items) == WHOLE[:4]
    assert damage_of(items) == [("cut_short", sum(map(len, RECORDS[:4])))]


def test_a_length_that_reaches_into_the_next_record_loses_one_record():
    broken = record(b"<p>short</p>", length=2000)
    items = read(RECORDS[0] + broken + RECORDS[1] + RECORDS[2])
    assert records_of(items) == WHOLE[:3]
    assert damage_of(items) == [("bad_length", len(RECORDS[0]))]


def test_a_length_that_is_too_short_keeps_that_many_bytes_and_reports_the_rest():
    broken = record(b"<p>a</p>left over", length=len(record(b"")) and 53)
    items = read(broken + RECORDS[1])
    assert len(records_of(items)) == 2
    assert [reason for reason, _ in damage_of(items)] == ["no_record"]


def test_a_record_longer_than_its_member_is_broken_and_the_next_one_is_read():
    members = gzip_each([RECORDS[0], record(b"cut by the crawler", length=900), RECORDS[2]])
    items = read(b"".join(members))
    assert records_of(items) == [WHOLE[0], WHOLE[2]]
    assert damage_of(items) == [("bad_length", len(members[0]))]


def test_zeros_after_the_last_member_are_padding():
    items = read(b"".join(gzip_each(RECORDS)) + bytes(1000))
    assert (records_of(items), damage_of(items)) == (WHOLE, [])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"filedesc://IAH.arc 0.0.0.0 20080430 text/plain 1301\n", "warcio recompress"),
        (b"PK\x03\x04" + bytes(60), "unpack"),
        (b"\x04\x22\x4d\x18" + bytes(60), "lz4"),
        (b"org,example)/ 20130729195151 http://example.org/\n" * 40, "no record begins here"),
    ],
)
def test_a_file_that_is_not_warc_is_one_damage_whose_message_names_its_format(data, message):
    [item] = read(data)
    assert (item.reason, item.offset) == ("no_record", 0)
    assert message in item.message


def test_an_empty_file_has_no_records():
    assert read(b"") == []


def test_headers_without_an_end_are_damage_and_bounded(monkeypatch):
    monkeypatch.setattr(records_module, "MAX_HEADER", 1000)
    endless = b"WARC/1.0\r\nWARC-Type: response\r\n" + b"X-Filler: aaaaaaaa\r\n" * 200_000
    items = read(endless + PLAIN)
    assert records_of(items) == WHOLE
    assert damage_of(items) == [("bad_header", 0)]


def test_a_header_that_is_read_in_two_pieces_is_found():
    first = record(b"x" * 600_000)
    second = record(more=[f"X-Filler: {line:080}" for line in range(6_000)])
    assert len(first) < 1 << 20 < len(first) + len(second)
    items = read(first + second + RECORDS[1])
    assert records_of(items) == [data.rstrip(b"\r\n") for data in (first, second, RECORDS[1])]
    assert damage_of(items) == []


def test_the_last_record_of_a_file_needs_no_line_ends_after_it():
    for data in (RECORDS[0] + WHOLE[1], b"".join(gzip_each([RECORDS[0], WHOLE[1]]))):
        items = read(data)
        assert records_of(items) == WHOLE[:2]
        assert damage_of(items) == []


def test_a_very_long_record_is_truncated_and_the_next_one_is_found(monkeypatch):
    monkeypatch.setattr(records_module, "MAX_RECORD", 5000)
    long = record(b"x" * 3_000_000)
    for data in (long + RECORDS[1], b"".join(gzip_each([long, RECORDS[1]]))):
        first, second = read(data)
        assert (first.size, len(first.data)) == (len(long) - 4, 5000)
        assert second.data.rstrip() == WHOLE[1].rstrip()


def test_a_member_too_long_to_hold_until_its_checksum_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(members_module, "MAX_HELD", 10_000)
    big = [record(bytes(range(256)) * 400, f"http://example.org/{i}") for i in range(3)]
    items = read(gzip_blocks(b"".join(big), 1 << 30))
    assert records_of(items) == [data.rstrip(b"\r\n") for data in big]


@pytest.mark.slow
def test_a_decompression_bomb_is_skipped_without_being_held():
    items = read(deflate_bomb(200 << 20) + gzip_each(RECORDS)[0])
    assert records_of(items) == WHOLE[:1]
    assert [reason for reason, _ in damage_of(items)] == ["no_record"]


def _warcio_count(path):
    with path.open("rb") as file:
        try:
            return sum(
                1 for response in ArchiveIterator(file) if response.content_stream().read() or True
            )
        except ArchiveLoadFailed:
            return None


# Truncated inside a record, which warcio counts; we report it as damage.
NOT_AS_WARCIO = {"clipped.warc.gz"}


@pytest.mark.filterwarnings("ignore")
def test_odd_files_of_other_projects_end_in_records_or_damage_and_agree_with_warcio(shared_data):
    compared = 0
    for path in sorted((shared_data / "warc").rglob("*")):
        if path.is_dir():
            continue
        items = read(path.read_bytes())
        assert items, path
        is_warc = ".warc" in path.name and not path.name.endswith((".test", ".paths.gz", ".lz4"))
        if is_warc and path.name not in NOT_AS_WARCIO and (count := _warcio_count(path)):
            assert len(records_of(items)) == count, path
            compared += 1
    assert compared >= 40


@given(st.binary(max_size=3000), st.integers(0, 4))
def test_any_bytes_give_records_or_damage(data, index):
    members = gzip_each(RECORDS)
    items = read(b"".join(members[:index]) + data + b"".join(members[index:]))
    assert set(WHOLE[:index]) <= set(records_of(items))


def many_members(records):
    return {
        "plain": b"".join(records),
        "gzip": b"".join(gzip_each(records)),
        "one member": gzip_blocks(b"".join(records), 1 << 30),
        "members that cut records": gzip_blocks(b"".join(records), 700),
        "zstd": b"".join(zstd_each(records)),
    }


@pytest.mark.parametrize("kind", many_members([b""]))
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("written", "changed"),
    [
        (b"", b""),
        (b"Content-Length", b"content-length"),
        (b"Content-Length", b"CONTENT-LENGTH"),
        (b"WARC-Type:", b"warc-type :"),
        (b"WARC-Target-URI: ", b"WARC-Target-URI:\r\n "),
        (b"Content-Length: ", b"Content-Length:\r\n\t"),
        (b"WARC/1.0", b"WARC/0.18"),
        (b"WARC/1.0", b"WARC/1.1 "),
    ],
)
def test_any_spelling_of_the_header_is_read(kind, line_end, written, changed):
    records = [data.replace(written, changed).replace(b"\r\n", line_end) for data in LINES]
    items = read(many_members(records)[kind])
    assert damage_of(items) == []
    assert [item.data[item.block :] for item in items] == BODIES
    assert [item.header.first("warc-target-uri") for item in items] == [
        f"http://example.org/{i}" for i in range(5)
    ]


LINES = [record(body, f"http://example.org/{i}", http=b"") for i, body in enumerate(BODIES)]


@pytest.mark.parametrize("kind", many_members([b""]))
@pytest.mark.parametrize(
    "length",
    [
        *("", "-1", "-5", "abc", "1e3", "12 34", "0x10", "9" * 18, "9" * 19, "9" * 5000),
        *("\u0661\u0662", "1_0", str(1 << 63), str(20 << 20), "2000", "701", "2147483648"),
    ],
)
def test_a_wrong_length_costs_only_its_own_record(kind, length):
    broken = record(BODIES[1], http=b"", length=length)
    items = read(many_members([RECORDS[0], broken, *RECORDS[2:]])[kind])
    assert records_of(items) == [WHOLE[0], *WHOLE[2:]]
    assert [reason for reason, _ in damage_of(items)] == ["bad_length"]


@pytest.mark.parametrize("kind", many_members([b""]))
@pytest.mark.parametrize("more", range(1, 9))
def test_a_length_that_is_too_large_by_a_few_bytes_costs_at_most_its_own_record(kind, more):
    broken = record(BODIES[1], http=b"", length=len(BODIES[1]) + more)
    items = read(many_members([RECORDS[0], broken, *RECORDS[2:]])[kind])
    good = [data for data in records_of(items) if data in WHOLE]
    assert good == [WHOLE[0], *WHOLE[2:]]
    assert len(items) == 5
    assert len(damage_of(items)) == (more > 4)  # the two line ends are four bytes


@pytest.mark.parametrize("kind", many_members([b""]))
@pytest.mark.parametrize("length", [0, 1, 600])
def test_a_length_that_is_too_small_costs_no_other_record(kind, length):
    broken = record(BODIES[1], http=b"", length=length)
    items = read(many_members([RECORDS[0], broken, *RECORDS[2:]])[kind])
    good = [data for data in records_of(items) if data in WHOLE]
    assert good == [WHOLE[0], *WHOLE[2:]]
    assert [reason for reason, _ in damage_of(items)] == ["no_record"]


@pytest.mark.parametrize("kind", ["plain", "one member", "gzip"])
@pytest.mark.parametrize("excess", [1, 5000, 30_000, 200_000])
def test_a_long_record_with_a_wrong_length_costs_no_other_record(monkeypatch, kind, excess):
    monkeypatch.setattr(records_module, "MAX_RECORD", 5000)
    monkeypatch.setattr(members_module, "MAX_HELD", 10_000)
    long = record(b"x" * 20_000, http=b"", length=20_000 + 4 + excess)
    data = many_members([RECORDS[0], long, *RECORDS[2:], *RECORDS])[kind]
    items = read(data)
    assert [data for data in records_of(items) if data in WHOLE] == [WHOLE[0], *WHOLE[2:], *WHOLE]
    assert [reason for reason, _ in damage_of(items)] == ["bad_length"]


@pytest.mark.parametrize("kind", ["plain", "one member", "gzip"])
def test_a_long_record_may_hold_a_warc_file(monkeypatch, kind):
    monkeypatch.setattr(records_module, "MAX_RECORD", 5000)
    for nested in (record(PLAIN * 9, http=b""), record(PLAIN * 9 + b"x", http=b"")):
        items = read(many_members([RECORDS[0], nested, RECORDS[2]])[kind])
        assert damage_of(items) == []
        assert [item.size for item in items][1] > 5000
        assert len(items) == 3


def test_a_header_that_runs_into_the_next_record_costs_only_its_own():
    broken = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://lost.org/\r\n"
    for kind in ("plain", "one member"):
        items = read(many_members([RECORDS[0], broken + RECORDS[1], RECORDS[2]])[kind])
        assert records_of(items) == WHOLE[:3]
        assert [reason for reason, _ in damage_of(items)] == ["bad_header"]


def cpu_per_record(data, count):
    started = time.process_time()
    assert len(read(data)) == count
    return (time.process_time() - started) / count


@pytest.mark.slow
def test_the_time_per_record_does_not_grow_with_the_records_of_a_member():
    small = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 9\r\n\r\n123456789\r\n\r\n"
    few, many = (gzip_blocks(small * count, 1 << 30) for count in (3000, 60_000))
    cpu_per_record(few, 3000)
    assert cpu_per_record(many, 60_000) < 5 * cpu_per_record(few, 3000)


@pytest.mark.slow
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"WARC/1.0\nA:", id="records without a header's end"),
        pytest.param(b"WARC/1.0\nContent-Length: 900000\n\n", id="lengths that are too large"),
        pytest.param(b"WARC/1.0\nContent-Length: 99999999999\n\n", id="absurd lengths"),
        pytest.param(b"WARC/1.0\nA: b\n\n", id="no lengths"),
        pytest.param(b"WARC/1.0\nA" + b"\r" * 90 + b"\n:", id="carriage returns"),
    ],
)
def test_the_time_per_broken_record_does_not_grow_with_their_number(start):
    for compress in (bytes, lambda data: gzip_blocks(data, 1 << 30)):
        few, many = (compress(start * count + b"\n" * 9) for count in (1000, 20_000))
        read(few)
        started = time.process_time()
        for _ in range(3):
            read(few)
        middle = time.process_time()
        read(many)
        assert time.process_time() - middle < 8 * 20 * max((middle - started) / 3, 0.002)


def test_a_byte_order_mark_before_the_first_record_costs_nothing():
    items = read(b"\xef\xbb\xbf" + PLAIN)
    assert records_of(items) == WHOLE
    assert damage_of(items) == []
    assert items[0].offset == 3


def test_a_length_that_is_given_twice_must_be_the_same():
    field = b"Content-Length: %d\r\n" % (len(BODIES[1]))
    data = record(BODIES[1], http=b"")
    same = data.replace(field, field * 2)
    other = data.replace(field, field + b"content-length: 3\r\n")
    assert len({data, same, other}) == 3
    items = read(RECORDS[0] + same + other + RECORDS[2])
    assert records_of(items) == [WHOLE[0], same.rstrip(b"\r\n"), WHOLE[2]]
    assert [item.message for item in items if isinstance(item, Damage)] == [
        f"Content-Length is '{len(BODIES[1])}, 3'"
    ]


@pytest.mark.parametrize("between", [b"", b"\0" * 600, b"<p>no line ends here</p>", b"\xff" * 600])
def test_a_record_that_begins_amid_a_line_is_read(between):
    cut = record(b"<p>a page that a killed crawler did not finish</p>" * 99, length=9000)[:2000]
    first, last = (record(url=f"http://example.org/{name}") for name in ("first", "last"))
    for parts in ([first, cut, between, last], [cut, between, first, last]):
        found = read(b"".join(parts))
        urls = [raw.header.first("warc-target-uri") for raw in found if isinstance(raw, RawRecord)]
        assert [url[-5:] for url in urls if url != "http://example.org/"] == ["first", "/last"]
        assert sum(isinstance(item, Damage) for item in found) == 1


def test_a_version_amid_a_line_begins_no_record_without_a_field_of_one():
    lines = [b"WARC/1.0", b"WARC-Type: metadata", b"X: WARC/1.0", b"Y: 1", b"Content-Length: 3"]
    data = b"\r\n".join(lines) + b"\r\n\r\nabc\r\n\r\n"
    [raw] = read(data)
    assert raw.data == data[:-4]
