"""Stream questions with worked answers for supervised fine-tuning, shuffled, endlessly."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from schemas.benchmarks import SUFFIXES, read_benchmark
from schemas.errors import InputError
from training.data.packing import Document, SourceProgress
from training.data.read_texts import find_files
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Examples

_NAME = "examples"  # key of the only source in `SourceProgress`


def read_examples(
    examples: Examples, vocabulary: Vocabulary, context: int, seed: int, progress: SourceProgress
) -> Iterator[Document]:
    """Yield prompt, answer and EOS as one document, with the loss on the answer and EOS only.

    Prompt and answer are tokenized separately, as at inference. Examples that do not fit into
    `context` tokens are left out, since an answer that is cut never reaches EOS. Raises InputError
    if no example with an answer fits.
    """
    documents = _load(examples, vocabulary, context)
    epoch, _, row, tokens = progress.get(_NAME, (0, 0, 0, 0))
    while True:
        order = np.random.RandomState([seed, epoch]).permutation(len(documents))
        for index in range(row, len(order)):
            document = documents[order[index]]
            tokens += len(document.tokens)
            after = {_NAME: (epoch, 0, index + 1, tokens)}
            yield Document(document.tokens, document.origin, after, document.learn_from)
        epoch, row = epoch + 1, 0


def _load(examples: Examples, vocabulary: Vocabulary, context: int) -> list[Document]:
    documents = []
    for path in find_files(examples.files, SUFFIXES):
        with Path(path).open("rb") as file:
            items = [item for item in read_benchmark(path, file) if item.question and item.solution]
        prompts = vocabulary.encode(
            [examples.prompt.format(question=item.question) for item in items]
        )
        answers = vocabulary.encode([item.solution for item in items])
        for item, prompt, answer in zip(items, prompts, answers, strict=True):
            tokens = vocabulary.document(np.concatenate([prompt, answer]))
            if len(tokens) <= context + 1:
                learn_from = len(tokens) - len(answer) - 1
                documents.append(Document(tokens, f"{path}:{item.row}", {}, learn_from))
    if not documents:
        raise InputError(
            f"no question in {examples.files!r} fits with its answer into {context} tokens"
        )
    return documents
