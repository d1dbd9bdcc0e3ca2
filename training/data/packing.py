"""Pack documents into blocks of `context` tokens, with no attention between documents.

A document of n tokens fills n - 1 positions: its last token is only a label, never an input. A
document with explicit labels fills as many. `positions` restart at 0 in every piece of a document;
a token attends to the positions of its piece up to its own.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.settings.pretrain import Packing

IGNORED = -100  # label of a position that has no loss

# By source name: epoch, mix and row of `read_texts.Position`, and the tokens drawn so far.
SourceProgress = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Document:
    """Tokens, BOS and EOS included, and where they came from."""

    tokens: NDArray[np.int32]
    origin: str  # file and row, to look it up
    progress: SourceProgress  # after this document
    learn_from: int = 1  # index of the first token with a loss; those before are the prompt
    labels: NDArray[np.int32] | None = None  # of all tokens but the last; None: the next token


Draw = Callable[[SourceProgress], Iterator[Document]]  # an endless stream that resumes there


@dataclass(frozen=True)
class StreamState:
    """Position in a stream of blocks: the sources' progress, and what was used after it.

    `skip` counts the used positions of the next document ("cut") or the used blocks of the next
    window ("fit").
    """

    progress: SourceProgress
    skip: int = 0


@dataclass(frozen=True)
class TokenBlock:
    """T positions, padding at the end: int32[T] tokens, labels, and positions within a piece.

    A label is the next token, or the document's explicit label.
    """

    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    positions: NDArray[np.int32]
    used: int  # positions before the padding
    origins: tuple[str, ...]
    following: StreamState


@dataclass(frozen=True)
class _Piece:
    """Consecutive positions of one document that go into one block."""

    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    origin: str


def pack(
    draw: Draw, packing: Packing, context: int, window: int, start: StreamState
) -> Iterator[TokenBlock]:
    """Yield blocks endlessly, from `start` on.

    "cut" concatenates documents and cuts them where a block is full: no padding. "fit" takes the
    documents of `window` blocks and packs them best fit, longest first, cutting only those longer
    than a block; blocks then end in padding, with label IGNORED and position 0.
    """
    if packing == "cut":
        return _cut(draw, context, start)
    return _fit(draw, context, window, start)


def pack_all(documents: Iterable[Document], context: int) -> list[TokenBlock]:
    """Pack a finite number of documents, best fit; those longer than a block are cut."""
    pieces = [piece for document in documents for piece in _cuts(_piece(document), context)]
    return [_block(members, context, StreamState({})) for members in _best_fit(pieces, context)]


def empty_block(like: TokenBlock) -> TokenBlock:
    """Return a block of padding of the same length."""
    return _block([], len(like.tokens), StreamState({}))


def _cut(draw: Draw, context: int, start: StreamState) -> Iterator[TokenBlock]:
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


def _fit(draw: Draw, context: int, window: int, start: StreamState) -> Iterator[TokenBlock]:
    before, skip = start.progress, start.skip
    pieces: list[_Piece] = []
    size = 0
    for document in draw(before):
        whole = _piece(document)
        pieces += _cuts(whole, context)
        size += len(whole.tokens)
        if size < window * context:
            continue
        bins = _best_fit(pieces, context)
        for index in range(skip, len(bins)):
            is_last = index + 1 == len(bins)
            after = StreamState(document.progress) if is_last else StreamState(before, index + 1)
            yield _block(bins[index], context, after)
        before, skip, pieces, size = document.progress, 0, [], 0


def _best_fit(pieces: list[_Piece], context: int) -> list[list[_Piece]]:
    """Put each piece, longest first, into the fullest bin with room for it.

    Bins are in the order of their first piece, so that long documents do not all come first.
    """
    bins: list[list[int]] = []
    rooms: list[tuple[int, int]] = []  # room left and index of the bin, ascending
    for index in sorted(range(len(pieces)), key=lambda i: (-len(pieces[i].tokens), i)):
        size = len(pieces[index].tokens)
        tightest = bisect_left(rooms, (size, -1))
        if tightest == len(rooms):
            bins.append([])
            rooms.append((context, len(bins) - 1))
        room, bin_index = rooms.pop(tightest)
        bins[bin_index].append(index)
        insort(rooms, (room - size, bin_index))
    return [[pieces[i] for i in sorted(members)] for members in sorted(bins, key=min)]


def _piece(document: Document) -> _Piece:
    labels = document.tokens[1:].copy() if document.labels is None else document.labels
    if document.labels is None:
        labels[: document.learn_from - 1] = IGNORED
    return _Piece(document.tokens[:-1], labels, document.origin)


def _cuts(piece: _Piece, context: int) -> list[_Piece]:
    return [_slice(piece, cut, cut + context) for cut in range(0, len(piece.tokens), context)]


def _slice(piece: _Piece, start: int, stop: int) -> _Piece:
    return _Piece(piece.tokens[start:stop], piece.labels[start:stop], piece.origin)


def _block(pieces: list[_Piece], context: int, following: StreamState) -> TokenBlock:
    tokens, positions = np.zeros(context, np.int32), np.zeros(context, np.int32)
    labels = np.full(context, IGNORED, np.int32)
    used = 0
    for piece in pieces:
        end = used + len(piece.tokens)
        tokens[used:end], labels[used:end] = piece.tokens, piece.labels
        positions[used:end] = np.arange(end - used)
        used = end
    origins = tuple(piece.origin for piece in pieces)
    return TokenBlock(tokens, labels, positions, used, origins, following)
