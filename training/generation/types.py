"""What is asked of whoever samples outputs, and what it answers: `Request`, `Engine`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from transformers import PreTrainedModel


@dataclass(frozen=True)
class Completion:
    """One output o of the paper, with the log-probabilities of whoever sampled it.

    Nothing is ever tokenised again: `text` is for rewards and for people.
    """

    prompt: tuple[int, ...]  # with its mark of beginning, once
    tokens: tuple[int, ...]  # at least one; the last is EOS if `finished` by EOS
    logprobs: tuple[float, ...]  # nats of each token, at the temperature of sampling
    finished: bool  # by EOS or a stop text; else cut at max_new_tokens
    text: str  # without special tokens, before any stop text


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How the transformers engine chooses tokens, and where it ends a completion."""

    max_new_tokens: int
    temperature: float = 1.0  # 0: greedy
    top_p: float = 1.0  # below 1: nucleus sampling, see `draw_token`
    stop: str = ""  # text that ends a completion as EOS does; "": EOS alone
    rows: int = 128  # completions sampled at a time


@dataclass(frozen=True)
class Request:
    """One output that is wanted: its prompt, and the numbers that name it.

    All noise of an output comes from `seed` (of the run, exploration, problem, sample), so it is
    the same output in any batch, place and process, but for the rounding of logits.
    """

    prompt: tuple[int, ...]  # with its mark of beginning, once
    seed: tuple[int, ...]  # each from 0 to 2**32 - 1

    def __post_init__(self) -> None:
        if not self.prompt:
            raise ValueError("a prompt must hold one token at least: the tokenizer has no bos?")
        if not self.seed or min(self.seed) < 0 or max(self.seed) >= 2**32:
            raise ValueError(f"a seed must be numbers from 0 to 2**32 - 1, not {self.seed}")


class Engine(Protocol):
    """Samples outputs from a policy; made by `make_engine`."""

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        """Return a completion to each request, in their order.

        Raises ValueError where a prompt leaves no room for its output in the context, and
        FloatingPointError where the policy's probabilities are no numbers.
        """

    def update_weights(self, policy: PreTrainedModel) -> None:
        """Sample from the weights that `policy` has now; all processes must call it together."""
