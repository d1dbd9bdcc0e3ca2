"""Compute advantages: group-relative (by outcome or by step), rejection sampling, GAE for PPO.

A group whose rewards are all equal has an advantage of exactly 0, and is reported so that it can
be counted.
"""

from collections.abc import Sequence

import torch

from training.settings.grpo import Scale

_EPSILON = 1e-4  # added to the standard deviation, as in TRL; the paper gives no value
_RIGHT = 0.5  # a reward for the answer of at least this counts as right


def outcome_advantages(
    reward_PG: torch.Tensor, scale: Scale = "std"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return advantages [P, G] of G completions for each of P questions, and bool[P]: all equal.

    An advantage is the reward minus the group's mean, divided by the group's unbiased standard
    deviation + 1e-4, or by nothing with scale "none" (Dr. GRPO). The rewards of a group of one are
    all equal. Raises ValueError if a reward is not finite.

    Source: DeepSeekMath (arXiv:2402.03300), section 4.1.2.

    >>> outcome_advantages(torch.tensor([[0.0, 2.0, 1.0], [1.0, 1.0, 1.0]]), "none")
    (tensor([[-1.,  1.,  0.],
            [ 0.,  0.,  0.]]), tensor([False,  True]))
    """
    if not reward_PG.isfinite().all():
        raise ValueError("rewards must be finite")
    flat_P = (reward_PG == reward_PG[:, :1]).all(1)
    advantage_PG = reward_PG - reward_PG.mean(1, keepdim=True)
    if scale == "std" and reward_PG.shape[1] > 1:
        advantage_PG = advantage_PG / (reward_PG.std(1, keepdim=True) + _EPSILON)
    return torch.where(flat_P[:, None], 0, advantage_PG), flat_P


def process_advantages(
    steps: Sequence[Sequence[tuple[int, float]]], lengths: Sequence[int], scale: Scale = "std"
) -> tuple[list[torch.Tensor], bool]:
    """Return float64[|o|] for every completion of one question, and whether all rewards are equal.

    `steps` has (index of the last token, reward) of every step of a completion, in any order. The
    rewards of all steps of all completions are normalised together, as outcomes are. The advantage
    of a token is the sum over the steps of its completion that end at its index or later. The
    rewards of a group with no step or a single one are all equal. Raises ValueError if a step ends
    outside its completion or a reward is not finite.

    Source: DeepSeekMath (arXiv:2402.03300), section 4.1.3.

    >>> process_advantages([[(0, 1.0), (2, 0.0)], [(1, 2.0)]], [3, 2], "none")
    ([tensor([-1., -1., -1.], dtype=torch.float64), tensor([1., 1.], dtype=torch.float64)], False)
    """
    for ends, length in zip(steps, lengths, strict=True):
        if outside := [end for end, _ in ends if not 0 <= end < length]:
            raise ValueError(
                f"a step ends at {outside[0]}, outside a completion of {length} tokens"
            )
    rewards = torch.tensor([reward for ends in steps for _, reward in ends], dtype=torch.float64)
    if not len(rewards):
        return [torch.zeros(length, dtype=torch.float64) for length in lengths], True
    normalised, flat = outcome_advantages(rewards[None], scale)
    pieces = normalised[0].split([len(ends) for ends in steps])
    completions = zip(steps, pieces, lengths, strict=True)
    return [_sum_from_ends(*completion) for completion in completions], bool(flat)


def _sum_from_ends(
    ends: Sequence[tuple[int, float]], reward: torch.Tensor, length: int
) -> torch.Tensor:
    at_end = torch.zeros(length, dtype=torch.float64)
    indices = torch.tensor([end for end, _ in ends], dtype=torch.int64)
    at_end.index_add_(0, indices, reward)  # if two steps end at one index, both count
    return at_end.flip(0).cumsum(0).flip(0)


def accepted(answer_reward: torch.Tensor) -> torch.Tensor:
    """Return 1 where the reward for the answer, of any shape, is at least .5, and 0 elsewhere.

    This is the advantage of rejection sampling, online and offline (section 5.2.1: GC is 1 if the
    answer is right). Rewards for the format or by a model do not count.
    """
    return (answer_reward >= _RIGHT).to(answer_reward.dtype)


def kl_in_reward(
    reward_B: torch.Tensor,
    old_BT: torch.Tensor,
    reference_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    beta: float,
) -> torch.Tensor:
    """Return PPO's rewards [B, T]: -beta (log p - log p(reference)), plus `reward_B` at the end.

    `old_BT` has nats of the policy that sampled: the penalty is part of the reward and has no
    gradient. `reward_B` is added at the last token of each row; every row must have a token. The
    result is 0 outside the bool `mask_BT`, whatever the inputs are there.

    Source: DeepSeekMath (arXiv:2402.03300), equation 2.

    >>> kl_in_reward(torch.tensor([1.0]), torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -2]]),
    ...              torch.tensor([[True, True]]), beta=0.1)
    tensor([[-0.0500,  1.0000]])
    """
    penalty_BT = -beta * (old_BT.detach() - reference_BT.detach())
    reward_BT = torch.where(mask_BT, penalty_BT, 0)
    last_BT = mask_BT & (mask_BT.flip(1).cumsum(1).flip(1) == 1)
    return torch.where(last_BT, reward_BT + reward_B.to(reward_BT)[:, None], reward_BT)


def gae(
    reward_BT: torch.Tensor,
    value_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    decay: float,
    gamma: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return generalised advantage estimates [B, T] and the critic's targets; 0 outside the mask.

    A_t = sum over l of (gamma x decay)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l}), where `decay` is
    lambda and V is the value of the state in which token t is sampled. V is 0 after a completion's
    last token, even if the completion was truncated. `mask_BT` is bool and the tokens of a
    completion are contiguous; values outside may be anything. Advantages are not whitened.

    Source: Schulman et al. 2015 (arXiv:1506.02438), equation 16; DeepSeekMath, section 4.1.1.
    """
    value_BT = torch.where(mask_BT, value_BT.detach(), 0)
    advantage_BT = torch.zeros_like(value_BT)
    next_advantage_B = next_value_B = torch.zeros_like(value_BT[:, 0])
    for index in reversed(range(mask_BT.shape[1])):
        error_B = reward_BT[:, index] + gamma * next_value_B - value_BT[:, index]
        next_advantage_B = torch.where(
            mask_BT[:, index], error_B + gamma * decay * next_advantage_B, 0
        )
        advantage_BT[:, index], next_value_B = next_advantage_B, value_BT[:, index]
    return advantage_BT, advantage_BT + value_BT
