import random

import pytest

from pipelines.__main__ import main
from pipelines.beam_runner import Jobs
from pipelines.inspection.show_copies import printable, show_copies
from pipelines.stages.dedup import deduplicate
from pipelines.stages.old_crawls import read_old_crawls
from schemas import shards
from schemas.errors import InputError
from schemas.manifest import Identity, Manifest
from schemas.settings import Dedup
from tests.helpers.old_crawls import files_of, prepared, put, written
from tests.helpers.trees import output_of, page, write
from tests.transforms.dedup.test_minhash import text

pytestmark = pytest.mark.slow  # runs a Beam job

RNG = random.Random(11)
SENTENCES = [f"{text(RNG, 12)}." for _ in range(30)]
FIRST = " ".join(SENTENCES)
NEARER = " ".join(["One word more.", *SENTENCES])
CHANGED = " ".join([*SENTENCES[:15], "Something else.", *SENTENCES[16:]])
HOSTILE = f"{FIRST}\n\x1b]0;title\x07\u202eev\u2028il"
OLD_TEXT = " ".join(f"{text(RNG, 12)}." for _ in range(30))


@pytest.fixture(scope="module")
def crawls(tmp_path_factory):
    """A crawl with two groups, and the older one with which it was compared."""
    folder = tmp_path_factory.mktemp("crawls")
    old = written(folder / "old", a=[page("http://old.org/", OLD_TEXT, id=-1)], b=[])
    output, pages = prepared(
        folder / "new",
        a=[
            page("http://a.org/1", FIRST, id=10, formulas=5),
            page("http://a.org/2", NEARER, id=11),
            page("http://a.org/\x1b[2Jx\n", HOSTILE, id=12),
        ],
        b=[
            page("http://b.org/1", CHANGED, id=20),
            page("http://b.org/2", "something else altogether", id=-21),
            page("http://b.org/old", OLD_TEXT.replace(" ", "\n", 1), id=22),
            page("http://a.org/1#x", "another text at this URL", id=23),
        ],
    )
    against = read_old_crawls([old.folder], output)
    deduplicate(pages, Dedup(), output, Jobs(), against)
    return output, against


def table_of(shown):
    return [line.split() for line in shown.split("\n\n")[0].splitlines()]


def test_a_group_its_matched_pair_and_their_differences_are_shown(crawls):
    output, _ = crawls
    shown = show_copies(20, output)
    assert table_of(shown) == [
        ["id", "reason", "similarity", "url"],
        ["10", "kept", "http://a.org/1"],
        ["20", "minhash", table_of(shown)[2][2], "http://b.org/1"],
        ["11", "minhash", table_of(shown)[3][2], "http://a.org/2"],
        ["12", "minhash", table_of(shown)[4][2], r"http://a.org/\x1b[2Jx\n"],
        ["23", "url", "0.0000", "http://a.org/1#x"],
    ]
    similarity = table_of(shown)[2][2]
    assert 0.8 < float(similarity) < 1
    _, pair = shown.split("\n\n")
    assert pair.splitlines() == [
        f"20 and 10: minhash, similarity {similarity}",
        "--- 10 http://a.org/1",
        "+++ 20 http://b.org/1",
        "@@ -15,3 +15,3 @@",
        f" {SENTENCES[14]}",
        f"-{SENTENCES[15]}",
        "+Something else.",
        f" {SENTENCES[16]}",
    ]


@pytest.mark.parametrize(("page_id", "pair"), [(10, "10 and 11: "), (23, "23 and 10: url")])
def test_the_pair_of_a_page_is_the_one_of_its_reason_or_for_the_kept_page_the_closest(
    crawls, page_id, pair
):
    assert show_copies(page_id, crawls[0]).split("\n\n")[1].startswith(pair)


def test_nothing_that_a_terminal_acts_on_is_shown(crawls):
    shown = show_copies(12, crawls[0])
    assert all(line.isprintable() for line in shown.split("\n"))
    assert r"+\x1b]0;title\x07\u202eev\u2028il" in shown.splitlines()
    assert printable("a\tb\r\n\x00\x9b\u200f\U000e0041é漢") == (
        r"a\tb\r\n\x00\x9b\u200f\U000e0041é漢"
    )


def test_the_older_copy_is_found_in_its_crawl(crawls):
    output, against = crawls
    shown = show_copies(22, output, against)
    assert table_of(shown)[1:] == [
        ["-1", "kept,", "of", "an", "older", "crawl", "http://old.org/"],
        ["22", "text", "1.0000", "http://b.org/old"],
    ]
    assert shown.split("\n\n")[1].startswith("22 and -1: text, similarity 1.0000\n--- -1 http")
    assert show_copies(-1, output, against).split("\n\n")[0] == shown.split("\n\n")[0]
    alone = show_copies(22, output)
    assert table_of(alone)[1:] == [["22", "text", "1.0000", "http://b.org/old"]]
    assert alone.endswith("is of an older crawl: add --against with its output.")


def test_a_page_without_copies_is_shown_alone(crawls):
    shown = show_copies(-21, crawls[0])
    assert table_of(shown)[1:] == [["-21", "kept", "http://b.org/2"]]
    assert shown.endswith("\n\nThe page has no copy.")


def test_unknown_pages_and_crawls_are_refused(crawls, tmp_path):
    output, against = crawls
    with pytest.raises(InputError, match=r"^--show 5: .*/new has no page with this id$"):
        show_copies(5, output, against)
    for page_id in (2**63, -(2**63) - 1):
        with pytest.raises(InputError, match=f"^--show {page_id}: an id has 64 bits$"):
            show_copies(page_id, output, against)
    other = written(tmp_path, a=[page("http://old.org/", "x")])
    with pytest.raises(InputError, match=r"^--against .* was made without it$"):
        show_copies(10, output, read_old_crawls([other.folder], output))


def test_the_command_only_reads_and_needs_no_settings(crawls, capsys):
    output, [old] = crawls
    output.write("_LOCK", b'{"host": "other", "process": 1, "since": "now", "command": "run"}')
    before = files_of(output.folder) | files_of(old.tree.folder)
    where = ["--out", output.folder, "--against", old.tree.folder]
    assert main(["dedup", "--show", "-21", *where]) == 0
    printed = capsys.readouterr()
    assert printed.out == show_copies(-21, output) + "\n"
    assert printed.err == ""
    assert files_of(output.folder) | files_of(old.tree.folder) == before


def crawl_of_copies(folder, texts):
    """A crawl whose pages are all copies of the first."""
    rows = [page(f"http://a.org/{number}", one, id=number) for number, one in enumerate(texts)]
    output, pages = prepared(folder, a=rows)
    sidecar = [
        {"id": row.id, "keep": not row.id}
        | ({"duplicate_of": 0, "reason": "minhash", "similarity": 0.8} if row.id else {})
        for row in rows
    ]
    write(output, "dedup/a", shards.DUPLICATE, sidecar)
    identity = Identity(stage="dedup", settings={}, inputs={"pages": pages.digest()})
    outputs = [output_of(output, "dedup/a")]
    put(output, "dedup", Manifest(identity=identity, complete=True, outputs=outputs))
    return output


def test_large_groups_are_cut_short_but_not_the_page_that_was_asked_for(tmp_path):
    output = crawl_of_copies(tmp_path, [f"text {number}" for number in range(130)])
    lines = show_copies(125, output).split("\n\n")[0].splitlines()
    assert len(lines) == 102
    assert [line.split()[0] for line in lines[1:4]] == ["0", "125", "1"]
    assert lines[-1] == "and 30 more"


def test_long_texts_and_long_differences_are_cut_short(tmp_path):
    first = "\n".join(f"line {number}" for number in range(2000))
    other = first.replace("1", "one").replace("3", "three")
    shown = show_copies(1, crawl_of_copies(tmp_path, [first, other])).splitlines()
    assert shown[-2:] == [
        "The rest is left out: these are 100 lines.",
        "Only the first 1,000 sentences of each text are compared.",
    ]
    assert len(shown) == 4 + 1 + 100 + 2


def test_a_paragraph_is_compared_in_parts(tmp_path):
    words = "word " * 300
    output = crawl_of_copies(tmp_path, [f"{words}end", f"{words}END"])
    diff = show_copies(1, output).splitlines()[8:]
    assert [line[-4:] for line in diff if line[0] in "+-"] == [" end", " END"]
    assert max(map(len, diff)) <= 201
