"""How well a model foretells text it has not read. `read_held_out(...)`, `bits_per_byte(...)`."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np
import torch

from schemas.errors import InputError
from training.data.document import Document
from training.data.find_files import find_files
from training.data.packing import Block, empty_block, pack_all
from training.data.read_texts import open_parquet
from training.data.tokenizer import Vocabulary
from training.models.losses import DocumentLoss
from training.run.distributed import World
from training.trainer.to_device import to_device


@dataclass(frozen=True)
class HeldOut:
    """Texts in blocks, and the UTF-8 bytes that they are."""

    blocks: list[Block]
    size: int


def read_held_out(
    files: str, column: str, vocabulary: Vocabulary, context: int, tokens: int
) -> HeldOut:
    """Read texts in their order, whole ones, at least one and up to so many tokens.

    A text longer than a block is cut, and its later pieces are foretold without the earlier.
    """
    documents: list[Document] = []
    total = size = 0
    for text in _texts(files, column):
        document = vocabulary.document(vocabulary.encode([text])[0])
        if documents and total + len(document) > tokens:
            break
        documents.append(Document(document, files, {}))
        total, size = total + len(document), size + len(text.encode())
    if not size:
        raise InputError(f"no text in column {column!r} of {files!r}")
    return HeldOut(pack_all(documents, context), size)


def bits_per_byte(
    loss: DocumentLoss, held_out: HeldOut, world: World, blocks: int, precision: str
) -> float:
    """Return -log2 p of the texts and their ends, a byte; every process of a run must call it."""
    mine = held_out.blocks[world.rank :: world.size]
    count = -(-len(held_out.blocks) // world.size)
    mine = mine + [empty_block(held_out.blocks[0])] * (count - len(mine))
    was_training = loss.training
    loss.eval()
    nats = torch.zeros((), dtype=torch.float64, device=world.device)
    with torch.no_grad(), world.arithmetic(precision):
        for first in range(0, len(mine), blocks):
            some = mine[first : first + blocks]
            arrays = (np.stack([getattr(one, name) for one in some]) for name in _PARTS)
            nats += loss(*to_device(arrays, loss.model, world.device))
    loss.train(was_training)
    return world.sum(nats) / log(2) / held_out.size


_PARTS = ("tokens", "labels", "positions")


def _texts(files: str, column: str) -> Iterator[str]:
    for path in find_files(files, [".parquet"]):
        with open_parquet(path, column) as file:
            for rows in file.iter_batches(256, columns=[column]):
                yield from (text for text in rows.column(0).to_pylist() if text)
