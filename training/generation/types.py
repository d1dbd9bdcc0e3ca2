"""What an engine takes and returns: `Request`, `Completion` and the interface `Engine`."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from transformers import PreTrainedModel

from schemas.errors import InputError, NotFiniteError, SettingsError
from training.models.local_model import LocalModel


@dataclass(frozen=True)
class Completion:
    """One completion (the paper's output o) with its log-probabilities under the sampling engine.

    `text` is for graders and human readers; it is never tokenized again.
    """

    prompt: tuple[int, ...]  # including BOS, exactly once
    tokens: tuple[int, ...]  # at least one; the last is EOS if `finished` by EOS
    logprobs: tuple[float, ...]  # nats of each token, at the sampling temperature
    finished: bool  # by EOS or a stop text; else cut at max_new_tokens
    text: str  # without special tokens, up to any stop text


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How the transformers engine chooses tokens, and where it ends a completion."""

    max_new_tokens: int
    temperature: float = 1.0  # 0: greedy
    top_p: float = 1.0  # below 1: nucleus sampling, see `draw_token`
    stop: str = ""  # a text that also ends a completion; "": only EOS does
    rows: int = 128  # completions sampled at a time


@dataclass(frozen=True)
class Request:
    """A request for one completion: the prompt and a seed.

    `seed` (of the run, rollout, problem, sample) is the only source of randomness. The completion
    is the same in any batch, position and process, except for the rounding of logits. Raises
    InputError if the prompt is empty, and ValueError for a seed out of range.
    """

    prompt: tuple[int, ...]  # including BOS, exactly once
    seed: tuple[int, ...]  # each from 0 to 2**32 - 1

    def __post_init__(self) -> None:
        if not self.prompt:
            raise InputError("a prompt needs at least one token: does the tokenizer have no BOS?")
        if not self.seed or min(self.seed) < 0 or max(self.seed) >= 2**32:
            raise ValueError(f"a seed must be numbers from 0 to 2**32 - 1, not {self.seed}")


class Engine(Protocol):
    """Samples completions from a policy; see `make_engine`."""

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        """Return a completion for each request, in order.

        Raises SettingsError if a prompt leaves no room in the context for its completion, and
        NotFiniteError if a log-probability is not finite.
        """

    def update_weights(self, policy: PreTrainedModel) -> None:
        """Sample from the current weights of `policy` from now on.

        All processes must call it together.
        """


def make_completion(
    model: LocalModel, request: Request, tokens: Sequence[int], logprobs: Sequence[float]
) -> Completion:
    """Return the completion of a request: the sampled tokens up to and including the first EOS.

    Raises NotFiniteError if a log-probability is not finite, which means the policy's weights are
    not finite.
    """
    ends = [index for index, token in enumerate(tokens) if token in model.eos]
    count = ends[0] + 1 if ends else len(tokens)
    if not all(map(isfinite, logprobs[:count])):
        raise NotFiniteError("a log-probability of the policy is not finite (NaN or inf)")
    return Completion(
        prompt=request.prompt,
        tokens=tuple(tokens[:count]),
        logprobs=tuple(logprobs[:count]),
        finished=bool(ends),
        text=model.decode(tokens[: ends[0]] if ends else tokens),
    )


def check_context(requests: Sequence[Request], max_new_tokens: int, context: int) -> None:
    """Raise SettingsError if a prompt and its completion may exceed the context, in tokens."""
    longest = max((len(request.prompt) for request in requests), default=0)
    if longest + max_new_tokens > context:
        raise SettingsError(
            f"a prompt of {longest} tokens and rollout.max_new_tokens ({max_new_tokens}) exceed the"
            f" context of {context}: set max_new_tokens to {max(context - longest, 0)} or less, or"
            " leave long problems out"
        )
