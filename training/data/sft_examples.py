"""Load questions with worked answers for supervised fine-tuning, and stream them shuffled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from schemas.benchmark_rows import SUFFIXES
from schemas.benchmarks import read_benchmark
from schemas.errors import InputError
from training.data.packing import Document, SourceProgress
from training.data.read_texts import find_files
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Examples

_NAME = "examples"  # key of the only source in `SourceProgress`


@dataclass(frozen=True)
class LoadedExamples:
    """The examples that fit into a block, and how many do not or have no question or answer."""

    documents: Sequence[Document]
    too_long: int
    incomplete: int

    @property
    def counts(self) -> dict[str, int]:
        """The number of examples that are used and of those that are left out, by reason."""
        return {
            "used": len(self.documents),
            "too long": self.too_long,
            "without question or answer": self.incomplete,
        }


def load_examples(examples: Examples, vocabulary: Vocabulary, context: int) -> LoadedExamples:
    """Tokenize prompt, answer and EOS as one document, with the loss on the answer and EOS only.

    Prompt and answer are tokenized separately, as at inference. Examples that do not fit into
    `context` tokens are left out, since an answer that is cut never reaches EOS. Raises InputError
    if more than half of all examples are left out.
    """
    documents, incomplete = _read(examples, vocabulary)
    fitting = [document for document in documents if len(document.tokens) <= context + 1]
    loaded = LoadedExamples(fitting, len(documents) - len(fitting), incomplete)
    if not fitting or 2 * len(fitting) < len(documents) + incomplete:
        raise InputError(_refusal(loaded, documents, examples, context))
    return loaded


def describe_examples(loaded: LoadedExamples, context: int) -> str:
    """Return a sentence with the numbers of examples that are used and left out."""
    used, too_long, incomplete = loaded.counts.values()
    line = f"{used:,} of {used + too_long + incomplete:,} examples fit into {context:,} tokens"
    if too_long:
        verb = "is" if too_long == 1 else "are"
        line += f"; {too_long:,} {verb} too long and left out: raise batch.context"
    if incomplete:
        verb = "has" if incomplete == 1 else "have"
        line += f"; {incomplete:,} {verb} no question or answer"
    return line


def stream_examples(
    documents: Sequence[Document], seed: int, progress: SourceProgress
) -> Iterator[Document]:
    """Yield the documents endlessly, shuffled in every epoch."""
    epoch, _, row, tokens = progress.get(_NAME, (0, 0, 0, 0))
    while True:
        order = np.random.RandomState([seed, epoch]).permutation(len(documents))
        for index in range(row, len(order)):
            document = documents[order[index]]
            tokens += len(document.tokens)
            yield replace(
                document,
                progress={_NAME: (epoch, 0, index + 1, tokens)},
                source=_NAME,
                epoch_share=1 / len(documents),
            )
        epoch, row = epoch + 1, 0


def _read(examples: Examples, vocabulary: Vocabulary) -> tuple[list[Document], int]:
    """Return the complete examples as documents, and the number of incomplete ones."""
    documents, incomplete = [], 0
    for path in find_files(examples.files, SUFFIXES):
        with Path(path).open("rb") as file:
            rows = list(read_benchmark(path, file))
        items = [item for item in rows if item.question and item.solution]
        incomplete += len(rows) - len(items)
        prompts = vocabulary.encode(
            [examples.prompt.format(question=item.question) for item in items]
        )
        answers = vocabulary.encode([item.solution for item in items])
        for item, prompt, answer in zip(items, prompts, answers, strict=True):
            tokens = vocabulary.document(np.concatenate([prompt, answer]))
            learn_from = len(tokens) - len(answer) - 1
            documents.append(Document(tokens, f"{path}:{item.row}", {}, learn_from))
    return documents, incomplete


def _refusal(
    loaded: LoadedExamples, documents: Sequence[Document], examples: Examples, context: int
) -> str:
    line = f"{examples.files}: {describe_examples(loaded, context)}; more than half are left out"
    if loaded.too_long:
        lengths = [len(document.tokens) - 1 for document in documents]
        enough = int(np.quantile(lengths, 0.99, method="higher"))
        return f"{line}: batch.context={enough} holds 99 % of those with an answer"
    return f"{line}: check the names of the columns, or remove these rows"
