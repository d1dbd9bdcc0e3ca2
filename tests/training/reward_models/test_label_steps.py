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
    """From a good step all continuations but the last are right; from a bad one only the first."""
    question = int(prompt[0])
    is_right = seed[-1] < 3 if "good" in prompt else seed[-1] < 1
    return rf"\boxed{{{question + 1 if is_right else 99}}}"


def label(texts, right):
    """Return the counts of completions, as pairs of problem and text, and all requests."""
    engine = Scripted(MODEL, complete)
    completions = [
        (problem, completion_with(engine.complete(request(problem)), text))
        for problem, text in texts
    ]
    ends = [split_steps(MODEL.decode, completion.tokens, "\n") for _, completion in completions]
    counts = label_steps(engine, MODEL.decode, ITEMS, completions, ends, right, ROLLOUTS, seed=7)
    return counts, engine.requests


def request(problem):
    return Request(tuple(MODEL.prompt(f"{problem}+1=")), (0,))


def completion_with(completion, text):
    tokens = (*MODEL.encode(text), min(MODEL.eos))
    return type(completion)(completion.prompt, tokens, (0.0,) * len(tokens), True, text)


def test_a_step_is_worth_its_right_continuations():
    counts, requests = label([(4, "good\nso\n5")], [True])
    assert counts == [(3, 3, 4)]
    prompts = [MODEL.decode(request.prompt) for request in requests]
    assert prompts == ["4+1=good\n"] * 4 + ["4+1=good\nso\n"] * 4
    assert counts != label([(4, "bad\nso\n5")], [True])[0]


def test_the_last_step_is_worth_the_verdict_on_the_completion():
    assert label([(4, "bad\n5"), (4, "good\n6")], [True, False])[0] == [(1, 4), (3, 0)]


def test_a_completion_of_one_step_samples_nothing():
    assert label([(4, "5"), (5, "5")], [True, False]) == ([(4,), (0,)], [])
    assert label([], []) == ([], [])


def test_completions_of_a_problem_that_begin_alike_share_their_continuations():
    texts = [(4, "good\nso\n5"), (4, "good\nbut\n5"), (4, "good\nso\n6"), (5, "good\n6")]
    counts, requests = label(texts, [True, True, False, True])
    assert counts == [(3, 3, 4), (3, 3, 4), (3, 3, 0), (3, 4)]
    prompts = [MODEL.decode(request.prompt) for request in requests]
    assert sorted(set(prompts)) == [
        "4+1=good\n",
        "4+1=good\nbut\n",
        "4+1=good\nso\n",
        "5+1=good\n",
    ]
    assert len(prompts) == 4 * ROLLOUTS


def test_every_continuation_has_its_own_seed_that_depends_only_on_its_problem():
    _, requests = label([(3, "a\nb\n1"), (4, "good\nso\n5"), (4, "bad\n5")], [False, True, True])
    seeds = [request.seed for request in requests]
    assert len(set(seeds)) == len(seeds) == 5 * ROLLOUTS
    alone = [
        request.seed for request in label([(4, "good\nso\n5"), (4, "bad\n5")], [True, True])[1]
    ]
    assert seeds[2 * ROLLOUTS :] == alone
    assert alone[0] == (7, 4, 0, 5, 0)


def test_the_answer_may_begin_before_the_end_of_a_step_and_end_after_it():
    engine = Scripted(MODEL, lambda prompt, seed: "5}")
    completion = completion_with(engine.complete(request(4)), "\\boxed{\n5}")
    ends = split_steps(MODEL.decode, completion.tokens, "\n")
    counts = label_steps(engine, MODEL.decode, ITEMS, [(4, completion)], [ends], [True], 2, seed=0)
    assert counts == [(2, 2)]


def test_a_shared_prefix_has_the_seed_of_the_first_completion_and_others_have_their_own():
    texts = [(4, "good\n5"), (4, "good\n6"), (4, "best\n5")]
    _, requests = label(texts, [True, False, True])
    seeds = [request.seed for request in requests]
    assert seeds[:ROLLOUTS] == [(7, 4, 0, 5, i) for i in range(ROLLOUTS)]
    assert seeds[ROLLOUTS:] == [(7, 4, 2, 5, i) for i in range(ROLLOUTS)]
