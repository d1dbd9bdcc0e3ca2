"""Draw documents from several sources by their share of the tokens. `mix_sources(...)`."""

from collections.abc import Iterator, Sequence
from itertools import islice

from training.data.document import Document, Progress
from training.data.find_files import find_files
from training.data.read_texts import Position, Text, read_texts
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Batch, Phase, Source

_ENCODED_TOGETHER = 64  # texts; the tokenizer spreads them over the cores


def mix_sources(
    sources: Sequence[Source],
    phases: Sequence[Phase],
    vocabulary: Vocabulary,
    batch: Batch,
    progress: Progress,
) -> Iterator[Document]:
    """Yield documents without end, each from the source that is furthest behind its share.

    Shares are of tokens, so that the mixture is right whatever the lengths of documents, to one
    document. The last phase goes on for ever. Nothing here is by chance but the order in a source.
    """
    state = {one.name: tuple(progress.get(one.name, (0, 0, 0, 0))) for one in sources}
    streams = {
        one.name: _documents(one, vocabulary, batch, Position(*state[one.name][:3]))
        for one in sources
    }
    given = {name: at[3] for name, at in state.items()}
    while True:
        name = _furthest_behind(sources, phases, given)
        document, position = next(streams[name])
        given[name] += len(document.tokens)
        state[name] = (position.epoch, position.mix, position.row, given[name])
        yield Document(document.tokens, document.origin, dict(state))


def _furthest_behind(
    sources: Sequence[Source], phases: Sequence[Phase], given: dict[str, int]
) -> str:
    drawn = sum(given.values())
    target = dict.fromkeys(given, 0.0)
    begin = 0
    for number, phase in enumerate(phases):
        last = number + 1 == len(phases) or drawn < begin + phase.tokens
        weights = {one.name: one.weight[min(number, len(one.weight) - 1)] for one in sources}
        span = (drawn - begin if last else phase.tokens) / sum(weights.values())
        target = {name: target[name] + weight * span for name, weight in weights.items()}
        begin += phase.tokens
        if last:
            break
    return max((name for name in given if weights[name]), key=lambda one: target[one] - given[one])


def _documents(
    source: Source, vocabulary: Vocabulary, batch: Batch, start: Position
) -> Iterator[tuple[Document, Position]]:
    files = find_files(source.files, [".parquet"])
    seed = f"{batch.seed}/{source.name}"
    texts = read_texts(files, source.column, seed, batch.mix_groups, start)
    while True:
        some: list[Text] = list(islice(texts, _ENCODED_TOGETHER))
        for text, tokens in zip(some, vocabulary.encode([one.text for one in some]), strict=True):
            yield Document(vocabulary.document(tokens), text.origin, {}), text.following
