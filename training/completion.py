"""What a policy wrote to a prompt: the tokens that were sampled are the tokens that are learnt."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Completion:
    """One output o of the paper, with the log-probabilities of whoever sampled it.

    Nothing is ever tokenised again: `text` is for rewards and for people.
    """

    prompt: tuple[int, ...]  # with its mark of beginning, once
    tokens: tuple[int, ...]  # at least one; the last is an end of text if `finished`
    logprobs: tuple[float, ...]  # nats of each token, at the temperature of sampling
    finished: bool  # by an end of text; else it was cut
    text: str  # without marks
