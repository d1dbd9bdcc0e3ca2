import pytest

from pipelines.rounds.verdict_rows import (
    all_elsewhere,
    not_in_force,
    not_recorded,
    read_verdict_rows,
    rows_about,
    verdicts_on,
)
from schemas.decisions import Decisions, PageDecision
from schemas.errors import InputError
from schemas.judged_rows import JudgedRow
from transforms.storage.files import Storage
from transforms.text.fingerprints import page_id

NAMES = ("2026-01/a.warc.gz", "2026-02/a.warc.gz", "2026-02/b.warc.gz")


def row(verdict="math", **fields):
    return JudgedRow("--judged f.csv, line 2", verdict, **fields)


def test_a_page_is_found_by_the_name_of_its_file_or_by_the_last_part_of_that_name():
    rows = [
        row(warc_file="2026-01/a.warc.gz", warc_offset=5, weight=2.0),
        row("no", warc_file="b.warc.gz", warc_offset=0, who="me", when="now", note="why"),
    ]

    assert verdicts_on(rows, NAMES).pages == [
        PageDecision(page_id(NAMES[0], 5), "math", 2.0, NAMES[0]),
        PageDecision(page_id(NAMES[2], 0), "no", None, NAMES[2], "me", "now", "why"),
    ]


def test_a_last_part_that_two_files_have_is_an_error():
    with pytest.raises(InputError) as error:
        verdicts_on([row(warc_file="a.warc.gz", warc_offset=5)], NAMES)
    assert str(error.value) == (
        "--judged f.csv, line 2: warc_file 'a.warc.gz' may be '2026-01/a.warc.gz' or "
        "'2026-02/a.warc.gz'"
    )


def test_rows_about_other_crawls_are_counted():
    imported = verdicts_on([row(id=7), row(warc_file="z.warc.gz", warc_offset=5)], NAMES)

    assert imported.pages == [PageDecision(7, "math")]
    assert imported.elsewhere == 1


def test_the_error_about_rows_of_other_crawls_says_what_may_be_missing():
    rows = [row(warc_file="z.warc.gz", warc_offset=5)] * 2
    assert str(all_elsewhere(rows, NAMES)) == (
        "--judged f.csv: no row is about a page of this crawl; the first has warc_file "
        "'z.warc.gz', and the first WARC file of the crawl is '2026-01/a.warc.gz'; verdicts on "
        "pages of an older crawl need its --out after --against of `mathmine run`"
    )


def test_rows_about_files_name_them_in_full_or_by_their_last_part():
    named = [row(warc_file=name, warc_offset=5) for name in (NAMES[2], "z.warc.gz", "c.warc.gz")]
    assert rows_about([*named, row(id=7)], [NAMES[2], "2026-01/c.warc.gz"]) == [named[0], named[2]]


@pytest.mark.parametrize("rounded", [6043049794495540000, -6043049794495541000, None])
def test_the_place_holds_where_a_program_may_have_rounded_the_id(rounded):
    place = {"warc_file": NAMES[2], "warc_offset": 9}

    [page] = verdicts_on([row(id=rounded, **place)], NAMES).pages
    assert page.id == page_id(NAMES[2], 9)


def test_the_id_holds_where_several_records_share_a_place():
    place = {"warc_file": NAMES[2], "warc_offset": 9}
    second, drawn = page_id(NAMES[2], 9, number=1), 6043049794495540000

    rows = [row(id=second, **place), row("no", id=drawn, **place)]
    pages = verdicts_on(rows, NAMES, known_ids=[drawn]).pages
    assert [page.id for page in pages] == [second, drawn]


def test_the_weight_of_a_page_that_was_drawn_is_known():
    rows = [row(id=7, weight=5.0), row(id=8, weight=5.0)]

    pages = verdicts_on(rows, NAMES, known_ids=[7]).pages
    assert {page.id: page.weight for page in pages} == {7: None, 8: 5.0}


def test_a_page_that_occurs_twice_is_one_decision():
    place = {"warc_file": "b.warc.gz", "warc_offset": 9}
    imported = verdicts_on([row(**place), row(id=page_id(NAMES[2], 9))], NAMES)

    assert [page.verdict for page in imported.pages] == ["math"]
    with pytest.raises(InputError, match="this page is judged no, but math"):
        verdicts_on([row(**place), row("no", id=page_id(NAMES[2], 9))], NAMES)


def test_answers_that_only_repeat_what_holds_are_not_recorded_again():
    held = Decisions((PageDecision(1, "math", 2.0), PageDecision(2, "no"), PageDecision(3, None)))
    answers = [
        PageDecision(1, "math"),  # keeps its weight
        PageDecision(2, "no", note="a shop"),
        PageDecision(3, "math"),
        PageDecision(4, "partly"),
    ]

    assert not_in_force(answers, held) == answers[1:]
    assert not_in_force([PageDecision(1, "no")], held) == [PageDecision(1, "no", 2.0)]
    assert not_in_force([PageDecision(1, "math", 3.0)], held) == [PageDecision(1, "math", 3.0)]


def test_what_was_recorded_once_does_not_undo_a_later_change_of_mind():
    imported = [PageDecision(1, "math", 2.0), PageDecision(2, "no")]
    log = Decisions((*imported, PageDecision(1, "no", 2.0)))

    assert not_recorded(imported, log) == []
    assert not_recorded([PageDecision(2, "math")], log) == [PageDecision(2, "math")]


def test_a_file_is_read_without_the_rows_to_do(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("verdict,id\nmath,1\n,2\n")
    more = tmp_path / "more.csv"
    more.write_text("verdict,id\nno,3\n")
    rows = read_verdict_rows("--judged", [str(path), str(more)], Storage())
    assert [row.id for row in rows] == [1, 3]
    assert read_verdict_rows("--judged", [], Storage()) == []

    path.write_text("verdict,id\n,2\n")
    with pytest.raises(InputError, match="there is no verdict in it"):
        read_verdict_rows("--judged", [str(path)], Storage())
    with pytest.raises(InputError, match=r"--judged .*: No such file"):
        read_verdict_rows("--judged", [str(tmp_path / "missing")], Storage())
    with pytest.raises(InputError, match="a path is expected"):
        read_verdict_rows("--answers", [""], Storage())
