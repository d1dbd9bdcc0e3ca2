import pytest

from tests.helpers.judged import judged_page
from transforms.judging.certificate import WEAK, certify, more_pages_needed
from transforms.judging.estimates import recall_of
from transforms.judging.judged_page import GIVEN


def pages_of(first, weight=1.0, language="en", stratum=GIVEN, **verdicts):
    names = [name for name, count in verdicts.items() for _ in range(count)]
    more = {"language": language, "stratum": stratum}
    return [judged_page(first + n, name, 0.5, weight, **more) for n, name in enumerate(names)]


def sample(below=400, missed=2):
    """Pages above and below a cutoff, and whether they are above."""
    above = pages_of(0, 2.0, math=180, no=15, partly=5)
    rest = pages_of(1000, 2.0, math=missed, no=below - missed)
    return [*above, *rest], [True] * 200 + [False] * below


def test_a_strong_bound_is_stated_in_one_sentence():
    certificate = certify(*sample())

    assert certificate.sentence == (
        "recall ≥ 0.965 with 95 % confidence; 600 pages judged, 400 from below the cutoff"
    )
    assert certificate.more_needed == 0
    overall = certificate.overall
    assert (overall.judged, overall.from_below, overall.partly) == (600, 400, 5)
    assert overall.recall.at_least >= 0.965
    assert overall.precision.estimate == pytest.approx(180 / 195)


def test_a_weak_bound_says_how_many_more_pages_to_judge():
    pages, flags = sample(below=20, missed=2)
    heavy = [*pages[:200], *pages_of(1000, 20.0, math=1, no=19)]
    certificate = certify(heavy, flags)

    more = certificate.more_needed
    assert more > 0
    recall = certificate.overall.recall
    assert certificate.sentence.endswith(
        f"220 pages judged, 20 from below the cutoff; the bound is weak: about {more:,} more "
        f"judged pages would bring it within 0.05 of the estimate, {recall.estimate:.3f}"
    )
    enough = recall_of(heavy, flags, 1 + more / 220)
    assert enough.estimate - enough.at_least <= WEAK
    fewer = recall_of(heavy, flags, 1 + 0.9 * more / 220)
    assert fewer.estimate - fewer.at_least > WEAK


def test_no_more_pages_are_asked_for_than_a_drawn_crawl_has_left():
    above = pages_of(0, 3.0, stratum="top", math=18, no=2)
    below = pages_of(100, 4.0, stratum="bottom", math=2, no=18)
    certificate = certify([*above, *below], [True] * 20 + [False] * 20)

    left = 20 * 2 + 20 * 3
    assert left / 2 < certificate.more_needed <= left


def test_the_stated_bound_is_never_above_the_computed_one():
    for missed in range(20):
        certificate = certify(*sample(missed=missed))
        stated = float(certificate.sentence.split()[2])
        assert 0 <= certificate.overall.recall.at_least - stated < 0.001


def test_each_language_has_its_own_estimates():
    pages, flags = sample()
    chinese = [
        *pages_of(2000, 2.0, "zh", math=8, no=2),
        *pages_of(3000, 2.0, "zh", math=2, no=30),
        judged_page(4000, "math", None, 2.0, language=""),  # a record that became no page
    ]
    certificate = certify([*pages, *chinese], [*flags, *[True] * 10, *[False] * 33])

    assert list(certificate.per_language) == ["en", "zh"]
    zh = certificate.per_language["zh"]
    assert (zh.judged, zh.from_below) == (42, 32)
    assert zh.recall.estimate == pytest.approx(0.8)
    assert zh.precision.estimate == pytest.approx(0.8)
    assert certificate.per_language["en"] == certify(pages, flags).overall
    assert certificate.overall.judged == 643


def test_no_page_may_have_been_judged():
    certificate = certify([], [])

    assert certificate.sentence == "recall is unknown: no page was judged"
    assert certificate.more_needed is None
    assert certificate.per_language == {}


def test_without_pages_from_below_the_cutoff_recall_is_unknown():
    pages = pages_of(0, math=1)

    assert certify(pages, [True]).sentence == (
        "recall is unknown: 1 page judged, 0 from below the cutoff, so nothing bounds what was "
        "missed"
    )


def test_without_mathematics_recall_is_unknown():
    pages = pages_of(0, no=3)

    assert certify(pages, [True, False, False]).sentence == (
        "recall is unknown: 3 pages judged, 2 from below the cutoff, and none of them is "
        "mathematics"
    )


def test_if_only_missed_pages_are_mathematics_the_bound_is_zero():
    pages = pages_of(0, math=2, no=3)
    certificate = certify(pages, [False, False, True, True, False])

    assert certificate.more_needed == 0
    assert certificate.sentence.startswith("recall ≥ 0.000 with 95 % confidence; 5 pages judged")


def test_more_pages_do_not_help_if_none_was_judged_below_the_cutoff():
    assert more_pages_needed(pages_of(0, math=50), [True] * 50) is None
