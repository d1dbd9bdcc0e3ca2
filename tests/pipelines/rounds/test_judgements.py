from dataclasses import replace

import numpy as np
import pytest

from pipelines.rounds.judged_file import record_imported
from pipelines.rounds.judgements import judged_pages, locate, never_trained, on_pages_of
from pipelines.rounds.round_inputs import Round, Seed
from schemas import shards as schemas
from schemas.decisions import Decisions, Draw, DrawnPage, PageDecision
from schemas.errors import InputError
from schemas.judged_rows import JudgedRow
from schemas.manifest import Identity, Manifest
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.mining import small_settings
from tests.helpers.trees import output_of, page, read, tree, write, write_sidecar
from transforms.judging.judged_page import JudgedPage

FIRST, COPY, SHORT, CHINESE, OLD = (
    page("http://a.org/1"),
    page("http://a.org/copy"),
    page("http://a.org/short", "x"),
    page("http://b.cn/1", language="zh"),
    page("http://b.org/old"),
)
SHARDS = {"a.parquet": [FIRST, CHINESE], "b.parquet": [COPY, SHORT, OLD]}
MISSING = 4711  # a record that became no page


@pytest.fixture
def round_(tmp_path):
    output_tree = tree(tmp_path, **SHARDS)
    copies = {COPY.id: FIRST.id, OLD.id: 12345}  # the latter of a page of an older corpus
    for name, rows in SHARDS.items():
        sidecar = [
            {"id": row.id, "keep": row.id not in copies, "duplicate_of": copies.get(row.id)}
            for row in rows
        ]
        write(output_tree, f"dedup/{name}", schemas.DUPLICATE, sidecar)
    write_sidecar(output_tree, 1, "scores", "a.parquet", [0.9, 0.25])
    write_sidecar(output_tree, 1, "scores", "b.parquet", [None, 0.75, None])
    pages, copies = (_manifest(output_tree, folder) for folder in ("pages", "dedup"))
    return Round(1, {}, pages, copies, Seed({}, {}), small_settings(), output_tree, EagerJobs())


def _manifest(output_tree, folder):
    outputs = [output_of(output_tree, f"{folder}/{name}") for name in SHARDS]
    identity = Identity(stage=folder, settings={}, inputs={})
    return Manifest(identity=identity, complete=True, outputs=outputs)


def judged(round_, *entries):
    scored = _manifest(round_.tree, "rounds/01/scores")
    return judged_pages(replace(round_, decisions=Decisions(entries)), scored)


def test_a_judged_copy_has_the_score_of_the_page_that_is_kept(round_):
    [found] = judged(round_, PageDecision(COPY.id, "math", 3.0))

    score = float(np.float32(0.9))
    assert found == JudgedPage(COPY.id, "math", 3.0, "given", "en", score, FIRST.id)


def test_pages_that_cannot_be_collected_and_records_without_a_page_have_no_score(round_):
    found = judged(
        round_,
        PageDecision(SHORT.id, "math", 2.0),
        PageDecision(MISSING, "math", 5.0, warc_file="a.warc"),
    )

    assert sorted(found, key=lambda page: page.weight) == [
        JudgedPage(SHORT.id, "math", 2.0, "given", "en", None, SHORT.id),
        JudgedPage(MISSING, "math", 5.0, "given", "", None, None),
    ]


def test_pages_of_other_crawls_and_copies_of_an_older_corpus_are_left_out(round_):
    found = judged(
        round_,
        PageDecision(MISSING, "math", 5.0),  # nothing says that it is of this crawl
        PageDecision(OLD.id, "math"),
        PageDecision(CHINESE.id, "no"),
    )

    assert found == [JudgedPage(CHINESE.id, "no", 1.0, "given", "zh", 0.25, CHINESE.id)]


def test_a_withdrawn_verdict_is_none(round_):
    assert judged(round_, PageDecision(FIRST.id, "no"), PageDecision(FIRST.id, None)) == []


def test_drawn_pages_have_the_weight_of_their_stratum_whatever_weight_was_given(round_):
    drawn = tuple(DrawnPage(row.id, 0.5, "top") for row in (FIRST, SHORT, CHINESE))
    found = judged(
        round_,
        Draw(1, 3, 0, {"top": 10}, drawn),
        PageDecision(FIRST.id, "math", 99.0),
        PageDecision(CHINESE.id, "no"),
        PageDecision(COPY.id, "math", 7.0),
    )

    assert {page.id: (page.weight, page.stratum) for page in found} == {
        FIRST.id: (5.0, "top"),
        CHINESE.id: (5.0, "top"),
        COPY.id: (7.0, "given"),
    }


def test_without_verdicts_no_job_is_run(round_):
    drawn = Draw(1, 3, 0, {"top": 10}, (DrawnPage(FIRST.id, 0.5, "top"),))

    assert judged(round_, drawn) == []
    assert round_.jobs.input_bytes == []


def test_what_people_note_runs_no_job_again_and_another_page_does(round_):
    judged(round_, PageDecision(FIRST.id, "math"))
    assert len(round_.jobs.input_bytes) == 2
    before = round_.tree.read("rounds/01/judged/_MANIFEST.json")
    again = judged(round_, PageDecision(FIRST.id, "no", who="me", when="now", note="why"))

    assert [page.verdict for page in again] == ["no"]
    assert len(round_.jobs.input_bytes) == 2
    assert round_.tree.read("rounds/01/judged/_MANIFEST.json") == before
    judged(round_, PageDecision(FIRST.id, "no"), PageDecision(CHINESE.id, "no"))
    assert len(round_.jobs.input_bytes) == 4
    assert len(read(round_.tree, "rounds/01/judged/scores.parquet")) == 2


def test_drawn_and_judged_pages_and_their_kept_copies_never_train(round_):
    decisions = Decisions(
        (
            Draw(1, 3, 0, {"top": 10}, (DrawnPage(CHINESE.id, 0.5, "top"),)),
            PageDecision(COPY.id, "math"),
            PageDecision(MISSING, "math", warc_file="a.warc"),
            PageDecision(SHORT.id, "no"),
            PageDecision(SHORT.id, None),
        )
    )
    located = locate(decisions, round_.crawl)

    assert never_trained(decisions, located) == {
        CHINESE.id,
        COPY.id,
        FIRST.id,
        MISSING,
        SHORT.id,
    }


def test_without_decisions_nothing_is_located(round_):
    nothing = Decisions()
    located = locate(nothing, round_.crawl)

    assert never_trained(nothing, located) == frozenset()
    assert round_.jobs.input_bytes == []


def test_scores_of_another_round_are_read_again(round_):
    [before] = judged(round_, PageDecision(FIRST.id, "math"))
    write_sidecar(round_.tree, 1, "scores", "a.parquet", [0.5, 0.25])
    [after] = judged(replace(round_, jobs=EagerJobs()), PageDecision(FIRST.id, "math"))

    assert (before.score, after.score) == (float(np.float32(0.9)), 0.5)


def test_verdicts_on_ids_that_no_page_has_are_left_out(round_):
    crawl = round_.crawl
    imported = [
        PageDecision(FIRST.id, "math"),
        PageDecision(99, "math"),
        PageDecision(MISSING, "no", warc_file="a.warc"),
        PageDecision(98, "no"),
    ]
    recorded = Decisions((PageDecision(98, "math"),))

    assert on_pages_of(crawl, imported, recorded) == [imported[0], *imported[2:]]
    assert len(round_.jobs.input_bytes) == 1
    assert on_pages_of(crawl, imported[2:], recorded) == imported[2:]
    assert len(round_.jobs.input_bytes) == 1  # nothing to look up


def test_what_is_brought_is_looked_up_once(round_):
    crawl = round_.crawl
    rows = [
        JudgedRow("--judged f, line 2", "math", id=FIRST.id),
        JudgedRow("--judged f, line 3", "no", id=99),
    ]
    for _ in range(2):
        decisions, elsewhere = record_imported(rows, [], round_.tree, crawl)
        assert (decisions.verdicts.keys(), elsewhere) == ({FIRST.id}, 1)
    with pytest.raises(InputError, match="no row is about a page of this crawl"):
        record_imported(rows[1:], [], round_.tree, crawl)
