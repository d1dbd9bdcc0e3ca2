"""The methods of reinforcement learning as a table: `METHODS`, one row per `objective.method`.

A method is a source of completions, an advantage and a surrogate, from which the gradient
coefficient of each token follows. Code looks up a column here and never compares names of methods.
Source: DeepSeekMath (arXiv:2402.03300), section 5.2.1, table 10 and appendix A.1. docs/methods.md
has the same table with the formulas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

MethodName = Literal["grpo", "ppo", "online_rft", "rft", "sft", "dpo"]


@dataclass(frozen=True)
class Method:
    """A row of the table: everything in which one method differs from another."""

    # Where completions come from: sampled from the current policy (online) or from the initial
    # model (offline), or the reference solutions of the problems.
    data: Literal["policy", "initial_model", "solutions"]
    # Where the advantage of a token comes from: rewards normalised within a group (by outcome or
    # by step), a critic through GAE, 1 if the answer is right and else 0, always 1, or no
    # advantage at all, because two completions are compared directly.
    advantage: Literal["group", "critic", "accepted", "one", "none"]
    # What is maximised: the clipped ratio times the advantage, the log-likelihood times the
    # advantage, or the log-sigmoid of the margin between the two completions of a pair.
    surrogate: Literal["clipped_ratio", "likelihood", "preference"]
    # Where the KL divergence from the reference enters: as a term of the loss, as a penalty in the
    # reward of each token, as the log-ratios of a preference, or nowhere.
    kl: Literal["loss", "reward", "log_ratio", "none"]

    @property
    def is_online(self) -> bool:
        """Whether completions are sampled from the policy that is trained."""
        return self.data == "policy"

    @property
    def needs_reference(self) -> bool:
        """Whether log-probabilities of the reference are needed, unless `objective.beta` is 0."""
        return self.kl != "none"

    @property
    def in_pairs(self) -> bool:
        """Whether experiences alternate chosen, rejected, and must stay together."""
        return self.surrogate == "preference"

    @property
    def has_critic(self) -> bool:
        """Whether a value model is trained along with the policy."""
        return self.advantage == "critic"


METHODS: Mapping[MethodName, Method] = MappingProxyType(
    {
        "grpo": Method(data="policy", advantage="group", surrogate="clipped_ratio", kl="loss"),
        "ppo": Method(data="policy", advantage="critic", surrogate="clipped_ratio", kl="reward"),
        "online_rft": Method(
            data="policy", advantage="accepted", surrogate="likelihood", kl="none"
        ),
        "rft": Method(
            data="initial_model", advantage="accepted", surrogate="likelihood", kl="none"
        ),
        "sft": Method(data="solutions", advantage="one", surrogate="likelihood", kl="none"),
        "dpo": Method(
            data="initial_model", advantage="none", surrogate="preference", kl="log_ratio"
        ),
    }
)
