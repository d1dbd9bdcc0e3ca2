"""Estimate how many tokens a source of texts has, from the metadata of its files and a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from training.data.read_texts import find_files, open_parquet
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Phase, Source

_SAMPLED_FILES, _SAMPLED_TEXTS = 8, 32  # of each


@dataclass(frozen=True)
class SourceSize:
    """Documents of a source, their bytes of UTF-8, and their tokens; the latter are estimates."""

    documents: int
    text_bytes: int
    tokens: int  # including BOS and EOS; 0 if no text was found in the sample


def source_size(source: Source, vocabulary: Vocabulary) -> SourceSize:
    """Return the size of a source; nothing but metadata and a few texts is read.

    Raises InputError if a file is missing, is not Parquet or lacks the column.
    """
    files = find_files(source.files, [".parquet"])
    documents = text_bytes = 0
    for path in files:
        with open_parquet(path, source.column) as file:
            for index in range(file.num_row_groups):
                group = file.metadata.row_group(index)
                chunks = [group.column(number) for number in range(group.num_columns)]
                stored = sum(
                    chunk.total_uncompressed_size
                    for chunk in chunks
                    if chunk.path_in_schema == source.column
                )
                documents += group.num_rows
                text_bytes += max(0, stored - 4 * group.num_rows)  # 4: the length of a text
    texts = _sample(files, source.column)
    sampled_bytes = sum(len(text.encode()) for text in texts)
    sampled_tokens = sum(len(vocabulary.document(tokens)) for tokens in vocabulary.encode(texts))
    tokens = round(text_bytes * sampled_tokens / sampled_bytes) if sampled_bytes else 0
    return SourceSize(documents, text_bytes, tokens)


def _sample(files: Sequence[str], column: str) -> list[str]:
    texts: list[str] = []
    for path in files[:: -(-len(files) // _SAMPLED_FILES)]:
        with open_parquet(path, column) as file:
            batches = file.iter_batches(_SAMPLED_TEXTS, columns=[column])
            for batch in islice(batches, 1):
                texts += [text for text in batch.column(0).to_pylist() if text]
    return texts


def source_tokens(source: Source, sources: Sequence[Source], phases: Sequence[Phase]) -> float:
    """Return the tokens that training on all phases takes from a source."""

    def weight(of: Source, index: int) -> float:
        return of.weight[min(index, len(of.weight) - 1)]

    return sum(
        phase.tokens * weight(source, i) / sum(weight(other, i) for other in sources)
        for i, phase in enumerate(phases)
    )
