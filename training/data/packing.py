"""Lay documents into blocks of `context` tokens, none of which sees another. `pack(...)`.

A document of n tokens fills n - 1 places: its last token is predicted, never read. A document that
brings labels of its own fills as many. Positions count from 0 in every piece of a document; a token
may look back as far as position 0 and no further.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.document import Document, Draw, Progress

IGNORED = -100  # label of a place that teaches nothing


@dataclass(frozen=True)
class StreamState:
    """Where a stream of blocks stands: sources as they were, and what was used up since.

    `skip` counts places of the documents that follow ("cut"), or blocks of the window ("fit").
    """

    progress: Progress
    skip: int = 0


@dataclass(frozen=True)
class Block:
    """T places: token read, its label, position in its piece; padding is at the end.

    A label is the token to predict, or what a document says.
    """

    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    positions: NDArray[np.int32]
    used: int  # places before the padding
    origins: tuple[str, ...]
    following: StreamState


@dataclass(frozen=True)
class _Piece:
    """Places of one document that will stand side by side."""

    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    origin: str


def pack(draw: Draw, how: str, context: int, window: int, start: StreamState) -> Iterator[Block]:
    """Yield blocks without end, from `start` on.

    "cut" lays documents end to end and cuts where a block is full: every place is used. "fit" takes
    documents for `window` blocks and puts each, whole if it can be, where it leaves least room:
    then blocks end in padding, which is a label of IGNORED and a position of 0 for each place.
    """
    return _cut(draw, context, start) if how == "cut" else _fit(draw, context, window, start)


def pack_all(documents: Iterable[Document], context: int) -> list[Block]:
    """Return some documents in blocks, best fit, the long ones cut."""
    pieces = [piece for one in documents for piece in _cuts(_piece(one), context)]
    return [_block(some, context, StreamState({})) for some in _best_fit(pieces, context)]


def empty_block(like: Block) -> Block:
    """Return a block of padding."""
    return _block([], len(like.tokens), StreamState({}))


def _cut(draw: Draw, context: int, start: StreamState) -> Iterator[Block]:
    before, skip = start.progress, start.skip
    pieces: list[_Piece] = []
    room = context
    for document in draw(before):
        whole = _piece(document)
        while len(whole.tokens) - skip >= room:
            pieces.append(_slice(whole, skip, skip + room))
            skip += room
            yield _block(pieces, context, StreamState(before, skip))
            pieces, room = [], context
        if skip < len(whole.tokens):
            pieces.append(_slice(whole, skip, len(whole.tokens)))
            room -= len(whole.tokens) - skip
        before, skip = document.progress, 0


def _fit(draw: Draw, context: int, window: int, start: StreamState) -> Iterator[Block]:
    before, skip = start.progress, start.skip
    pieces: list[_Piece] = []
    places = 0
    for document in draw(before):
        whole = _piece(document)
        pieces += _cuts(whole, context)
        places += len(whole.tokens)
        if places < window * context:
            continue
        bins = _best_fit(pieces, context)
        for number in range(skip, len(bins)):
            done = number + 1 == len(bins)
            after = StreamState(document.progress) if done else StreamState(before, number + 1)
            yield _block(bins[number], context, after)
        before, skip, pieces, places = document.progress, 0, [], 0


def _best_fit(pieces: list[_Piece], context: int) -> list[list[_Piece]]:
    """Put each piece, longest first, into the fullest block with room for it.

    Blocks come in the order of their first piece, so that long documents are not all in front.
    """
    blocks: list[list[int]] = []
    rooms: list[tuple[int, int]] = []  # room that is left and block, ascending
    for index in sorted(range(len(pieces)), key=lambda i: (-len(pieces[i].tokens), i)):
        size = len(pieces[index].tokens)
        tightest = bisect_left(rooms, (size, -1))
        if tightest == len(rooms):
            blocks.append([])
            rooms.append((context, len(blocks) - 1))
        room, block = rooms.pop(tightest)
        blocks[block].append(index)
        insort(rooms, (room - size, block))
    return [[pieces[i] for i in sorted(block)] for block in sorted(blocks, key=min)]


def _piece(document: Document) -> _Piece:
    labels = document.tokens[1:].copy() if document.labels is None else document.labels
    if document.labels is None:
        labels[: document.learn_from - 1] = IGNORED
    return _Piece(document.tokens[:-1], labels, document.origin)


def _cuts(piece: _Piece, context: int) -> list[_Piece]:
    return [_slice(piece, cut, cut + context) for cut in range(0, len(piece.tokens), context)]


def _slice(piece: _Piece, start: int, stop: int) -> _Piece:
    return _Piece(piece.tokens[start:stop], piece.labels[start:stop], piece.origin)


def _block(pieces: list[_Piece], context: int, following: StreamState) -> Block:
    tokens, positions = np.zeros(context, np.int32), np.zeros(context, np.int32)
    labels = np.full(context, IGNORED, np.int32)
    used = 0
    for piece in pieces:
        end = used + len(piece.tokens)
        tokens[used:end], labels[used:end] = piece.tokens, piece.labels
        positions[used:end] = np.arange(end - used)
        used = end
    return Block(tokens, labels, positions, used, tuple(p.origin for p in pieces), following)
