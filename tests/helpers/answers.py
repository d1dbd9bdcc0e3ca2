"""Answers of a model to prompts, with seeds that number the prompts."""

from training.evaluation.sample_answers import sample_answers
from training.generation.types import Decoding


def answers_to(prompts, model, seed=0, **decoding):
    """Return the completions; greedy unless a `temperature` says otherwise."""
    seeds = [(seed, number) for number in range(len(prompts))]
    return sample_answers(model, prompts, seeds, Decoding(**{"temperature": 0.0} | decoding))
