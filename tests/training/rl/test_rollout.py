import json

import pytest
import torch

from schemas.benchmarks import BenchmarkItem
from tests.helpers.tiny_models import tiny_model
from training.generation.make_engine import make_engine
from training.rewards.types import Grade
from training.rl.rollout import demonstrations, sample_rollout
from training.run.distributed import World
from training.settings.rollout import Problems, Rollout

pytestmark = pytest.mark.slow  # samples

CPU = World(0, 1, torch.device("cpu"))
ITEMS = [BenchmarkItem("sums", i, f"{i}+{i}", f"It is {2 * i}.", str(2 * i)) for i in range(5)]
PROBLEMS = Problems(files="x", prompt="Q: {question}\nA: ")


def settings(rows=4, engine="transformers"):
    return Rollout(prompts=3, group=2, max_new_tokens=6, rows=rows, engine=engine)


def grade_by_length(items, completions):
    return [Grade(float(len(completion.tokens)), {}) for completion in completions]


def rollout(settings, local, index, world=CPU):
    engine = make_engine(settings, local)
    return sample_rollout(
        PROBLEMS, settings, ITEMS, local.prompt, engine, grade_by_length, index, world
    )


@pytest.fixture(scope="module")
def local():
    return tiny_model(bos_token="<bos>", eos_token="<eos>")  # EOS is also the pad token


@pytest.mark.parametrize("engine", ["transformers", "slots"])
def test_completions_follow_their_prompts_with_exactly_one_bos(local, engine):
    batch = rollout(settings(engine=engine), local, 0)
    assert len(batch.problems) == len(batch.completions) == len(batch.grades) == 6
    assert batch.problems[0::2] == batch.problems[1::2]
    assert len(set(batch.problems)) == 3
    rows = zip(batch.problems, batch.completions, batch.grades, strict=True)
    for problem, completion, grade in rows:
        assert completion.prompt.count(local.bos) == 1
        assert completion.prompt[0] == local.bos
        question = ITEMS[problem].question
        assert local.decode(completion.prompt) == f"Q: {question}\nA: "
        assert 1 <= len(completion.tokens) == len(completion.logprobs) == grade.reward <= 6
        assert completion.finished == (completion.tokens[-1] in local.eos)
        assert not set(completion.tokens[:-1]) & local.eos


def test_the_same_tokens_are_drawn_whatever_is_sampled_together(local):
    small, large = (rollout(settings(rows), local, 3).completions for rows in (1, 6))
    assert [completion.tokens for completion in small] == [c.tokens for c in large]
    another = rollout(settings(6), local, 4).completions
    assert [completion.tokens for completion in another] != [c.tokens for c in large]


def test_completions_of_one_problem_differ(local):
    completions = rollout(settings(), local, 0).completions
    assert len({completion.tokens for completion in completions}) > 3


def test_processes_take_turns_at_chunks(local):
    chunks = []

    class Engine:
        def __call__(self, requests):
            chunks.append([request.seed[-1] for request in requests])
            return make_engine(settings(rows=2), local)(requests)

    for rank in range(2):
        world = World(rank, 2, torch.device("cpu"))
        with pytest.raises(ValueError, match="process group"):  # there is none to gather from
            sample_rollout(
                *(PROBLEMS, settings(rows=2), ITEMS, local.prompt),
                *(Engine(), grade_by_length, 0, world),
            )
    assert chunks == [[0, 1, 4, 5], [2, 3]]


def test_demonstrations_are_worked_solutions_that_end_with_eos(local):
    eos = min(local.eos)
    batch = demonstrations(PROBLEMS, 3, ITEMS, local.prompt, local.encode, eos, 0)
    assert len(batch.completions) == 3
    for problem, completion in zip(batch.problems, batch.completions, strict=True):
        assert completion.tokens == (*local.encode(ITEMS[problem].solution), eos)
        text = local.decode(completion.prompt + completion.tokens)
        assert text.endswith(f"A: It is {2 * problem}.")
        assert json.dumps(completion.logprobs) == json.dumps([0.0] * len(completion.tokens))
