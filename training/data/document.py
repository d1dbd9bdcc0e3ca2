"""What flows from readers to packing: documents in tokens, and how far their sources were read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Of each source, by name: epoch, mix and row of `read_texts.Position`, and the tokens it gave.
Progress = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Document:
    """Tokens with their marks for beginning and end, and where they came from."""

    tokens: NDArray[np.int32]
    origin: str  # file and row, for whoever must look at it
    progress: Progress  # after this document
    learn_from: int = 1  # first token that is to be predicted; those before it are given
    labels: NDArray[np.int32] | None = None  # of all tokens but the last; None: the token after


Draw = Callable[[Progress], Iterator[Document]]  # documents without end, from there on
