import math

import pytest
import torch

from tests.helpers.tiny_models import tiny_model
from training.data.packing import IGNORED
from training.models.losses import RewardLoss
from training.models.reward_model import make_reward_model

TOKENS = [[5, 6, 7, 8, 9, 10], [11, 12, 13, 0, 0, 0]]
POSITIONS = [[0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 0, 0]]
LABELS = [[IGNORED, 3, 0, IGNORED, 4, 1], [IGNORED, IGNORED, 4, *[IGNORED] * 3]]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tiny_model(context=32).model.save_pretrained(folder)
    reward_model = make_reward_model(folder, seed=0)
    with torch.no_grad():
        reward_model.score.weight.mul_(30)
    return reward_model


def scores(model, tokens):
    return model(input_ids=torch.tensor([tokens])).logits[0, :, 0].tolist()


def test_it_is_the_cross_entropy_of_scores_with_shares_by_hand(model):
    packed = RewardLoss(model, rollouts=4)(*map(torch.tensor, (TOKENS, LABELS, POSITIONS)))
    by_hand = 0.0
    documents = [([5, 6, 7], {1: 3, 2: 0}), ([8, 9, 10], {1: 4, 2: 1}), ([11, 12, 13], {2: 4})]
    for tokens, labels in documents:
        alone = scores(model, tokens)
        for index, count in labels.items():
            p = 1 / (1 + math.exp(-alone[index]))
            by_hand -= count / 4 * math.log(p) + (1 - count / 4) * math.log(1 - p)
    assert packed.item() == pytest.approx(by_hand, abs=1e-5)
    assert by_hand > 1


def test_its_gradient_at_a_score_is_probability_minus_share(model):
    loss = RewardLoss(model, rollouts=4)
    model.zero_grad()
    loss(*map(torch.tensor, (TOKENS, LABELS, POSITIONS))).backward()
    expected = 0.0
    for tokens, labels in [
        ([5, 6, 7], {1: 3, 2: 0}),
        ([8, 9, 10], {1: 4, 2: 1}),
        ([11, 12, 13], {2: 4}),
    ]:
        alone = torch.sigmoid(torch.tensor(scores(model, tokens)))
        expected += sum(float(alone[index]) - count / 4 for index, count in labels.items())
    assert model.score.bias.grad.item() == pytest.approx(expected, abs=1e-5)


def test_positions_without_labels_have_no_gradient(model):
    empty = [[IGNORED] * 6] * 2
    loss = RewardLoss(model, rollouts=1)(*map(torch.tensor, (TOKENS, empty, POSITIONS)))
    model.zero_grad()
    loss.backward()
    assert loss.item() == 0
    assert not model.score.weight.grad.any()
