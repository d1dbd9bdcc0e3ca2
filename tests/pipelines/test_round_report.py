import pytest

from pipelines.round_report import round_report, unattended
from tests.helpers.rounds import round_result

HISTOGRAM = {"histogram": [800, 0, 100, 50], "score_range": [0.4, 0.8]}
NOBODY = (
    "Nobody has looked at this corpus: no page was judged, and no person labelled a pattern. "
    "`mathmine judge` draws pages to judge."
)
INTERVAL = {"estimate": 0.9, "low": 0.8, "high": 0.95, "at_least": 0.81}
UNKNOWN = {"estimate": None, "low": 0.0, "high": 1.0, "at_least": 0.0}


def paragraphs(*earlier, labels=1, **figures):
    last = round_result(round=len(earlier) + 1, **figures)
    return round_report([*earlier, last], labels)


def test_scores_are_shown_as_a_histogram_with_the_cutoff_in_its_place():
    [histogram] = paragraphs(cutoff=0.55, **HISTOGRAM)
    assert histogram.splitlines() == [
        "score           tokens",
        "0.4000             800  ########################################",
        "0.5000               0",
        "0.5500  ---- cutoff by seed_recall: probability 0.75 on held-out texts",
        "0.6000             100  #####",
        "0.7000              50  ###",
    ]
    [histogram] = paragraphs(cutoff=0.9, calibrated_on="nothing", cut="score", **HISTOGRAM)
    assert histogram.splitlines()[-1] == "0.9000  ---- cutoff by score"
    [histogram] = paragraphs(cutoff=0.0, calibrated_on="judged", cut="precision", **HISTOGRAM)
    assert histogram.splitlines()[1] == (
        "0.0000  ---- cutoff by precision: probability 0.75 on judged pages"
    )


def test_pages_nearest_the_cutoff_are_shown_without_what_a_terminal_acts_on():
    [pages] = paragraphs(at_cutoff=[[0.6, "http://a.org/\x1b[2J"], [0.4, "b" * 200]])
    assert pages.splitlines() == [
        "pages nearest the cutoff",
        "+ 0.6000  http://a.org/\\x1b[2J",
        f"- 0.4000  {'b' * 150}...",
    ]


def test_a_target_that_no_cutoff_has_is_warned_of():
    [warning] = paragraphs(unmet_target=0.9)
    assert warning == (
        "Warning: at no cutoff do the judged pages have target_precision = 0.9, so the seed set "
        "the cutoff: lower the target, judge more pages, or grow the seed by accepting patterns."
    )


def test_scores_that_hardly_differ_are_warned_of():
    [_, warning] = paragraphs(histogram=[1, 1], score_range=[0.5, 0.5005])
    assert warning.startswith("Warning: all scores lie between 0.500000 and 0.500500")
    assert len(paragraphs(histogram=[1, 1], score_range=[0.5, 0.502])) == 1


def test_much_below_the_held_out_seed_is_warned_of():
    [warning] = paragraphs(collected_tokens=1000, below_seed_tokens=300)
    assert warning == (
        "Warning: 30% of the collected tokens score lower than every held-out seed text: the "
        "cutoff is probably too low."
    )
    assert paragraphs(collected_tokens=1000, below_seed_tokens=200) == []


def test_domains_that_multiply_are_warned_of():
    few = round_result(mathematical_domains=30)
    [warning] = paragraphs(few, mathematical_domains=61)
    assert warning.startswith("Warning: mathematical domains grew from 30 to 61 in one round")
    assert paragraphs(few, mathematical_domains=60) == []
    assert paragraphs(round_result(mathematical_domains=1), mathematical_domains=19) == []


def test_estimates_are_given_with_their_intervals_and_by_language():
    overall = {"precision": INTERVAL, "recall": UNKNOWN, "judged": 30, "partly": 4}
    certificate = {
        "sentence": "recall is unknown: 30 pages judged",
        "overall": overall,
        "per_language": {"zh": overall, "en": overall | {"recall": INTERVAL}},
    }
    sentence, table = paragraphs(judged=30, certificate=certificate, labels=0)
    assert sentence == "Recall is unknown: 30 pages judged."
    assert table.splitlines() == [
        "language  precision            recall",
        "all       0.900 (0.800-0.950)  unknown              30 judged, 4 partly",
        "en        0.900 (0.800-0.950)  0.900 (0.800-0.950)  30 judged, 4 partly",
        "zh        0.900 (0.800-0.950)  unknown              30 judged, 4 partly",
    ]


@pytest.mark.parametrize(("judged", "labels", "says"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_a_corpus_that_nobody_looked_at_says_so(judged, labels, says):
    assert unattended(round_result(judged=judged), labels) == (NOBODY if says else "")
    assert (NOBODY in paragraphs(judged=judged, labels=labels)) == says
