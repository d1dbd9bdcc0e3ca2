"""Pack prompts with completions into microbatches of rows. `pack_microbatches(...)`."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.errors import SettingsError
from training.generation.types import Completion


@dataclass(frozen=True)
class Microbatch:
    """Rows of one forward pass, int32[R, C], and the K positions that predict sampled tokens.

    Several sequences may share a row; position ids restart at 0 with each, and none attends to
    another. `members` are the indices of the completions in the order of the K labels, in which
    the tokens of a completion are contiguous.
    """

    tokens_RC: NDArray[np.int32]
    positions_RC: NDArray[np.int32]
    indices_K: NDArray[np.int32]  # into the R x C positions
    labels_K: NDArray[np.int32]
    members: tuple[int, ...]


def pack_microbatches(
    completions: Sequence[Completion], tokens: int, unit: int = 1
) -> list[Microbatch]:
    """Pack prompts and completions into microbatches of at most `tokens` tokens, padding included.

    `unit` consecutive completions stay in one microbatch (the pairs of DPO). A row is as wide as
    the longest sequence; each sequence goes into the row with the least room that still fits it
    (best fit). The packing depends on the completions alone, so that packing the same completions
    again gives the same sums. Raises SettingsError if a unit needs more than `tokens` tokens.
    """
    # The last token is never an input.
    sizes = [len(completion.prompt) + len(completion.tokens) - 1 for completion in completions]
    width = max(sizes)
    if width * unit > tokens:
        raise SettingsError(
            f"a completion with its prompt takes {width} tokens and {unit} must go together: set "
            f"updates.tokens to {width * unit} or more, not {tokens}"
        )
    microbatches, rows = [], _RowPacker(width, tokens // width)
    for first in range(0, len(completions), unit):
        members = [(index, sizes[index]) for index in range(first, first + unit)]
        if not rows.add(members):
            microbatches.append(_microbatch(completions, rows))
            rows = _RowPacker(width, tokens // width)
            rows.add(members)
    return [*microbatches, _microbatch(completions, rows)]


class _RowPacker:
    """Rows that are being filled: the sequences in each, and the room that is left."""

    def __init__(self, width: int, max_rows: int) -> None:
        self.width, self.max_rows = width, max_rows
        self.rows: list[list[int]] = []
        self.rooms: list[tuple[int, int]] = []  # (room, row), ascending

    def add(self, members: Sequence[tuple[int, int]]) -> bool:
        """Add sequences (index, size): all of them, or none and return False if they do not fit."""
        rows, rooms = [list(row) for row in self.rows], list(self.rooms)
        for index, size in members:
            tightest = bisect_left(rooms, (size, -1))
            if tightest == len(rooms):
                if len(rows) == self.max_rows:
                    return False
                rows.append([])
                rooms.append((self.width, len(rows) - 1))
            room, row = rooms.pop(tightest)
            rows[row].append(index)
            insort(rooms, (room - size, row))
        self.rows, self.rooms = rows, rooms
        return True


def _microbatch(completions: Sequence[Completion], filled: _RowPacker) -> Microbatch:
    shape = (len(filled.rows), filled.width)
    tokens, positions = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    indices, labels, members = [], [], []
    for row, row_members in enumerate(filled.rows):
        start = 0
        for member in row_members:
            completion = completions[member]
            inputs = (*completion.prompt, *completion.tokens[:-1])
            end = start + len(inputs)
            tokens[row, start:end], positions[row, start:end] = inputs, np.arange(len(inputs))
            first = row * filled.width + start + len(completion.prompt) - 1
            indices.append(np.arange(first, first + len(completion.tokens), dtype=np.int32))
            labels.append(np.array(completion.tokens, np.int32))
            members.append(member)
            start = end
    return Microbatch(
        tokens, positions, np.concatenate(indices), np.concatenate(labels), tuple(members)
    )
