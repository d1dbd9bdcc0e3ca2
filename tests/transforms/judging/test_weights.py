import numpy as np
import pytest

from schemas.decisions import DrawnPage
from transforms.judging.weights import sample_weights

STRATA = {"top": 100, "just above": 40, "just below": 60, "bottom": 1000}


def drawn(*pages):
    return {page.id: page for page in pages}


def some(stratum, probability, ids):
    return [DrawnPage(number, probability, stratum) for number in ids]


def test_the_weights_of_a_stratum_add_up_to_its_pages():
    pages = drawn(*some("top", 0.1, range(8)), *some("bottom", 0.01, range(100, 120)))
    strata = {"top": 100, "bottom": 1000}
    weights = sample_weights(pages, strata, pages)

    assert weights == pytest.approx(
        dict.fromkeys(range(8), 12.5) | dict.fromkeys(range(100, 120), 50)
    )


def test_pages_with_other_probabilities_weigh_in_inverse_proportion():
    pages = drawn(DrawnPage(1, 0.5, "top"), DrawnPage(2, 0.1, "top"))

    assert sample_weights(pages, {"top": 120}, [1, 2]) == pytest.approx({1: 20, 2: 100})


def test_judged_pages_stand_for_those_that_nobody_has_judged():
    pages = drawn(*some("top", 0.1, range(10)))

    assert sample_weights(pages, {"top": 100}, [3, 4]) == pytest.approx({3: 50, 4: 50})


def test_pages_that_were_not_drawn_have_no_weight():
    assert sample_weights(drawn(DrawnPage(1, 0.5, "top")), {"top": 2}, [1, 99]) == {1: 2}
    assert sample_weights({}, {}, [99]) == {}


def test_a_stratum_without_a_verdict_joins_the_nearest_on_its_side_of_the_cutoff():
    above = drawn(DrawnPage(1, 0.5, "top"), DrawnPage(2, 0.5, "just below"))
    assert sample_weights(above, STRATA, [1, 2]) == pytest.approx({1: 140, 2: 1060})

    both = drawn(DrawnPage(1, 0.5, "just above"), DrawnPage(2, 0.5, "bottom"))
    assert sample_weights(both, STRATA, [1, 2]) == pytest.approx({1: 140, 2: 1060})


def test_a_side_without_any_verdict_is_not_put_on_the_other():
    assert sample_weights(drawn(DrawnPage(1, 0.5, "top")), STRATA, [1]) == pytest.approx({1: 140})


def test_pages_that_a_later_draw_adds_leave_the_estimate_unbiased():
    """Two draws with other strata; a page's probability is the maximum over both."""
    rng = np.random.default_rng(1)
    is_math = rng.random(600) < np.linspace(0.9, 0, 600)
    first = np.where(np.arange(600) < 200, 0.4, 0.1)
    second = np.where(np.arange(600) < 300, 0.2, 0.3)
    stratum = np.where(np.arange(600) < 300, "just above", "bottom")
    totals = []
    for _ in range(400):
        number = rng.random(600)
        highest = np.maximum(first, second)
        chosen = np.flatnonzero(number < highest).tolist()
        pages = drawn(*(DrawnPage(p, float(highest[p]), str(stratum[p])) for p in chosen))
        weights = sample_weights(pages, {"just above": 300, "bottom": 300}, chosen)
        totals.append(sum(weight for page, weight in weights.items() if is_math[page]))
    error = np.mean(totals) - is_math.sum()
    assert abs(error) < 4 * np.std(totals) / 20
