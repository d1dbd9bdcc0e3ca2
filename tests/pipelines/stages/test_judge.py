import csv
import io
import re
import shutil
from dataclasses import replace

import pytest

from pipelines.__main__ import main
from pipelines.beam_runner import Jobs
from pipelines.rounds.decision_file import append_decisions, read_decisions
from pipelines.rounds.judged_file import record_imported
from pipelines.rounds.judgements import join_verdicts
from pipelines.rounds.mine import completed_rounds
from pipelines.rounds.round import run_round
from pipelines.rounds.round_inputs import Crawl
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.judge import collection_of, describe_judging, judge
from pipelines.stages.run import prepared_pages
from schemas.decisions import Draw, PageDecision
from schemas.errors import DamagedFileError, InputError, StageRefusedError
from schemas.judged_rows import parse_judged_rows
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.mining import PAGES, small_round
from tests.helpers.trees import tree
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
from transforms.text.fingerprints import page_id

ALL = {row.id for rows in PAGES.values() for row in rows}
DROPPED = page_id("crawl.warc", 5)  # a record that became no page


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """The folder of a tree with one complete round over twenty pages."""
    round_ = small_round(tmp_path_factory.mktemp("mined"))
    run_round(round_)
    return round_.tree.folder


@pytest.fixture
def output_tree(mined, tmp_path):
    """A copy of that tree."""
    return OutputTree(str(shutil.copytree(mined, tmp_path / "out")), Storage())


def run(output_tree, pages=None, answers=(), who="", jobs=None):
    return judge(pages, list(answers), who, output_tree, jobs or EagerJobs())


def rows_of(output_tree):
    return list(csv.DictReader(io.StringIO(output_tree.read("judged.csv").decode())))


def edit(output_tree, change):
    """Change the rows of judged.csv as a person does."""
    rows = rows_of(output_tree)
    for number, row in enumerate(rows):
        row |= change(number, row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n", delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    output_tree.write("judged.csv", text.getvalue().encode("utf-16"))


def answers(text):
    return parse_judged_rows(text.encode(), "--answers f.csv")


def test_pages_are_drawn_into_a_file_that_is_enough_to_judge(output_tree):
    result = run(output_tree, pages=300)

    assert result.newly_drawn == 20
    rows = rows_of(output_tree)
    assert {int(row["id"].strip("'")) for row in rows} == ALL
    assert list(rows[0]) == [
        "verdict",
        "note",
        "url",
        "text",
        "score",
        "stratum",
        "language",
        "id",
        "warc_file",
        "warc_offset",
        "weight",
        "who",
        "when",
    ]
    by_url = {row["url"]: row for row in rows}
    assert by_url["http://math.org/q/0"]["text"].startswith("theorem and proof of a lemma")
    assert {row["verdict"] for row in rows} == {""}


def test_the_log_has_the_draw_with_the_pages_of_each_stratum(output_tree):
    draw = run(output_tree, pages=6).decisions.draw

    assert (draw.round, draw.pages, draw.seed) == (1, 6, 0)
    assert sum(draw.strata.values()) == 20
    assert all(0 < page.probability <= 1 for page in draw.drawn)
    assert draw == read_decisions(output_tree).draw


def test_a_repeated_call_draws_the_same_and_runs_no_job(output_tree):
    first = run(output_tree, pages=6)
    files = {name: output_tree.read(name) for name in ("decisions.jsonl", "judged.csv")}
    jobs = EagerJobs()
    second = run(output_tree, pages=6, jobs=jobs)

    assert second.decisions == first.decisions
    assert second.newly_drawn == 0
    assert jobs.input_bytes == []
    assert {name: output_tree.read(name) for name in files} == files


def test_more_pages_only_add(output_tree):
    few = run(output_tree, pages=5).decisions.drawn
    edit(output_tree, lambda number, row: {"verdict": "no"})
    result = run(output_tree, pages=14)

    assert few.keys() < result.decisions.drawn.keys()
    assert result.newly_drawn == len(result.decisions.drawn) - len(few)
    assert result.decisions.verdicts.keys() == few.keys()
    verdicts = {int(row["id"].strip("'")): row["verdict"] for row in rows_of(output_tree)}
    assert verdicts == {page: "no" if page in few else "" for page in result.decisions.drawn}


def test_whoever_judges_from_the_top_judges_a_sample_of_every_stratum(output_tree):
    """With half as many pages to draw, the pages are the first of the file."""
    run(output_tree, pages=12)
    order = [row["id"] for row in rows_of(output_tree)]
    drawn = read_decisions(output_tree).drawn
    assert len(drawn) == len(order) > 6
    strata = [drawn[int(page.strip("'"))].stratum for page in order]
    assert len(set(strata[: len(strata) // 2])) > 1


def test_verdicts_that_a_spreadsheet_saves_are_recorded_with_who_and_when(output_tree):
    run(output_tree, pages=300)
    edit(
        output_tree,
        lambda number, row: {
            "verdict": ["Math", "no ", "partly"][number % 3] if number < 3 else "",
            "note": "=odd" if number == 1 else "",
            "who": "Emmy" if number == 2 else "",
        },
    )
    result = run(output_tree, who="Felix")

    verdicts = list(result.decisions.verdicts.values())
    assert [(page.verdict, page.note, page.who) for page in verdicts] == [
        ("math", "", "Felix"),
        ("no", "=odd", "Felix"),
        ("partly", "", "Emmy"),
    ]
    assert all(re.fullmatch(r"20.*Z", page.when) for page in verdicts)
    assert result.newly_judged == 3
    assert [row["verdict"] for row in rows_of(output_tree)[:4]] == ["math", "no", "partly", ""]
    again = run(output_tree)
    assert again.newly_judged == 0
    assert again.decisions == result.decisions


def test_a_change_of_mind_is_appended_and_an_emptied_cell_withdraws(output_tree):
    run(output_tree, pages=300)
    edit(output_tree, lambda number, row: {"verdict": "math" if number < 2 else ""})
    run(output_tree)
    edit(output_tree, lambda number, row: {"verdict": ["no", ""][number] if number < 2 else ""})
    decisions = run(output_tree).decisions

    assert [page.verdict for page in decisions.verdicts.values()] == ["no"]
    said = [entry.verdict for entry in decisions.entries if isinstance(entry, PageDecision)]
    assert said == ["math", "math", "no", None]


def test_rows_that_a_person_removes_or_reorders_do_not_matter(output_tree):
    run(output_tree, pages=300)
    edit(output_tree, lambda number, row: {"verdict": "math"})
    before = run(output_tree).decisions
    header, *lines = output_tree.read("judged.csv").decode().splitlines()
    output_tree.write("judged.csv", "\n".join([header, *lines[5::-1]]).encode())

    assert run(output_tree).decisions == before
    assert len(rows_of(output_tree)) == 20


def test_a_run_that_was_killed_before_it_extended_the_log_loses_no_verdict(output_tree):
    run(output_tree, pages=300)
    edit(output_tree, lambda number, row: {"verdict": "math" if number < 2 else ""})
    log = output_tree.read("decisions.jsonl")
    run(output_tree)
    output_tree.write("decisions.jsonl", log)

    assert len(run(output_tree).decisions.verdicts) == 2


def test_answers_from_elsewhere_are_recorded(output_tree):
    run(output_tree, pages=300)
    first, second = sorted(ALL)[:2]
    result = run(
        output_tree,
        answers=answers(
            f"verdict,id,weight,who,warc_file,warc_offset\nmath,{first},,Emmy,,\n"
            f"no,{second},,,,\npartly,,3,,crawl.warc,5\n"
        ),
        who="Felix",
    )

    assert {
        page.id: (page.verdict, page.weight, page.who) for page in result.decisions.pages.values()
    } == {
        first: ("math", None, "Emmy"),
        second: ("no", None, "Felix"),
        DROPPED: ("partly", 3.0, "Felix"),
    }
    in_file = {int(row["id"].strip("'")): row["verdict"] for row in rows_of(output_tree)}
    assert (in_file[first], in_file[second]) == ("math", "no")
    assert run(output_tree).decisions == result.decisions


def test_answers_may_come_before_any_draw(output_tree):
    first = min(ALL)
    result = run(output_tree, answers=answers(f"verdict,id\nmath,{first}\nno,12345\n"))

    assert result.decisions.verdicts.keys() == {first}
    assert result.elsewhere == 1  # no page has the other id
    assert not output_tree.exists("judged.csv")


def test_the_file_may_be_carried_to_another_run_with_its_weights(output_tree, tmp_path):
    drawn = run(output_tree, pages=6).decisions.drawn
    edit(output_tree, lambda number, row: {"verdict": "no"})
    carried = parse_judged_rows(output_tree.read("judged.csv"), "--judged j.csv")
    other = OutputTree(str(tmp_path / "other"), Storage())
    _, elsewhere = record_imported(carried, ["test.warc.gz"], other)

    assert elsewhere == 0
    by_id = {row.id: row.weight for row in carried}
    assert by_id == pytest.approx({page: 1 / drawn[page].probability for page in drawn}, abs=1e-3)


def test_answers_that_are_all_about_other_crawls_are_an_error(output_tree):
    for text in ("verdict,id\nno,12345\n", "verdict,warc_file,warc_offset\nno,z.warc,5\n"):
        with pytest.raises(InputError, match="no row is about a page of this crawl; the first has"):
            run(output_tree, answers=answers(text))
    assert not output_tree.exists("decisions.jsonl")


def test_edits_and_answers_are_recorded_before_pages_are_drawn(output_tree):
    run(output_tree, pages=3)
    edit(output_tree, lambda number, row: {"verdict": "math"})
    result = run(
        output_tree, pages=300, answers=answers("verdict,warc_file,warc_offset\nno,crawl.warc,5\n")
    )

    kinds = [type(entry) for entry in result.decisions.entries]
    assert kinds[0] == kinds[-1] == Draw
    assert set(kinds[1:-1]) == {PageDecision}


def test_without_anything_to_do_the_error_says_what_to_do(output_tree):
    with pytest.raises(InputError, match="no page was drawn yet: say how many, as in --pages 300"):
        run(output_tree)
    with pytest.raises(InputError, match="--pages 0: a number above 0 is expected"):
        run(output_tree, pages=0)


def test_a_crawl_without_a_round_is_refused(tmp_path):
    round_ = small_round(tmp_path)
    with pytest.raises(StageRefusedError, match="has no complete round"):
        run(round_.tree, pages=5)
    with pytest.raises(StageRefusedError, match="has no pages yet"):
        run(tree(tmp_path / "empty"), pages=5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("verdict,id\nmaths,{0}\n", 'judged.csv, line 2: verdict "maths"'),
        ("verdict,id\nmath,{0}\nno,{0}\n", "judged.csv, line 3: this page is judged no"),
        ("verdict,id\nmath,12345\n", "judged.csv, line 2: this page was not drawn"),
        ("id\n{0}\n", "judged.csv: no column 'verdict'"),
    ],
)
def test_a_mistake_in_the_file_is_an_error_with_its_line_and_records_nothing(
    output_tree, text, message
):
    run(output_tree, pages=300)
    log = output_tree.read("decisions.jsonl")
    output_tree.write("judged.csv", text.format(min(ALL)).encode())

    with pytest.raises(InputError) as error:
        run(output_tree)
    assert message in str(error.value)
    assert output_tree.read("decisions.jsonl") == log


def test_an_id_that_a_spreadsheet_rounded_is_found_by_the_place(output_tree):
    run(output_tree, pages=300)
    draw = read_decisions(output_tree).draw
    place = page_id("test.warc.gz", 0)
    one = replace(draw, drawn=(*draw.drawn[1:], replace(draw.drawn[0], id=place)))
    append_decisions([one], output_tree)
    output_tree.write(
        "judged.csv", b"verdict;id;warc_file;warc_offset\nmath;6,04E+18;test.warc.gz;0\n"
    )

    assert run(output_tree).decisions.verdicts.keys() == {place}


def test_what_was_done_and_what_to_do_is_described(output_tree):
    result = run(output_tree, pages=300)
    path = output_tree.at("judged.csv")
    assert describe_judging(result, output_tree) == (
        "20 pages are drawn, 20 of them new.\n"
        "0 pages are judged: 0 math, 0 partly, 0 no.\n"
        "To judge the other 20, write math, partly or no into the column verdict of "
        f"{path}, from the top; then run `mathmine judge` or `mathmine run` again."
    )
    edit(output_tree, lambda number, row: {"verdict": "math" if number < 19 else "no"})
    result = run(
        output_tree, answers=answers("verdict,warc_file,warc_offset\nno,crawl.warc,5\nno,z,1\n")
    )
    assert describe_judging(result, output_tree).splitlines() == [
        "New verdicts and notes: 21.",
        "1 verdict is about a page of another crawl, and is left out.",
        "20 pages are drawn, 0 of them new.",
        "21 pages are judged: 19 math, 0 partly, 2 no.",
        "1 of them were not drawn and have no weight: each counts as one page.",
        "The last round: precision 1.000 [1.000, 1.000], recall 0.632 [0.544, 0.632], "
        f"{result.certificate.sentence}.",
    ]


def test_verdicts_say_at_once_what_the_last_round_is_worth(output_tree):
    assert run(output_tree, pages=300).certificate is None
    edit(output_tree, lambda number, row: {"verdict": "math" if "math" in row["url"] else "no"})
    overall = run(output_tree).certificate.overall

    # The round collected the twelve pages of mathematics, and everything was drawn and judged.
    assert (overall.judged, overall.from_below) == (20, 8)
    assert (overall.precision.estimate, overall.recall.estimate) == (1, 1)
    assert overall.recall.at_least == pytest.approx(1)


@pytest.mark.runners
def test_worker_processes_draw_and_join_the_same_bytes(mined, tmp_path):
    flags = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    files = []
    for name, jobs in (("one", EagerJobs()), ("two", Jobs(flags))):
        output_tree = OutputTree(str(shutil.copytree(mined, tmp_path / name)), Storage())
        run(output_tree, pages=9, jobs=jobs)
        pages, copies, mined_round = (
            prepared_pages(output_tree),
            deduplicated_pages(output_tree),
            completed_rounds(output_tree).rounds[-1],
        )
        drawn = read_decisions(output_tree).drawn
        decisions = append_decisions([PageDecision(page, "no") for page in drawn], output_tree)
        crawl = Crawl(pages, copies, output_tree, jobs)
        join_verdicts(decisions, collection_of(mined_round), mined_round.manifest, crawl)
        written = [*(tmp_path / name / "judging").rglob("*"), tmp_path / name / "judged.csv"]
        written += (tmp_path / name / "rounds/01/judged").rglob("*")
        files.append(
            {
                str(path.relative_to(tmp_path / name)): path.read_bytes()
                for path in written
                if path.is_file() and not path.name.startswith(("_report", "_items"))
            }
        )

    assert len(files[0]) == 8
    assert files[0] == files[1]


def test_a_draw_that_was_killed_before_it_was_logged_is_logged_by_the_next_call(output_tree):
    first = run(output_tree, pages=6)
    for name in ("decisions.jsonl", "judged.csv"):
        output_tree.storage.remove(output_tree.at(name))
    jobs = EagerJobs()
    second = run(output_tree, pages=6, jobs=jobs)

    assert second.decisions == first.decisions
    assert jobs.input_bytes == []
    assert len(rows_of(output_tree)) == len(first.decisions.drawn)


def test_a_damaged_file_of_the_draw_is_an_error_that_says_how_to_draw_again(output_tree):
    first = run(output_tree, pages=300)
    path = output_tree.at("judging/drawn/a.parquet")
    output_tree.storage.write(path, output_tree.storage.read(path)[:-3])
    with pytest.raises(DamagedFileError, match=r"remove \S+/judging and run `mathmine judge`"):
        run(output_tree)

    shutil.rmtree(output_tree.at("judging"))
    assert run(output_tree).decisions == first.decisions
    again = run(output_tree, pages=300).decisions
    assert again.drawn == first.decisions.drawn


@pytest.mark.slow
def test_the_command_draws_and_records(mined, tmp_path, capsys):
    out = str(shutil.copytree(mined, tmp_path / "out"))
    assert main(["judge", out, "--pages", "300"]) == 0
    assert "20 pages are drawn, 20 of them new." in capsys.readouterr().out

    (tmp_path / "a.jsonl").write_text(f'{{"verdict": "math", "id": {min(ALL)}, "note": "n"}}\n')
    assert main(["judge", out, "--answers", str(tmp_path / "a.jsonl"), "--who", "Emmy"]) == 0
    assert "1 pages are judged: 1 math, 0 partly, 0 no." in capsys.readouterr().out
    [entry] = read_decisions(OutputTree(out, Storage())).pages.values()
    assert (entry.verdict, entry.who, entry.note) == ("math", "Emmy", "n")

    (tmp_path / "a.jsonl").write_text('{"verdict": "maths", "id": 1}\n')
    assert main(["judge", out, "--answers", str(tmp_path / "a.jsonl")]) == 2
    assert 'a.jsonl, line 1: verdict "maths" is neither' in capsys.readouterr().err
