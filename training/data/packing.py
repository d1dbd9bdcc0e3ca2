"""Pack documents into blocks of `context` tokens, with no attention between documents.

The blocks of a window are shuffled: a long document fills many consecutive blocks, which would
otherwise all be in the same batch (decision 0015).

A document of n tokens fills n - 1 positions: its last token is only a label, never an input. A
document with explicit labels fills as many. `positions` restart at 0 in every piece of a document;
a token attends to the positions of its piece up to its own.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training.data.read_texts import shuffled
from training.settings.pretrain import Batch

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
    source: str = ""  # "": not counted in `TokenBlock.shares`
    epoch_share: float = 0.0  # of an epoch of its source: 1 / documents of the source


Draw = Callable[[SourceProgress], Iterator[Document]]  # an endless stream that resumes there


@dataclass(frozen=True)
class StreamState:
    """Position in a stream of blocks: where a window begins, and how many of its blocks were used.

    Its text is not stored: on resume the window is read and shuffled again.
    """

    progress: SourceProgress  # of the sources, at the beginning of the window
    skip: int = 0  # positions of the next document there that belong to the window before ("cut")
    window: int = 0  # index of the window
    used: int = 0  # blocks of the window that were used, in shuffled order


@dataclass(frozen=True)
class Share:
    """The part of a source that is in a block: positions, and the fraction of an epoch."""

    tokens: int = 0
    epochs: float = 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.tokens + other.tokens, self.epochs + other.epochs)


Shares = Mapping[str, Share]  # by source name


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
    shares: Shares = field(default_factory=dict)


@dataclass(frozen=True)
class _Piece:
    """Consecutive positions of one document that go into one block."""

    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    origin: str
    source: str
    epochs: float  # the fraction of an epoch of its source


@dataclass(frozen=True)
class _Window:
    """The pieces of each block of a window in the order of the documents, and where it ends."""

    blocks: list[list[_Piece]]
    progress: SourceProgress
    skip: int = 0  # used positions of the next document


def pack(draw: Draw, batch: Batch, start: StreamState) -> Iterator[TokenBlock]:
    """Yield blocks endlessly, from `start` on, those of each window of `batch.window` shuffled.

    "cut" concatenates documents and cuts them where a block is full: no padding. "fit" takes the
    documents of `window` blocks and packs them best fit, longest first, cutting only those longer
    than a block; blocks then end in padding, with label IGNORED and position 0. The order depends
    on `batch.seed` and the index of the window alone.
    """
    windows = (_cut if batch.packing == "cut" else _fit)(draw, batch, start)
    state = start
    for window in windows:
        order = shuffled(len(window.blocks), f"{batch.seed}/window/{state.window}")
        for index in range(state.used, len(order)):
            state = replace(state, used=index + 1)
            if state.used == len(order):
                state = StreamState(window.progress, window.skip, state.window + 1)
            yield _block(window.blocks[order[index]], batch.context, state)


def pack_all(documents: Iterable[Document], context: int) -> list[TokenBlock]:
    """Pack a finite number of documents, best fit; those longer than a block are cut."""
    pieces = [piece for document in documents for piece in _cuts(_piece(document), context)]
    return [_block(members, context, StreamState({})) for members in _best_fit(pieces, context)]


def empty_block(like: TokenBlock) -> TokenBlock:
    """Return a block of padding of the same length."""
    return _block([], len(like.tokens), StreamState({}))


def sum_shares(all_shares: Iterable[Shares]) -> dict[str, Share]:
    """Return the sum of the shares of every source."""
    total: dict[str, Share] = {}
    for shares in all_shares:
        for name, share in shares.items():
            total[name] = total.get(name, Share()) + share
    return total


def _cut(draw: Draw, batch: Batch, start: StreamState) -> Iterator[_Window]:
    before, skip = start.progress, start.skip
    blocks: list[list[_Piece]] = []
    pieces: list[_Piece] = []
    room = batch.context
    for document in draw(before):
        whole = _piece(document)
        while len(whole.tokens) - skip >= room:
            pieces.append(_slice(whole, skip, skip + room))
            skip += room
            blocks.append(pieces)
            pieces, room = [], batch.context
            if len(blocks) == batch.window:
                yield _Window(blocks, before, skip)
                blocks = []
        if skip < len(whole.tokens):
            pieces.append(_slice(whole, skip, len(whole.tokens)))
            room -= len(whole.tokens) - skip
        before, skip = document.progress, 0


def _fit(draw: Draw, batch: Batch, start: StreamState) -> Iterator[_Window]:
    pieces: list[_Piece] = []
    size = 0
    for document in draw(start.progress):
        whole = _piece(document)
        pieces += _cuts(whole, batch.context)
        size += len(whole.tokens)
        if size >= batch.window * batch.context:
            yield _Window(_best_fit(pieces, batch.context), document.progress)
            pieces, size = [], 0


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
    return _Piece(
        document.tokens[:-1], labels, document.origin, document.source, document.epoch_share
    )


def _cuts(piece: _Piece, context: int) -> list[_Piece]:
    return [_slice(piece, cut, cut + context) for cut in range(0, len(piece.tokens), context)]


def _slice(piece: _Piece, start: int, stop: int) -> _Piece:
    tokens = piece.tokens[start:stop]
    epochs = piece.epochs * len(tokens) / len(piece.tokens)
    return _Piece(tokens, piece.labels[start:stop], piece.origin, piece.source, epochs)


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
    shares = sum_shares(
        {piece.source: Share(len(piece.tokens), piece.epochs)} for piece in pieces if piece.source
    )
    return TokenBlock(tokens, labels, positions, used, origins, following, shares)
