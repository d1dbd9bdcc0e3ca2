from training.evaluation.accuracy import accuracies
from training.evaluation.maj_at_k import Votes, maj_at_k
from training.evaluation.types import Written
from training.settings.evaluation import EvalSettings, Sampling


def written(row, sample, answer, gold):
    return Written(row, sample, f"The answer is {answer}", answer, answer == gold, True)


def equal(answer, gold):
    return answer == gold


def answers(row, gold, *samples):
    return [written(row, number, answer, gold) for number, answer in enumerate(samples, 1)]


SETTINGS = EvalSettings(sampling=Sampling(samples=4, ks=(1, 2, 4, 8)), resamples=200)


def test_pass_and_maj_are_means_over_problems():
    rows = [*answers(3, "a", "a", "a", "b", "c"), *answers(5, "x", "y", "y", "", "x")]
    found = accuracies(rows, SETTINGS, equal)
    # pass@1: (2/4 + 1/4) / 2; pass@2: (1 - C(2,2)/6 + 1 - C(3,2)/6) / 2; pass@4: both
    assert {k: round(one.value, 9) for k, one in found.pass_at.items()} == {
        1: 0.375,
        2: round((5 / 6 + 1 / 2) / 2, 9),
        4: 1.0,
    }
    # maj@4: "a" has two of four votes, "x" one against two
    assert found.maj_at[4].value == 0.5
    alone = [maj_at_k(votes, [2])[0] for votes in (Votes(2, (1, 1), 0), Votes(1, (2,), 1))]
    assert found.maj_at[2].value == sum(alone) / 2
    assert found.greedy is None


def test_greedy_answers_are_counted_apart_from_samples():
    rows = [written(0, 0, "a", "a"), written(1, 0, "b", "a"), *answers(0, "a", "b", "b")]
    found = accuracies(rows, SETTINGS, equal)
    assert found.greedy.value == 0.5
    assert 0 <= found.greedy.low < found.greedy.value < found.greedy.high <= 1
    assert list(found.pass_at) == [1, 2]
    assert found.pass_at[1].value == 0.0


def test_wrong_answers_that_are_equal_vote_together():
    rows = answers(0, "3", "1/2", "0.5", "3", "3")
    apart = accuracies(rows, SETTINGS, equal)
    assert apart.maj_at[4].value == 1.0
    together = accuracies(rows, SETTINGS, lambda one, other: {one, other} == {"1/2", "0.5"})
    assert together.maj_at[4].value == 0.5  # two against two: half a win
    assert together.pass_at[1].value == 0.5


def test_nothing_asked_nothing_found():
    found = accuracies([], SETTINGS, equal)
    assert (found.greedy, found.pass_at, found.maj_at) == (None, {}, {})
