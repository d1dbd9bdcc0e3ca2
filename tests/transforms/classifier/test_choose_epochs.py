from pathlib import Path

import numpy as np
import pytest

from schemas.settings import Classifier, load_settings
from transforms.classifier.choose_epochs import (
    MOST_TEXTS,
    PAPER_EPOCHS,
    PAPER_RATE,
    PAPER_TEXTS,
    Candidate,
    Choice,
    fit_best,
)

TEXTS = 2_340


class Trainer:
    """Writes models, and returns losses that depend on epochs x learning rate."""

    def __init__(self, loss, spread=0.01, texts=10):
        self.loss = loss
        self.noise = np.linspace(-spread, spread, texts)  # its mean is 0
        self.tried, self.saved = [], []

    def __call__(self, epochs, learning_rate, model):
        (self.saved if model else self.tried).append((epochs, learning_rate))
        if model:
            model.write_text(f"{epochs} {learning_rate}")
        noise = np.random.default_rng(epochs).permutation(self.noise)
        return self.loss(epochs * learning_rate) + noise


def valley(lowest):
    return lambda updates: 0.1 + 0.05 * abs(updates - lowest)


def fit(tmp_path, trainer, texts=TEXTS, can_measure=True, **settings):
    model = tmp_path / "model"
    choice = fit_best(Classifier(**settings), texts, can_measure, trainer, model)
    assert model.read_text() == f"{choice.epochs} {choice.learning_rate}"
    return choice


def test_the_search_ends_where_the_loss_is_clearly_higher_and_takes_the_best(tmp_path):
    trainer = Trainer(lambda updates: 0.3 - 0.1 * updates if updates < 0.35 else 0.5)
    choice = fit(tmp_path, trainer)
    assert trainer.tried == [(1, 0.05), (1, 0.1), (2, 0.1), (3, 0.1), (4, 0.1)]
    assert trainer.saved == [(3, 0.1)]
    assert (choice.epochs, choice.learning_rate, choice.chosen_by) == (3, 0.1, "loss")
    assert choice.loss == pytest.approx(0.27)
    tried = [(candidate.epochs, candidate.learning_rate) for candidate in choice.candidates]
    assert tried == trainer.tried
    assert choice.candidates[-1].loss == pytest.approx(0.5)


def test_a_lower_loss_after_a_clear_rise_is_not_found(tmp_path):
    """Long after the first minimum a classifier knows the site of the seed."""
    trainer = Trainer(lambda updates: {0.2: 0.1, 3.2: 0.01}.get(round(updates, 3), 0.3))
    assert fit(tmp_path, trainer).epochs == 2
    assert trainer.tried[-1] == (3, 0.1)


def test_a_rise_within_the_noise_does_not_end_the_search(tmp_path):
    losses = {0.1: 0.2, 0.2: 0.205, 0.3: 0.204, 0.4: 0.1}
    trainer = Trainer(lambda updates: losses.get(round(updates, 3), 0.3), spread=0.1)
    assert fit(tmp_path, trainer).epochs == 4


def test_a_search_without_progress_ends_after_three_candidates(tmp_path):
    trainer = Trainer(lambda updates: 0.0, spread=0)
    choice = fit(tmp_path, trainer)
    assert (choice.epochs, choice.learning_rate, choice.loss) == (3, 0.1, 0)
    assert trainer.tried == [(1, 0.05), (1, 0.1), (2, 0.1), (3, 0.1)]


@pytest.mark.parametrize(("texts", "epochs"), [(2340, 3), (1200, 6), (600, 12)])
def test_of_losses_that_differ_by_noise_the_one_with_the_usual_epochs_is_chosen(
    tmp_path, texts, epochs
):
    """The usual number is 2.6 of 2,340 texts, 5 of 1,200 and 10 of 600."""
    trainer = Trainer(lambda updates: 0.1 - updates / 10_000, spread=0.1)
    choice = fit(tmp_path, trainer, texts=texts)
    assert (choice.epochs, choice.chosen_by) == (epochs, "loss")
    assert len(trainer.tried) >= 5


def test_a_candidate_with_a_lower_loss_than_one_within_the_noise_may_be_chosen(tmp_path):
    """The usual number is 10; of 12 all losses are slightly higher than of 16, of 8 some are."""
    mean = {8: 0.02, 12: 0.0101, 16: 0.01}

    class Paired(Trainer):
        def __call__(self, epochs, learning_rate, model):
            super().__call__(epochs, learning_rate, model)
            extra = self.noise * 10 if epochs == 8 else 0
            return np.full(10, mean.get(epochs, 0.4 - epochs / 100)) + extra

    assert fit(tmp_path, Paired(lambda updates: 0.0), texts=600).epochs == 12


def test_a_loss_above_chance_is_no_minimum(tmp_path):
    losses = {0.1: 0.7, 0.2: 0.6, 0.3: 0.9, 0.4: 0.3, 0.6: 0.2, 0.8: 0.5}
    trainer = Trainer(lambda updates: losses[round(updates, 3)])
    assert fit(tmp_path, trainer, texts=1000).epochs == 6


@pytest.mark.parametrize(
    ("texts", "first", "last"),
    [
        (100, (12, 0.1), (96, 0.1)),
        (2340, (1, 0.05), (4, 0.1)),
        (MOST_TEXTS, (1, 0.025), (1, 0.1)),
    ],
)
def test_candidates_are_tried_around_the_number_of_texts_times_epochs_that_is_usual(
    tmp_path, texts, first, last
):
    trainer = Trainer(lambda updates: 0.4 - updates / 100)
    fit(tmp_path, trainer, texts=texts)
    assert (trainer.tried[0], trainer.tried[-1]) == (first, last)


@pytest.mark.parametrize(
    ("texts", "epochs"),
    [(1, 256), (20, 256), (100, 60), (500, 12), (2340, 3), (100_000, 1), (1_000_000, 3)],
)
def test_where_no_loss_is_below_chance_epochs_depend_on_the_number_of_texts(
    tmp_path, texts, epochs
):
    trainer = Trainer(lambda updates: 0.6 + updates / 1000)
    choice = fit(tmp_path, trainer, texts=texts)
    assert (choice.epochs, choice.learning_rate, choice.chosen_by) == (epochs, 0.1, "size")
    assert len(choice.candidates) == len(trainer.tried)
    assert fit(tmp_path, trainer, texts=100, learning_rate=0.5).epochs == 12


def test_a_given_learning_rate_is_kept(tmp_path):
    trainer = Trainer(valley(1.0))
    assert fit(tmp_path, trainer, texts=1000, learning_rate=0.5).epochs == 2
    assert {rate for _, rate in trainer.tried} == {0.5}


def test_given_epochs_are_used_as_they_are(tmp_path):
    trainer = Trainer(valley(1.0))
    assert fit(tmp_path, trainer, epochs=5) == Choice(5, 0.1, "settings", pytest.approx(0.125))
    assert fit(tmp_path, trainer, epochs=5, learning_rate=0.2).learning_rate == 0.2
    assert (trainer.tried, trainer.saved) == ([], [(5, 0.1), (5, 0.2)])


def test_many_texts_are_trained_on_as_in_the_paper(tmp_path):
    trainer = Trainer(valley(0.1))
    choice = fit(tmp_path, trainer, texts=PAPER_TEXTS)
    assert choice == Choice(3, 0.1, "size", pytest.approx(0.11))
    assert (trainer.tried, trainer.saved) == ([], [(3, 0.1)])
    assert fit(tmp_path, trainer, texts=PAPER_TEXTS, learning_rate=0.5).learning_rate == 0.5
    assert fit(tmp_path, trainer, texts=PAPER_TEXTS - 1).epochs == 1
    assert fit(tmp_path, trainer, texts=MOST_TEXTS + 1).chosen_by == "size"
    assert fit(tmp_path, trainer, texts=MOST_TEXTS).chosen_by == "loss"


def test_with_too_few_held_out_texts_their_loss_is_not_used(tmp_path):
    trainer = Trainer(valley(0.1), texts=0)
    assert fit(tmp_path, trainer, can_measure=False) == Choice(3, 0.1, "size", None)
    assert fit(tmp_path, trainer, can_measure=False, epochs=7) == Choice(7, 0.1, "settings", None)


def test_candidates_are_recorded_with_their_mean_losses(tmp_path):
    choice = fit(tmp_path, Trainer(valley(0.1)), texts=1000)
    assert choice.candidates[0] == Candidate(1, 0.1, pytest.approx(0.1))


def test_the_numbers_without_a_search_are_those_of_the_papers_configuration():
    root = Path(__file__).resolve().parents[3]
    paper = load_settings(root / "configs/paper.toml").rounds.classifier
    assert (paper.epochs, paper.learning_rate) == (PAPER_EPOCHS, PAPER_RATE)
