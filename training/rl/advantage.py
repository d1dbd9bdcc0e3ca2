"""Advantages of outputs over the others to the same question: by outcome, by step, by rejection.

A group whose rewards are all the same teaches nothing: its advantages are 0 exactly, and it is
reported, so that it can be counted.
"""

from collections.abc import Sequence

import torch

_FLOOR = 1e-4  # added to the standard deviation; the paper names none, this is TRL's
_RIGHT = 0.5  # a reward for the answer at or above this is that of a right one


def outcome_advantages(
    reward_PG: torch.Tensor, scale: str = "std"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the advantages [P, G] of G outputs to each of P questions, and bool[P]: all the same.

    Rewards minus the group's mean, over its unbiased standard deviation + 1e-4; with scale "none"
    over nothing (Dr. GRPO). A group of one output is all the same. Raises ValueError at a reward
    that is not finite.

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
        advantage_PG = advantage_PG / (reward_PG.std(1, keepdim=True) + _FLOOR)
    return torch.where(flat_P[:, None], 0, advantage_PG), flat_P


def process_advantages(
    steps: Sequence[Sequence[tuple[int, float]]], lengths: Sequence[int], scale: str = "std"
) -> tuple[list[torch.Tensor], bool]:
    """Return float64[|o|] of every output to one question, and whether all rewards are the same.

    `steps` has (place of the last token, reward) of every step of an output, in any order. The
    rewards of all steps of all outputs are normalised together, as outcomes are; the advantage of a
    token is the sum of those of its output that end at its place or after. A group with no step or
    one is all the same. Raises ValueError at a place outside of its output, or a reward that is not
    finite.

    Source: DeepSeekMath (arXiv:2402.03300), section 4.1.3.

    >>> process_advantages([[(0, 1.0), (2, 0.0)], [(1, 2.0)]], [3, 2], "none")
    ([tensor([-1., -1., -1.], dtype=torch.float64), tensor([1., 1.], dtype=torch.float64)], False)
    """
    for ends, length in zip(steps, lengths, strict=True):
        if wrong := [end for end, _ in ends if not 0 <= end < length]:
            raise ValueError(f"a step ends at {wrong[0]}, outside of an output of {length} tokens")
    rewards = torch.tensor([reward for ends in steps for _, reward in ends], dtype=torch.float64)
    if not len(rewards):
        return [torch.zeros(length, dtype=torch.float64) for length in lengths], True
    normalised, flat = outcome_advantages(rewards[None], scale)
    pieces = normalised[0].split([len(ends) for ends in steps])
    return [_from_ends(*one) for one in zip(steps, pieces, lengths, strict=True)], bool(flat)


def accepted(answer_reward: torch.Tensor) -> torch.Tensor:
    """Return 1 where the reward for the answer, of any shape, is at least .5, and 0 elsewhere.

    It is the advantage of rejection sampling, online and not (section 5.2.1: GC is 1 if the answer
    is right). Rewards for format or by a model do not count.
    """
    return (answer_reward >= _RIGHT).to(answer_reward.dtype)


def _from_ends(
    ends: Sequence[tuple[int, float]], reward: torch.Tensor, length: int
) -> torch.Tensor:
    at_end = torch.zeros(length, dtype=torch.float64)
    places = torch.tensor([end for end, _ in ends], dtype=torch.int64)
    at_end.index_add_(0, places, reward)  # two steps may end at one place: both count
    return at_end.flip(0).cumsum(0).flip(0)


def gae(
    reward_BT: torch.Tensor,
    value_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    decay: float,
    gamma: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the advantages [B, T] and the returns, which the critic is to learn; 0 outside.

    A_t = sum over l of (gamma x decay)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l}), where `decay` is
    lambda and V is the value of the state in which token t is chosen. After an output's last token
    V is 0, also if it was cut. `mask_BT` is bool; an output's tokens lie side by side, and what is
    outside may be anything. Nothing is whitened.

    Source: Schulman et al. 2015 (arXiv:1506.02438), equation 16; DeepSeekMath, section 4.1.1.
    """
    value_BT = torch.where(mask_BT, value_BT.detach(), 0)
    advantage_BT = torch.zeros_like(value_BT)
    after_B = following_B = torch.zeros_like(value_BT[:, 0])
    for place in reversed(range(mask_BT.shape[1])):
        error_B = reward_BT[:, place] + gamma * following_B - value_BT[:, place]
        after_B = torch.where(mask_BT[:, place], error_B + gamma * decay * after_B, 0)
        advantage_BT[:, place], following_B = after_B, value_BT[:, place]
    return advantage_BT, advantage_BT + value_BT
