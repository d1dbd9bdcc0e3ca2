from schemas.benchmarks import BenchmarkItem
from tests.helpers.scripted_engine import Scripted
from tests.helpers.tiny_models import tiny_model
from training.generation.types import Request
from training.reward_models.label_steps import label_steps
from training.rewards.steps import split_steps

MODEL = tiny_model()
ITEMS = {n: BenchmarkItem("sums", n, f"{n}+1=", "", str(n + 1)) for n in range(9)}
ROLLOUTS = 4


def complete(prompt, seed):
    """From a good step all but the last sample get it right; from a bad one, one does."""
    question = int(prompt[0])
    is_right = seed[-1] < 3 if "good" in prompt else seed[-1] < 1
    return rf"\boxed{{{question + 1 if is_right else 99}}}"


def label(outputs, right):
    engine = Scripted(MODEL, complete)
    made = [
        (number, engine.complete(Request(tuple(MODEL.prompt(f"{number}+1=")), (0,))))
        for number, _ in outputs
    ]
    made = [
        (number, completion_with(completion, text))
        for (number, completion), (_, text) in zip(made, outputs, strict=True)
    ]
    ends = [split_steps(MODEL.decode, one.tokens, "\n") for _, one in made]
    counts = label_steps(engine, MODEL.decode, ITEMS, made, ends, right, ROLLOUTS, seed=7)
    return counts, engine.asked


def completion_with(completion, text):
    tokens = (*MODEL.encode(text), min(MODEL.eos))
    return type(completion)(completion.prompt, tokens, (0.0,) * len(tokens), True, text)


def test_a_step_is_worth_the_completions_from_its_end_that_reach_the_answer():
    counts, asked = label([(4, "good\nso\n5")], [True])
    assert counts == [(3, 3, 4)]
    prompts = [MODEL.decode(one.prompt) for one in asked]
    assert prompts == ["4+1=good\n"] * 4 + ["4+1=good\nso\n"] * 4
    assert counts != label([(4, "bad\nso\n5")], [True])[0]


def test_the_last_step_is_worth_the_verdict_on_the_output():
    assert label([(4, "bad\n5"), (4, "good\n6")], [True, False])[0] == [(1, 4), (3, 0)]


def test_an_output_of_one_step_asks_for_nothing():
    assert label([(4, "5"), (5, "5")], [True, False]) == ([(4,), (0,)], [])
    assert label([], []) == ([], [])


def test_outputs_to_a_problem_that_begin_alike_share_their_samples():
    outputs = [(4, "good\nso\n5"), (4, "good\nbut\n5"), (4, "good\nso\n6"), (5, "good\n6")]
    counts, asked = label(outputs, [True, True, False, True])
    assert counts == [(3, 3, 4), (3, 3, 4), (3, 3, 0), (3, 4)]
    prompts = [MODEL.decode(one.prompt) for one in asked]
    assert sorted(set(prompts)) == [
        "4+1=good\n",
        "4+1=good\nbut\n",
        "4+1=good\nso\n",
        "5+1=good\n",
    ]
    assert len(prompts) == 4 * ROLLOUTS


def test_every_sample_has_a_seed_of_its_own_that_depends_on_its_problem_alone():
    _, asked = label([(3, "a\nb\n1"), (4, "good\nso\n5"), (4, "bad\n5")], [False, True, True])
    seeds = [one.seed for one in asked]
    assert len(set(seeds)) == len(seeds) == 5 * ROLLOUTS
    alone = [one.seed for one in label([(4, "good\nso\n5"), (4, "bad\n5")], [True, True])[1]]
    assert seeds[2 * ROLLOUTS :] == alone
    assert alone[0] == (7, 4, 0, 5, 0)


def test_the_answer_may_be_begun_before_a_step_and_ended_behind_it():
    engine = Scripted(MODEL, lambda prompt, seed: "5}")
    prompt = tuple(MODEL.prompt("4+1="))
    output = completion_with(engine.complete(Request(prompt, (0,))), "\\boxed{\n5}")
    ends = split_steps(MODEL.decode, output.tokens, "\n")
    counts = label_steps(engine, MODEL.decode, ITEMS, [(4, output)], [ends], [True], 2, seed=0)
    assert counts == [(2, 2)]
