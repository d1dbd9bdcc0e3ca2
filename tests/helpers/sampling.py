"""Requests, settings and comparisons that tests of engines share."""

from dataclasses import replace

import numpy as np

from training.generation.types import Request
from training.settings.rollout import Rollout

TEXTS = ["1+1=", "a much longer prompt \u4e2d", "", "no", "1+1= "]


def often_ending(model):
    """The same model with many EOS tokens, so that it ends its texts after a dozen tokens or so."""
    return replace(model, eos=frozenset(range(0, 200, 11)))


def settings(engine, rows=4, max_new_tokens=24, temperature=1.0):
    return Rollout(engine=engine, rows=rows, max_new_tokens=max_new_tokens, temperature=temperature)


def make_requests(model, group=5):
    return [
        Request(tuple(model.prompt(text)), (7, problem, sample))
        for problem, text in enumerate(TEXTS)
        for sample in range(group)
    ]


def nearly_equal(left, right):
    """Whether completions are equal except for the rounding of log-probabilities."""
    pairs = list(zip(left, right, strict=True))
    same = all(replace(a, logprobs=()) == replace(b, logprobs=()) for a, b in pairs)
    return same and all(np.allclose(a.logprobs, b.logprobs, rtol=0, atol=2e-5) for a, b in pairs)
