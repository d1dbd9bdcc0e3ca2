"""Experiences to forward passes of packed rows, none of which sees another. `lay_out(...)`."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.generation.types import Completion


@dataclass(frozen=True)
class Pass:
    """Rows for one forward pass: int32[R, C], and the K places whose labels are sampled tokens.

    `members` are the outputs in the order in which the K places have them, T of each together.
    """

    tokens_RC: NDArray[np.int32]
    positions_RC: NDArray[np.int32]
    places_K: NDArray[np.int32]
    labels_K: NDArray[np.int32]
    members: tuple[int, ...]


def lay_out(completions: Sequence[Completion], tokens: int, unit: int = 1) -> list[Pass]:
    """Lay prompts with their outputs into passes of at most `tokens` places, padding included.

    `unit` outputs that follow each other stay in one pass (pairs of DPO). A row is as wide as the
    longest of all; the tightest row with room takes the next. What a pass holds depends on the
    outputs alone, so the sums are the same whenever they are made again. Raises ValueError if a
    unit needs more than `tokens` places.
    """
    sizes = [len(one.prompt) + len(one.tokens) - 1 for one in completions]  # the last is not read
    width = max(sizes)
    if width * unit > tokens:
        raise ValueError(
            f"an output with its prompt takes {width} places and {unit} must go together: set "
            f"updates.tokens to {width * unit} or more, not {tokens}"
        )
    passes, filling = [], _Rows(width, tokens // width)
    for first in range(0, len(completions), unit):
        chosen = range(first, first + unit)
        if not filling.take([(one, sizes[one]) for one in chosen]):
            passes.append(_pass(completions, filling))
            filling = _Rows(width, tokens // width)
            filling.take([(one, sizes[one]) for one in chosen])
    return [*passes, _pass(completions, filling)]


class _Rows:
    """Rows that are being filled: what each holds, and what room is left."""

    def __init__(self, width: int, most: int) -> None:
        self.width, self.most = width, most
        self.rows: list[list[int]] = []
        self.rooms: list[tuple[int, int]] = []  # (room, row), ascending

    def take(self, outputs: list[tuple[int, int]]) -> bool:
        """Put outputs (number, size) into rows: all of them, or none if they do not fit."""
        rows, rooms = [list(row) for row in self.rows], list(self.rooms)
        for number, size in outputs:
            tightest = bisect_left(rooms, (size, -1))
            if tightest == len(rooms):
                if len(rows) == self.most:
                    return False
                rows.append([])
                rooms.append((self.width, len(rows) - 1))
            room, row = rooms.pop(tightest)
            rows[row].append(number)
            insort(rooms, (room - size, row))
        self.rows, self.rooms = rows, rooms
        return True


def _pass(completions: Sequence[Completion], filling: _Rows) -> Pass:
    shape = (len(filling.rows), filling.width)
    tokens, positions = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    places, labels, members = [], [], []
    for row, numbers in enumerate(filling.rows):
        start = 0
        for number in numbers:
            one = completions[number]
            read = (*one.prompt, *one.tokens[:-1])
            end = start + len(read)
            tokens[row, start:end], positions[row, start:end] = read, np.arange(len(read))
            first = row * filling.width + start + len(one.prompt) - 1
            places.append(np.arange(first, first + len(one.tokens), dtype=np.int32))
            labels.append(np.array(one.tokens, np.int32))
            members.append(number)
            start = end
    return Pass(tokens, positions, np.concatenate(places), np.concatenate(labels), tuple(members))
