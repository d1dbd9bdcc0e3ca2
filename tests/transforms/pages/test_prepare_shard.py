import gzip
import os
import re
import signal

import pyarrow.parquet as pq
import pytest

from schemas import shards
from schemas.settings import Minhash, Prepare
from tests.helpers.pages_that_hang import BUG, DIE, SPIN, extract_or_hang
from tests.helpers.trees import read, tree
from tests.helpers.warcs import flip, gzip_each, record
from transforms.html.sandbox import SandboxStartError, run_in_sandbox
from transforms.pages import make_page as make_page_module
from transforms.pages import prepare_shard as module
from transforms.pages.prepare_shard import LedgerError, check_ledger, prepare_shard
from transforms.pages.warc_file import WarcFile, crawl_by_name
from transforms.text.fingerprints import hash64

pytestmark = pytest.mark.slow  # starts processes

HTML = b"<!doctype html><title>t</title><p>Let $x$ be a real number, and let $y$ be another.</p>"


def warc(folder, *records, name="a.warc.gz"):
    path = folder / name
    path.write_bytes(b"".join(records))
    return WarcFile(str(path), name)


def test_every_record_ends_as_a_page_a_drop_or_a_failure(tmp_path):
    info = record(b"", kind="warcinfo", http=b"isPartOf: CC-MAIN-2026-05\r\n")
    parts = gzip_each(
        [
            info,
            record(HTML, "https://www.Example.org/a?utm_source=x"),
            record(HTML, "https://example.org/b"),
            record(b"gone", http=b"HTTP/1.1 404 Not Found\r\n\r\n"),
            record(b"<html><body></body></html>"),
            record(HTML, "https://example.org/c"),
        ]
    )
    parts[2] = flip(parts[2], 30)
    parts[5] = parts[5][:-9]
    output = tree(tmp_path)
    part = prepare_shard(warc(tmp_path, *parts), Prepare(), output)
    assert part.counters == {
        "records": 6,
        "pages": 1,
        "dropped.not_response": 1,
        "dropped.status": 1,
        "dropped.no_text": 1,
        "failed.damaged_member": 1,
        "failed.cut_short": 1,
    }
    [page] = read(output, "pages/a.warc.gz.parquet")
    offset = len(parts[0])
    assert page["text"] == "Let $x$ be a real number, and let $y$ be another."
    assert (page["warc_offset"], page["warc_length"]) == (offset, len(parts[1]))
    assert (page["host"], page["domain"]) == ("www.example.org", "example.org")
    assert (page["crawl"], page["formulas"]) == ("CC-MAIN-2026-05", 2)
    assert page["fetched_at"].isoformat() == "2026-01-15T01:02:03+00:00"
    assert len(page["minhash_bands"]) == 14
    failures = read(output, "failures/a.warc.gz.parquet")
    assert [(row["stage"], row["reason"]) for row in failures] == [
        ("read", "damaged_member"),
        ("read", "cut_short"),
    ]
    assert failures[0]["warc_offset"] == sum(map(len, parts[:2]))


def test_the_part_describes_its_files(tmp_path):
    output = tree(tmp_path)
    part = prepare_shard(warc(tmp_path, record(HTML)), Prepare(), output)
    assert [(file.path, file.rows) for file in part.outputs] == [
        ("failures/a.warc.gz.parquet", 0),
        ("pages/a.warc.gz.parquet", 1),
    ]
    for file in part.outputs:
        assert file.bytes == (tmp_path / file.path).stat().st_size
    footer = pq.read_schema(tmp_path / "pages/a.warc.gz.parquet")
    assert footer.metadata[b"layout"] == b"page/4"
    assert footer.field("tokens").metadata == shards.PAGE.field("tokens").metadata


def test_a_shard_that_already_exists_is_reported_and_not_written_again(tmp_path):
    output, file = tree(tmp_path), warc(tmp_path, record(HTML))
    first = prepare_shard(file, Prepare(), output)
    (tmp_path / "a.warc.gz").unlink()
    assert prepare_shard(file, Prepare(), output) == first


def test_a_worker_that_fails_leaves_no_shard(tmp_path, monkeypatch):
    output, file = tree(tmp_path), warc(tmp_path, record(HTML), record(HTML))

    def die(*_):
        raise SandboxStartError("cannot start a child process")

    monkeypatch.setattr(module, "make_page", die)
    with pytest.raises(SandboxStartError):
        prepare_shard(file, Prepare(), output)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "a.warc.gz"]


def test_a_hostile_page_is_a_failure_with_reason_and_url(tmp_path):
    output, options = tree(tmp_path), b"<select>" + b"<option>o" * 30_000
    part = prepare_shard(warc(tmp_path, record(options, "http://a.org/x")), Prepare(), output)
    assert part.counters == {"records": 1, "failed.too_many_tags": 1}
    [row] = read(output, "failures/a.warc.gz.parquet")
    assert (row["url"], row["stage"]) == ("http://a.org/x", "extract")
    assert row["message"] == "30000 tags <option>, over 10000"


def test_pages_that_hang_or_crash_are_failures_and_the_pages_after_them_are_kept(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(make_page_module, "extract", extract_or_hang)
    output, settings = tree(tmp_path), Prepare(page_seconds=0.5)
    bodies = [HTML, SPIN + HTML, HTML, DIE + HTML, HTML]
    records = [record(body, f"http://a.org/{i}") for i, body in enumerate(bodies)]
    part = prepare_shard(warc(tmp_path, *records), settings, output)
    assert part.counters == {
        "records": 5,
        "pages": 3,
        "failed.timeout": 1,
        "failed.crash": 1,
    }
    assert [page["url"][-1] for page in read(output, "pages/a.warc.gz.parquet")] == ["0", "2", "4"]
    failures = read(output, "failures/a.warc.gz.parquet")
    assert [(row["url"][-1], row["reason"], row["message"]) for row in failures] == [
        ("1", "timeout", "over 0.5 s of CPU time"),
        ("3", "crash", "the process was killed by SIGSEGV"),
    ]
    assert [row["warc_offset"] for row in failures] == [
        sum(map(len, records[:1])),
        sum(map(len, records[:3])),
    ]


def test_a_bug_that_a_page_reveals_is_a_failure_with_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(make_page_module, "extract", extract_or_hang)
    output, first = tree(tmp_path), record(HTML)
    file = warc(tmp_path, first, record(BUG + HTML, "http://a.org/x"), record(HTML))
    part = prepare_shard(file, Prepare(), output)
    assert part.counters == {"records": 3, "pages": 2, "failed.bug": 1}
    [row] = read(output, "failures/a.warc.gz.parquet")
    assert (row["url"], row["warc_offset"]) == ("http://a.org/x", len(first))
    assert (row["warc_file"], row["stage"]) == ("a.warc.gz", "extract")
    assert "KeyError: 'no such key'" in row["message"]
    assert 'File "tests/helpers/pages_that_hang.py"' in row["message"]


@pytest.mark.parametrize(
    "error", [RecursionError, MemoryError, UnicodeError, AssertionError, OSError]
)
@pytest.mark.parametrize("function", ["read_capture", "make_page"])
def test_any_exception_of_the_code_that_handles_a_page_is_a_failure(
    tmp_path, monkeypatch, function, error
):
    real = getattr(module, function)

    def fail_on_some(item, *arguments):
        if item.offset:
            raise error("no such luck: \ud800")
        return real(item, *arguments)

    monkeypatch.setattr(module, function, fail_on_some)
    output, first = tree(tmp_path), record(HTML)
    part = prepare_shard(warc(tmp_path, first, record(HTML, "http://a.org/x")), Prepare(), output)
    assert part.counters == {"records": 2, "pages": 1, "failed.bug": 1}
    [row] = read(output, "failures/a.warc.gz.parquet")
    assert (row["url"], row["warc_offset"]) == ("http://a.org/x", len(first))
    assert rf"{error.__name__}: no such luck: \ud800" in row["message"]


def test_records_that_share_a_member_have_different_ids(tmp_path):
    empty = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    pages = [record(HTML, f"http://a.org/{i}") for i in range(3)]
    # More records than bytes: offset plus number is also the offset of the next member.
    shared = gzip.compress(empty * 5000 + pages[0] + pages[1], mtime=0)
    assert len(shared) < 5000
    output = tree(tmp_path)
    prepare_shard(warc(tmp_path, shared, gzip.compress(pages[2] * 2, mtime=0)), Prepare(), output)
    rows = read(output, "pages/a.warc.gz.parquet")
    assert [row["warc_offset"] for row in rows] == [0, 0, len(shared), len(shared)]
    assert len({row["id"] for row in rows}) == 4
    assert rows[2]["id"] == hash64(f"a.warc.gz\n{len(shared)}")


def test_a_child_that_is_killed_between_pages_changes_nothing(tmp_path, monkeypatch):
    file = warc(tmp_path, *(record(HTML * i, f"http://a.org/{i}") for i in range(1, 9)))
    undisturbed = prepare_shard(file, Prepare(), tree(tmp_path / "1"))

    def make_page_and_kill(*arguments):
        page = make_page_module.make_page(*arguments)
        os.kill(run_in_sandbox(os.getpid, seconds=9), signal.SIGKILL)
        return page

    monkeypatch.setattr(module, "make_page", make_page_and_kill)
    assert prepare_shard(file, Prepare(), tree(tmp_path / "2")) == undisturbed


def test_pages_in_other_languages_are_dropped_if_the_settings_list_languages(tmp_path):
    german = (
        b"<p>Die Summe der Winkel eines Dreiecks ist gleich zwei rechten Winkeln, wie man "
        b"leicht beweisen kann, wenn man eine Parallele zieht.</p>"
    )
    numbers = b"<p>1 2 3 4 5 6 7</p>"
    file = warc(tmp_path, record(HTML), record(german), record(numbers))

    def languages(*kept):
        output = tree(tmp_path / "-".join(("out", *kept)))
        part = prepare_shard(file, Prepare(languages=kept), output)
        rows = read(output, "pages/a.warc.gz.parquet")
        return part.counters.get("dropped.language", 0), [row["language"] for row in rows]

    assert languages() == (0, ["en", "de", "und"])
    assert languages("de") == (2, ["de"])
    assert languages("de", "und") == (1, ["de", "und"])


def test_a_page_has_a_language_and_its_probability(tmp_path):
    output = tree(tmp_path)
    prepare_shard(warc(tmp_path, record(HTML), record(b"<p>1 2 3</p>")), Prepare(), output)
    sure, unsure = read(output, "pages/a.warc.gz.parquet")
    assert (sure["language"], unsure["language"]) == ("en", "und")
    assert 0.5 <= sure["language_probability"] <= 1
    assert unsure["language_probability"] == 0


def test_equal_input_gives_equal_bytes_and_other_settings_give_others(tmp_path):
    file = warc(tmp_path, gzip.compress(record(HTML * 9, "http://a.org/x"), mtime=0))
    digests = [
        prepare_shard(file, settings, tree(tmp_path / str(number))).outputs[1].sha256
        for number, settings in enumerate(
            [Prepare(), Prepare(), Prepare(minhash=Minhash(bands=20, rows=5))]
        )
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_ledger_that_does_not_add_up_is_an_error_that_names_the_file():
    with pytest.raises(LedgerError, match=r"x\.warc: 3 records, but 1 pages, 0 dropped and 1"):
        check_ledger("x.warc", {"records": 3, "pages": 1, "failed.cut_short": 1}, 1, 1)


def test_a_crawl_without_warcinfo_is_named_by_folder_or_file():
    path = "crawl-data/CC-MAIN-2024-22/segments/1/warc/CC-MAIN-20240517-00007.warc.gz"
    assert crawl_by_name(WarcFile(path, path.split("/")[-1])) == "CC-MAIN-2024-22"
    assert crawl_by_name(WarcFile("my-00012.warc", "my-00012.warc")) == "my"
    assert crawl_by_name(WarcFile("b/one.warc", "b/one.warc")) == "one"


def counters(report, folder):
    part = prepare_shard(WarcFile(str(report), report.name), Prepare(), tree(folder))
    return {name: count for name, count in part.counters.items() if name != "records"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("faults/shared_offset.warc.gz", {"dropped.not_response": 377, "pages": 3}),
        ("faults/forged_marks.warc.gz", {"pages": 3}),
        ("faults/macro_digit.warc.gz", {"pages": 3}),
        ("faults/encoding_bomb.warc.gz", {"dropped.too_large": 1, "pages": 2}),
        ("faults/header_returns.warc.gz", {"dropped.not_http": 1, "pages": 2}),
        ("faults/dictionary_damaged.warc.zst", {"failed.bad_dictionary": 1, "pages": 1}),
        ("faults/skippable_first.warc.zst", {"pages": 2}),
        ("mining/chunk-extension.warc", {"pages": 1}),
        ("mining/chunked-cut.warc", {"pages": 1}),
        ("mining/deflate-without-zlib-header.warc", {"pages": 1}),
        ("mining/gzip-with-trailing-bytes.warc", {"pages": 1}),
        ("mining/x-gzip.warc", {"pages": 1}),
        ("mining/xhtml-as-application-xml.warc", {"pages": 1}),
        ("mining/untyped-comment.warc", {"pages": 1}),
        ("mining/content-type-twice.warc", {"pages": 1}),
        ("mining/lower-case-fields.warc", {"pages": 1}),
        ("mining/length-over-the-next-record.warc", {"failed.bad_length": 1, "pages": 1}),
    ],
)
def test_what_becomes_of_reported_files(tmp_path, shared_data, name, expected):
    report = shared_data / "reports" / name
    assert counters(report, tmp_path) == expected
    if name.startswith("mining/"):
        [text] = [row["text"] for row in read(tree(tmp_path), f"pages/{report.name}.parquet")]
        assert text.startswith("# Sums\n\nIn this note we collect what is needed later")
        assert "\n\nThe sum $1+2+\\dots+n$ equals $n(n+1)/2$, which is shown by" in text
        assert "will check without any tr" in text
        assert not re.search("61|40|WAR|ext=1", text)


def test_formulas_that_cannot_be_read_are_counted_in_the_page_and_in_the_ledger(tmp_path):
    image = b'<img class="equation" src="1.png">'
    lost = b"<p>This page says that %s is what %s shows.</p>" % (image, image)
    output = tree(tmp_path)
    part = prepare_shard(warc(tmp_path, record(lost), record(HTML)), Prepare(), output)
    assert part.counters == {"records": 2, "pages": 2, "formulas_lost": 2}
    rows = read(output, "pages/a.warc.gz.parquet")
    assert [row["formulas_lost"] for row in rows] == [2, 0]
    assert rows[0]["text"] == (
        "This page says that [unreadable formula] is what [unreadable formula] shows."
    )
