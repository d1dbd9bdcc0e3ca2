"""Held-out loss in bits per byte, next to the entropy of the bytes themselves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log, log2

import numpy as np
import torch

from schemas.errors import InputError
from training.data.packing import Document, TokenBlock, empty_block, pack_all
from training.data.read_texts import find_files, open_parquet
from training.data.tokenizer import Vocabulary
from training.models.losses import DocumentLoss
from training.models.packed_attention import to_device
from training.run.distributed import World
from training.settings.pretrain import Precision

_FIELDS = ("tokens", "labels", "positions")  # of a block, as `DocumentLoss` takes them


@dataclass(frozen=True)
class HeldOut:
    """Texts packed into blocks, their size in UTF-8 bytes, and the entropy of those bytes.

    `byte_entropy` is in bits per byte: the loss of a model that knows how frequent each byte of
    these texts is, and nothing else.
    """

    blocks: list[TokenBlock]
    size: int
    byte_entropy: float


def read_held_out(
    files: str, column: str, vocabulary: Vocabulary, context: int, tokens: int
) -> HeldOut:
    """Read whole texts in file order: at least one, and at most `tokens` tokens.

    A text longer than a block is cut, and later pieces are predicted without the earlier ones as
    context. Raises InputError if there is no text.
    """
    documents: list[Document] = []
    frequencies: Counter[int] = Counter()
    total = 0
    for text in _texts(files, column):
        document = vocabulary.document(vocabulary.encode([text])[0])
        if documents and total + len(document) > tokens:
            break
        documents.append(Document(document, files, {}))
        total += len(document)
        frequencies.update(text.encode())
    if not documents:
        raise InputError(f"no text in column {column!r} of {files!r}")
    size = frequencies.total()
    shares = [count / size for count in frequencies.values()]
    entropy = -sum(share * log2(share) for share in shares)
    return HeldOut(pack_all(documents, context), size, entropy)


def bits_per_byte(
    loss: DocumentLoss, held_out: HeldOut, world: World, blocks: int, precision: Precision
) -> float:
    """Return -log2 p of the texts and their EOS, per byte; every process must call it."""
    mine = held_out.blocks[world.rank :: world.size]
    count = -(-len(held_out.blocks) // world.size)
    mine = mine + [empty_block(held_out.blocks[0])] * (count - len(mine))
    was_training = loss.training
    loss.eval()
    nats = torch.zeros((), dtype=torch.float64, device=world.device)
    with torch.no_grad(), world.autocast(precision):
        for first in range(0, len(mine), blocks):
            rows = mine[first : first + blocks]
            arrays = (np.stack([getattr(block, name) for block in rows]) for name in _FIELDS)
            nats += loss(*to_device(arrays, loss.model, world.device))
    loss.train(was_training)
    return world.sum(nats) / log(2) / held_out.size


def untrained_warning(loss: float, byte_entropy: float) -> str | None:
    """Return a warning if the final held-out loss is not below the entropy of the bytes."""
    if loss < byte_entropy:
        return None
    return (
        f"warning: the held-out loss, {loss:.4f} bits per byte, is not below {byte_entropy:.4f}, "
        "the entropy of the bytes: the model has learned letter frequencies at most. Look at "
        "documents and epoch in log.jsonl; train on more tokens, or change optimizer.peak"
    )


def _texts(files: str, column: str) -> Iterator[str]:
    for path in find_files(files, [".parquet"]):
        with open_parquet(path, column) as file:
            for rows in file.iter_batches(256, columns=[column]):
                yield from (text for text in rows.column(0).to_pylist() if text)
