"""Questions with answers for supervised fine-tuning, shuffled without end. `read_examples(...)`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from schemas.benchmarks import SUFFIXES, read_benchmark
from schemas.errors import InputError
from training.data.document import Document, Progress
from training.data.find_files import find_files
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Examples

_NAME = "examples"


def read_examples(
    examples: Examples, vocabulary: Vocabulary, context: int, seed: int, progress: Progress
) -> Iterator[Document]:
    """Yield prompt, answer and end of text as one document; only answer and end are learnt.

    Prompt and answer are tokenised apart, as they are when the model is asked. Examples that do not
    fit into `context` tokens are left out, for an answer that is cut never ends. Raises InputError
    if there is no example with an answer that fits.
    """
    documents = _load(examples, vocabulary, context)
    epoch, _, row, given = progress.get(_NAME, (0, 0, 0, 0))
    while True:
        order = np.random.RandomState([seed, epoch]).permutation(len(documents))
        for place in range(row, len(order)):
            one = documents[order[place]]
            given += len(one.tokens)
            after = {_NAME: (epoch, 0, place + 1, given)}
            yield Document(one.tokens, one.origin, after, one.learn_from)
        epoch, row = epoch + 1, 0


def _load(examples: Examples, vocabulary: Vocabulary, context: int) -> list[Document]:
    documents = []
    for path in find_files(examples.files, SUFFIXES):
        with Path(path).open("rb") as file:
            items = [one for one in read_benchmark(path, file) if one.question and one.solution]
        prompts = vocabulary.encode([examples.prompt.format(question=i.question) for i in items])
        answers = vocabulary.encode([item.solution for item in items])
        for item, prompt, answer in zip(items, prompts, answers, strict=True):
            tokens = vocabulary.document(np.concatenate([prompt, answer]))
            if len(tokens) <= context + 1:
                learn_from = len(tokens) - len(answer) - 1
                documents.append(Document(tokens, f"{path}:{item.row}", {}, learn_from))
    if not documents:
        raise InputError(f"no question with an answer of {context} tokens in {examples.files!r}")
    return documents
