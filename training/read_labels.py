"""Labelled outputs as documents for training, shuffled without end. `read_labels(...)`."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from training.document import Document, Progress
from training.labelled import Labelled
from training.packing import IGNORED


def read_labels(
    labelled: Mapping[str, Sequence[Labelled]],
    rollouts: int,
    context: int,
    replay_share: float,
    seed: int,
    progress: Progress,
) -> Iterator[Document]:
    """Yield outputs with their prompts; labels are k of `rollouts` at the ends of their steps.

    `labelled` are "labels" and, if there are any, those of "replay", of which `replay_share` of the
    documents come. With `rollouts` of 1 a label is 1 where any completion was right. What does not
    fit into `context` tokens is left out: no score is of a part. Raises ValueError if nothing fits
    or labels are of another number of rollouts.
    """
    documents = {name: _fitting(outputs, rollouts, context) for name, outputs in labelled.items()}
    at = {name: tuple(progress.get(name, (0, 0, 0, 0))) for name in documents}
    streams = {
        name: _shuffled(name, some, [seed, place], at[name])
        for place, (name, some) in enumerate(documents.items())
    }
    while True:
        drawn = {name: at[name][0] * len(some) + at[name][2] for name, some in documents.items()}
        behind = replay_share * (sum(drawn.values()) + 1) > drawn.get("replay", np.inf)
        name = "replay" if behind else "labels"
        document, at[name] = next(streams[name])
        yield Document(document.tokens, document.origin, dict(at), labels=document.labels)


def _fitting(outputs: Sequence[Labelled], rollouts: int, context: int) -> list[Document]:
    """Return those that fit into a block, as documents; ValueError if there is none."""
    other = [one for one in outputs if rollouts > 1 and one.rollouts != rollouts]
    if other:
        raise ValueError(
            f"labels of {other[0].name} are of {other[0].rollouts} rollouts, those to be learnt of "
            f"{rollouts}: set labels.rollouts to {other[0].rollouts}, or labels.target to hard"
        )
    size = [len(one.prompt) + len(one.tokens) for one in outputs]
    some = [_document(one, rollouts) for one, n in zip(outputs, size, strict=True) if n <= context]
    if not some:
        raise ValueError(f"no labelled output fits into batch.context ({context} tokens)")
    return some


def _document(one: Labelled, rollouts: int) -> Document:
    """Return prompt and output, all of which is read, and one token more, which never is."""
    tokens = np.array([*one.prompt, *one.tokens, 0], np.int32)
    labels = np.full(len(tokens) - 1, IGNORED, np.int32)
    counts = one.counts if rollouts > 1 else [int(count > 0) for count in one.counts]
    labels[len(one.prompt) + np.array(one.ends)] = counts
    return Document(tokens, one.name, {}, labels=labels)


def _shuffled(
    name: str, documents: Sequence[Document], seed: Sequence[int], start: Sequence[int]
) -> Iterator[tuple[Document, tuple[int, int, int, int]]]:
    epoch, _, row, given = start
    while True:
        order = np.random.RandomState([*seed, epoch]).permutation(len(documents))
        for place in range(row, len(order)):
            one = documents[order[place]]
            given += len(one.tokens) - 1
            yield one, (epoch, 0, place + 1, given)
        epoch, row = epoch + 1, 0
