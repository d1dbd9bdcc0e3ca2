import numpy as np

from tests.helpers.judged import judged_page, judged_pages
from transforms.judging.calibration import Calibration
from transforms.judging.judged_page import collected_at
from transforms.judging.precision_cutoff import (
    FOLDS,
    cross_fitted,
    find_expected_cutoff,
    find_precision_cutoff,
)


def crawl(rng, pages, weights=(1.0,)):
    """Judged pages of which a share equal to the score is mathematics."""
    scores = rng.random(pages)
    verdicts = np.where(rng.random(pages) < scores, "math", "no").tolist()
    return judged_pages(verdicts, scores.tolist(), rng.choice(weights, pages).tolist())


def test_the_cutoff_is_the_lowest_score_with_the_target_precision_from_there_on():
    pages = judged_pages(["no", "math", "no", "math", "math"], [0.1, 0.2, 0.3, 0.4, 0.5])

    assert find_precision_cutoff(pages, 1.0) == 0.4
    assert find_precision_cutoff(pages, 0.75) == 0.2  # 3 of 4
    assert find_precision_cutoff(pages, 0.76) == 0.4


def test_weights_count():
    pages = judged_pages(["no", "math", "math"], [0.1, 0.2, 0.3], [1, 5, 4])

    assert find_precision_cutoff(pages, 0.9, 0) == 0.1  # 9 of 10
    assert find_precision_cutoff(pages, 0.91, 0) == 0.2


def test_a_pure_top_does_not_pay_for_pages_that_are_mostly_none():
    verdicts = ["no", "no", "no", "math", *["math"] * 96]
    pages = judged_pages(verdicts, [0.1, 0.11, 0.12, 0.13, *np.linspace(0.2, 1, 96).tolist()])

    assert find_precision_cutoff(pages, 0.9, 0) == 0.1  # 97 of 100 are mathematics
    assert find_precision_cutoff(pages, 0.9) == 0.13


def test_pages_of_one_score_stand_or_fall_together():
    pages = judged_pages(["math", "no", "math"], [0.5, 0.5, 0.9])

    assert find_precision_cutoff(pages, 0.6) == 0.5
    assert find_precision_cutoff(pages, 0.7) == 0.9


def test_probabilities_of_other_pages_find_the_cutoff_by_the_sizes_of_these():
    calibration = Calibration((0.0, 1.0), (0.0, 1.0))  # the scores themselves
    scores = np.array([0.125, 0.25, 0.5, 0.75, 1])

    def cutoff(target, *sizes, **least):
        return find_expected_cutoff(calibration, scores, np.array(sizes), target, **least)

    assert cutoff(0.75, 9, 9, 1, 0, 1) == 0.5  # (.5 + 1) / 2
    assert cutoff(0.76, 9, 9, 1, 0, 1) == 0.75
    assert cutoff(0.76, 9, 9, 1, 0, 2) == 0.5  # (.5 + 2) / 3
    assert cutoff(0.6, 0, 1, 0, 0, 9) == 0.5  # a page at .25 is more likely none
    assert cutoff(0.6, 0, 1, 0, 0, 9, least_probability=0) == 0.125
    assert cutoff(1.01, 1, 1, 1, 1, 1) is None
    assert find_expected_cutoff(calibration, scores[:0], np.array([], np.int64), 0.5) is None


def test_no_score_may_meet_the_target():
    assert find_precision_cutoff(judged_pages(["math", "no"], [0.1, 0.9]), 0.9) is None
    assert find_precision_cutoff(judged_pages(["no", "no"], [0.1, 0.9]), 0.5) is None
    assert find_precision_cutoff([], 0.9) is None


def test_pages_without_a_score_and_those_that_are_partly_mathematics_set_no_cutoff():
    pages = judged_pages(["math", "partly", "partly", "no"], [0.9, 0.8, 0.2, None])

    assert find_precision_cutoff(pages, 0.9) == 0.9
    assert find_precision_cutoff(pages[1:], 0.9) is None


def test_every_page_is_measured_at_a_cutoff_found_without_it():
    pages = crawl(np.random.default_rng(1), 200)
    fitted = cross_fitted(pages, 0.8)

    assert len(fitted.cutoffs) == FOLDS
    assert len(set(fitted.cutoffs)) > 1
    for page, is_collected in zip(pages, fitted.collected, strict=True):
        # A change of its own verdict moves the cutoffs of other folds only.
        verdict = "no" if page.verdict == "math" else "math"
        other = [judged_page(page.id, verdict, page.score) if p is page else p for p in pages]
        again = cross_fitted(other, 0.8)
        assert again.collected[page.id] == is_collected
        if page.id == 20:
            break


def test_copies_of_a_page_are_in_one_fold():
    rng = np.random.default_rng(3)
    pages = crawl(rng, 60)
    copies = [
        judged_page(1000 + page.id, page.verdict, page.score, kept_id=page.id) for page in pages
    ]
    fitted = cross_fitted([*pages, *copies], 0.8)

    assert fitted.collected[:60] == fitted.collected[60:]


def test_cross_fitting_is_not_favourable_and_the_pages_that_set_a_cutoff_are():
    """The mean over many samples of what is claimed, against what holds for the whole crawl."""
    rng = np.random.default_rng(4)
    claimed, honest, true = [], [], []
    for _ in range(150):
        pages = crawl(rng, 120)
        cutoff = find_precision_cutoff(pages, 0.8)
        assert cutoff is not None
        claimed.append(_share(pages, collected_at(pages, cutoff)))
        honest.append(cross_fitted(pages, 0.8).precision.estimate)
        true.append((1 + cutoff) / 2)  # the mean score at or above it
    assert np.mean(claimed) - np.mean(true) > 0.01
    assert -0.03 < np.mean(honest) - np.mean(true) < 0.005


def _share(pages, collected):
    return np.mean([p.is_math for p, flag in zip(pages, collected, strict=True) if flag])


def test_where_no_cutoff_meets_the_target_nothing_is_collected():
    nothing = cross_fitted(judged_pages(["no"] * 40, np.linspace(0, 1, 40).tolist()), 0.9)
    assert nothing.cutoffs == (None,) * FOLDS
    assert not any(nothing.collected)
    assert nothing.precision.estimate is None
