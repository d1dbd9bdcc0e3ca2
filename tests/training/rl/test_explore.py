import json

import pytest
import torch

from schemas.benchmarks import BenchmarkItem
from tests.helpers.tiny_models import tiny_model
from training.generation.make_engine import make_engine
from training.rewards.types import Grade
from training.rl.explore import explore, recite
from training.run.distributed import World
from training.settings.grpo import GrpoSettings, Objective, Policy
from training.settings.rollout import Problems, Rollout

CPU = World(0, 1, torch.device("cpu"))
ITEMS = [BenchmarkItem("sums", i, f"{i}+{i}", f"It is {2 * i}.", str(2 * i)) for i in range(5)]


def settings(rows=4, engine="transformers", **more):
    rollout = Rollout(prompts=3, group=2, max_new_tokens=6, rows=rows, engine=engine)
    problems = Problems(files="x", prompt="Q: {question}\nA: ")
    return GrpoSettings(problems=problems, model=Policy(path="y"), rollout=rollout, **more)


def no_reward(items, completions):
    return [Grade(float(len(one.tokens)), {}) for one in completions]


def explored(told, local, exploration, world=CPU):
    engine = make_engine(told.rollout, local)
    return explore(told, ITEMS, local.prompt, engine, no_reward, exploration, world)


@pytest.fixture(scope="module")
def local():
    return tiny_model(bos_token="<bos>", eos_token="<eos>")  # pads with the end of text


@pytest.mark.parametrize("engine", ["transformers", "slots"])
def test_outputs_follow_their_prompts_with_one_mark_of_beginning(local, engine):
    found = explored(settings(engine=engine), local, 0)
    assert len(found.problems) == len(found.completions) == len(found.grades) == 6
    assert found.problems[0::2] == found.problems[1::2]
    assert len(set(found.problems)) == 3
    for problem, one, grade in zip(found.problems, found.completions, found.grades, strict=True):
        assert one.prompt.count(local.bos) == 1
        assert one.prompt[0] == local.bos
        question = ITEMS[problem].question
        assert local.decode(one.prompt) == f"Q: {question}\nA: "
        assert 1 <= len(one.tokens) == len(one.logprobs) == grade.reward <= 6
        assert one.finished == (one.tokens[-1] in local.eos)
        assert not set(one.tokens[:-1]) & local.eos


def test_the_same_tokens_are_drawn_whatever_is_sampled_together(local):
    one, other = (explored(settings(rows), local, 3) for rows in (1, 6))
    assert [c.tokens for c in one.completions] == [c.tokens for c in other.completions]
    again = explored(settings(6), local, 4)
    assert [c.tokens for c in again.completions] != [c.tokens for c in other.completions]


def test_outputs_to_the_same_problem_differ(local):
    found = explored(settings(), local, 0).completions
    assert len({one.tokens for one in found}) > 3


def test_processes_take_turns_at_chunks(local):
    told = settings(rows=2)
    asked = []

    class Engine:
        def __call__(self, requests):
            asked.append([one.seed[-1] for one in requests])
            return make_engine(told.rollout, local)(requests)

    for rank in range(2):
        world = World(rank, 2, torch.device("cpu"))
        with pytest.raises(ValueError, match="process group"):  # there is none to gather from
            explore(told, ITEMS, local.prompt, Engine(), no_reward, 0, world)
    assert asked == [[0, 1, 4, 5], [2, 3]]


def test_solutions_by_people_are_outputs_that_end(local):
    told = settings(objective=Objective(method="sft"))
    found = recite(told, ITEMS, local.prompt, local.encode, min(local.eos), 0)
    assert len(found.completions) == 3
    for problem, one in zip(found.problems, found.completions, strict=True):
        assert one.tokens == (*local.encode(ITEMS[problem].solution), min(local.eos))
        assert local.decode(one.prompt + one.tokens).endswith(f"A: It is {2 * problem}.")
        assert json.dumps(one.logprobs) == json.dumps([0.0] * len(one.tokens))
