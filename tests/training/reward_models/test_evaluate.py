import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tiny_models import tiny_model
from training.models.reward_model import make_reward_model
from training.reward_models.evaluate import auc, evaluate_reward_model
from training.reward_models.labels import LabelledCompletion


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
def test_auc_is_the_share_of_pairs_in_order(scored):
    right = [score for score, is_right in scored if is_right]
    wrong = [score for score, is_right in scored if not is_right]
    pairs = [(high > low) + (high == low) / 2 for high in right for low in wrong]
    area = auc([score for score, _ in scored], [is_right for _, is_right in scored])
    assert area == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model whose score of a token is its index minus 100."""
    folder = tmp_path_factory.mktemp("model")
    tiny_model().model.save_pretrained(folder)
    scorer = make_reward_model(folder, seed=0).eval()
    scorer.forward = lambda input_ids, **_: type(
        "Out", (), {"logits": input_ids[..., None] - 100.0}
    )
    return scorer


def completion(tokens, ends, counts, right, rollouts=4):
    return LabelledCompletion("s", 0, 0, (1, 2), tokens, ends, counts, rollouts, right)


def test_completions_are_compared_with_the_rule_and_steps_with_their_labels(model):
    completions = [
        completion((200, 99, 200), (0, 1, 2), (4, 1, 4), True),  # scores 1, .27, 1
        completion((0, 0, 200), (0, 2), (0, 0), False),  # 0, 1
        completion((101, 0), (0, 1), (2, 0), False),  # .73, 0
    ]
    report = evaluate_reward_model(model, completions)
    assert (report.outputs, report.steps) == (3, 4)
    assert report.right == pytest.approx(1 / 3)
    assert report.accuracy == pytest.approx(2 / 3)
    assert report.guessing == pytest.approx(2 / 3)  # two of three are wrong
    assert report.auc == pytest.approx(0.75)
    assert report.steps_right == pytest.approx(3 / 4)
    assert report.step_accuracy == pytest.approx(3 / 4)
    assert report.step_guessing == pytest.approx(3 / 4)
    assert report.step_auc == 1.0
    low, high = torch.sigmoid(torch.tensor([-1.0, 1.0])).tolist()
    assert report.step_error == pytest.approx((low - 1 / 4 + high - 1 / 2) / 4, abs=1e-6)


def test_an_outcome_model_has_no_steps_to_evaluate(model):
    report = evaluate_reward_model(model, [completion((200,), (0,), (1,), True, rollouts=1)])
    assert (report.accuracy, report.guessing, report.auc, report.steps) == (1.0, 1.0, None, 0)
    steps = (report.steps_right, report.step_accuracy, report.step_guessing)
    assert (*steps, report.step_auc, report.step_error) == (None,) * 5
