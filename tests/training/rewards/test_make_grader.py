import pytest
import torch

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError, NotFiniteError
from tests.helpers.tiny_models import letter_tokenizer, tiny_model
from training.generation.types import Completion
from training.models.reward_model import load_reward_model, make_reward_model, mark_reward_model
from training.rewards.make_grader import make_grader
from training.rewards.model import grade_by_model
from training.rewards.types import Grade
from training.settings.grpo import Rewards

POLICY = tiny_model()
ITEM = BenchmarkItem("sums", 5, "2+3+4=", "", "9")
RIGHT = "2+3=5\nso\n5+4=9\n\\boxed{9}"
WRONG = "2+3=6\n6+4=10\n\\boxed{10}"


def completion(text, finished=True):
    end = [min(POLICY.eos)] if finished else []
    tokens = (*POLICY.encode(text), *end)
    return Completion(tuple(POLICY.prompt(ITEM.question)), tokens, (0.0,) * len(tokens), True, text)


def grade(rewards, *texts):
    completions = [completion(text) for text in texts]
    return make_grader(rewards, POLICY)([ITEM] * len(texts), completions)


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    POLICY.model.save_pretrained(folder / "lm")
    model = make_reward_model(folder / "lm", seed=0)
    with torch.no_grad():
        model.score.weight.mul_(100)
    for kind in ("process", "outcome"):
        mark_reward_model(model, kind, "\n")
        model.save_pretrained(folder / kind)
        POLICY.tokenizer.save_pretrained(folder / kind)
    return folder


def scores(folder, text, ends):
    row = completion(text)
    model = load_reward_model(folder / "process", torch.device("cpu"))
    positions = [len(row.prompt) + end for end in ends]
    return grade_by_model(model, [(*row.prompt, *row.tokens)], [positions], [""])[0]


def test_the_rule_alone_is_the_default():
    assert grade(Rewards(), RIGHT, WRONG) == [
        Grade(1.0, {"answer": 1.0}, (), "value"),
        Grade(0.0, {"answer": 0.0}, (), "value"),
    ]
    assert make_grader(Rewards(), POLICY)([], []) == []


def test_weighted_parts_add_up():
    right, loose = grade(Rewards(answer=2, format=0.5), RIGHT, "The answer is 9")
    assert (right.reward, right.parts) == (2.5, {"answer": 1.0, "format": 1.0})
    assert (loose.reward, loose.parts) == (2.0, {"answer": 1.0, "format": 0.0})
    (wrong,) = grade(Rewards(answer=0, format=1), WRONG)
    assert (wrong.parts, wrong.reason) == ({"format": 1.0}, None)


def test_equations_reward_the_steps_that_compute_and_the_outcome_the_last():
    right, wrong = grade(Rewards(format=0.25, steps="equations"), RIGHT, WRONG)
    ends = [5, 14, len(RIGHT)]  # not that of "so"; EOS belongs to the last step
    assert right.steps == tuple(zip(ends, [1.0, 1.0, 1.25], strict=True))
    assert wrong.steps == ((5, 0.0), (12, 1.0), (len(WRONG), 0.25))


def test_a_model_scores_the_whole_at_its_last_token(model_path):
    path = str(model_path / "outcome")
    (right,) = grade(Rewards(answer=1, model=0.5, model_path=path), RIGHT)
    (score,) = scores(model_path, RIGHT, [len(RIGHT)])
    assert right.parts == {"answer": 1.0, "model": pytest.approx(score, rel=1e-4)}
    assert right.reward == pytest.approx(1 + 0.5 * score, abs=1e-6)
    assert right.steps == ()


def test_a_process_model_scores_every_step(model_path):
    path = str(model_path / "process")
    right, wrong = grade(Rewards(steps="model", model_path=path), RIGHT, WRONG)
    for row, text, ends in (
        (right, RIGHT, [5, 8, 14, len(RIGHT)]),
        (wrong, WRONG, [5, 12, len(WRONG)]),
    ):
        assert [end for end, _ in row.steps] == ends
        expected = scores(model_path, text, ends)
        assert [score for _, score in row.steps] == pytest.approx(expected, abs=1e-6)
    assert (right.reward, wrong.reward) == (1.0, 0.0)


def test_an_outcome_model_cannot_score_steps(model_path):
    with pytest.raises(ValueError, match="scores outcome"):
        make_grader(Rewards(steps="model", model_path=str(model_path / "outcome")), POLICY)


def test_steps_must_end_as_they_did_in_training(model_path):
    rewards = Rewards(steps="model", model_path=str(model_path / "process"), step_end=". ")
    with pytest.raises(ValueError, match="need process, with steps that end in"):
        make_grader(rewards, POLICY)


def test_a_model_with_another_tokenizer_is_an_error(model_path, tmp_path):
    load_reward_model(model_path / "outcome", torch.device("cpu")).save_pretrained(tmp_path)
    letter_tokenizer(["<eos>", "<pad>", "<unk>", "<sep>"], "abc").save_pretrained(tmp_path)
    with pytest.raises(InputError, match="has another tokenizer than the policy"):
        make_grader(Rewards(model=1, model_path=str(tmp_path)), POLICY)


def test_a_score_that_is_not_finite_names_the_problem(model_path, tmp_path):
    model = make_reward_model(model_path / "outcome", 0)
    with torch.no_grad():
        model.score.bias.fill_(float("nan"))
    model.save_pretrained(tmp_path)
    POLICY.tokenizer.save_pretrained(tmp_path)
    with pytest.raises(NotFiniteError, match="sums, row 5: the reward model's scores"):
        grade(Rewards(answer=0, model=1, model_path=str(tmp_path)), RIGHT)


def test_rewards_without_any_weight_are_an_error():
    with pytest.raises(ValueError, match="must have a weight other than 0"):
        Rewards(answer=0)
