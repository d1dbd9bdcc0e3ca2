import math
import re
from fractions import Fraction

import pytest

from schemas.benchmarks import BenchmarkItem
from tests.helpers.tiny_models import reciting, tiny_model
from training.evaluation.evaluate import evaluate
from training.evaluation.judge import Judge
from training.settings.evaluation import EvalSettings, Prompt, Sampling

SETTINGS = EvalSettings(
    prompt=Prompt(shots=1), sampling=Sampling(samples=4, max_new_tokens=16), resamples=50
)


def last_number(text):
    return re.findall(r"-?\d+(?:/\d+)?", text)[-1:]


def same_number(text, gold):
    return Fraction(*last_number(text)) == Fraction(gold)


JUDGE = Judge(last_number, same_number)


def item(row, question, answer, solution=""):
    return BenchmarkItem("bench/test", row, question, solution or answer, answer)


EXAMPLES = [item(0, "1+1?", "2")]
ITEMS = [item(0, "What is 6*7?", "42"), item(1, "And 21+21?", "84/2"), item(2, "2*2?", "4")]


def test_a_model_with_a_constant_answer_is_right_where_that_answer_is():
    seen = []

    def progress(phase, total):
        return lambda done: seen.append((phase, done, total))

    evaluation = evaluate(
        reciting("42!"), ITEMS, EXAMPLES, SETTINGS, JUDGE, name="m", progress=progress
    )
    result, answers = evaluation.result, evaluation.answers
    assert (result.model, result.benchmark) == ("m", "bench/test")
    assert (result.problems, result.with_answer, result.fewer_shots) == (3, 3, 0)
    assert result.greedy.value == pytest.approx(2 / 3)
    assert {k: mean.value for k, mean in result.pass_at.items()} == pytest.approx(
        dict.fromkeys((1, 2, 4), 2 / 3)
    )
    assert {k: mean.value for k, mean in result.maj_at.items()} == pytest.approx(
        dict.fromkeys((1, 2, 4), 2 / 3)
    )
    assert (result.finished, result.without_answer) == (1.0, 0.0)
    assert [(answer.row, answer.sample) for answer in answers[:4]] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (0, 1),
    ]
    assert {answer.text for answer in answers} == {"42!"}
    assert [answer.right for answer in answers[:3]] == [True, True, False]
    assert seen == [("perplexity", 3, 3), ("greedy", 3, 3), ("samples", 12, 12)]


def test_an_answer_that_is_not_found_is_wrong_and_counted():
    evaluation = evaluate(reciting("who?"), ITEMS, EXAMPLES, SETTINGS, JUDGE)
    result, answers = evaluation.result, evaluation.answers
    assert result.greedy.value == 0
    assert result.without_answer == 1.0
    assert {answer.answer for answer in answers} == {""}


def test_perplexity_is_of_all_solutions_and_bits_have_an_interval():
    items = [*ITEMS, BenchmarkItem("bench/test", 3, "Prove it.", "By induction.", "")]
    settings = EvalSettings(
        prompt=Prompt(shots=0), sampling=Sampling(samples=0), greedy=False, resamples=50
    )
    evaluation = evaluate(tiny_model(context=2048), items, [], settings, JUDGE)
    result = evaluation.result
    assert evaluation.answers == []
    assert [text.bytes for text in evaluation.gold] == [2, 4, 1, 13]
    assert (result.problems, result.with_answer) == (4, 3)
    bits = result.bits_per_byte
    assert bits.low < bits.value < bits.high
    # one byte is one token here
    assert result.perplexity == pytest.approx(2**bits.value)
    assert abs(bits.value - math.log2(258)) < 0.5  # it has learnt nothing
    assert (result.greedy, result.finished, result.pass_at) == (None, None, {})


def test_prompts_without_room_for_their_examples_are_counted():
    examples = [item(0, "a long example " * 10, "2")]
    evaluation = evaluate(reciting("42!", context=128), ITEMS, examples, SETTINGS, JUDGE)
    assert evaluation.result.fewer_shots == 3


def test_every_spelling_is_judged_once():
    comparisons = []

    def is_equal(answer, gold):
        comparisons.append((answer, gold))
        return same_number(answer, gold)

    evaluate(reciting("42!"), ITEMS, EXAMPLES, SETTINGS, Judge(last_number, is_equal))
    assert comparisons == [("42!", "42"), ("42!", "84/2"), ("42!", "4")]


def test_a_benchmark_without_answers_is_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match="name their columns"):
        evaluate(tiny_model(), [item(0, "Q?", "")], EXAMPLES, SETTINGS, JUDGE)
