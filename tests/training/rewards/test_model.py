import pytest
import torch

from schemas.errors import InputError, NotFiniteError
from tests.helpers.tiny_models import tiny_model
from training.models.reward_model import make_reward_model
from training.rewards import model as module
from training.rewards.model import grade_by_model

pytestmark = pytest.mark.slow  # loads models

ROWS = [[5, 6, 7], [8], list(range(10, 40)), [9, 0, 257, 257]]
POSITIONS = [[0, 2], [0], [3, 29], [3]]
NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tiny_model(context=32).model.save_pretrained(folder)
    reward_model = make_reward_model(folder, seed=0).eval()
    with torch.no_grad():
        reward_model.score.weight.mul_(100)
    return reward_model


def alone(model, row, positions):
    with torch.no_grad():
        return torch.sigmoid(model(input_ids=torch.tensor([row])).logits[0, positions, 0]).tolist()


@pytest.mark.parametrize("tokens", [1, 8, 1000])
def test_scores_are_those_of_each_row_alone_whatever_shares_a_forward_pass(
    model, monkeypatch, tokens
):
    monkeypatch.setattr(module, "_TOKENS", tokens)
    scores = grade_by_model(model, ROWS, POSITIONS, NAMES)
    for row, positions, batched in zip(ROWS, POSITIONS, scores, strict=True):
        assert batched == pytest.approx(alone(model, row, positions), abs=1e-6)
    assert len({round(score, 4) for row in scores for score in row}) > 4


def test_nothing_is_scored_without_rows(model):
    assert grade_by_model(model, [], [], []) == []


def test_a_score_that_is_not_finite_is_an_error_that_names_its_row(model):
    bias = model.score.bias
    with torch.no_grad():
        bias.fill_(float("nan"))
        with pytest.raises(NotFiniteError, match=r"[abcd]: the reward model's scores are not f"):
            grade_by_model(model, ROWS, POSITIONS, NAMES)
        bias.zero_()


def test_a_row_beyond_the_context_is_an_error_that_names_it(model):
    with pytest.raises(InputError, match="d: 33 tokens exceed the reward model's context of"):
        grade_by_model(model, [[1], [1] * 33], [[0], [0]], ["c", "d"])
