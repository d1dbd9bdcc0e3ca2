"""Mix documents of several sources by their shares of the tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from training.data.packing import Document, SourceProgress
from training.data.read_texts import Position, find_files, read_texts
from training.data.tokenizer import Vocabulary
from training.settings.pretrain import Batch, Phase, Source

_ENCODED_TOGETHER = 64  # texts; the tokenizer spreads them over the cores


def mix_sources(
    sources: Sequence[Source],
    phases: Sequence[Phase],
    vocabulary: Vocabulary,
    batch: Batch,
    progress: SourceProgress,
) -> Iterator[Document]:
    """Yield documents endlessly, each from the source that is furthest below its share.

    Shares are of tokens, so the mixture is accurate to one document whatever their lengths. The
    last phase never ends. Only the order within a source is random.
    """
    state = {source.name: tuple(progress.get(source.name, (0, 0, 0, 0))) for source in sources}
    streams = {
        source.name: _documents(source, vocabulary, batch, Position(*state[source.name][:3]))
        for source in sources
    }
    drawn = {name: tokens for name, (*_, tokens) in state.items()}
    while True:
        name = _furthest_below(sources, phases, drawn)
        document, position = next(streams[name])
        drawn[name] += len(document.tokens)
        state[name] = (position.epoch, position.mix, position.row, drawn[name])
        yield replace(document, progress=dict(state))


def _furthest_below(
    sources: Sequence[Source], phases: Sequence[Phase], drawn: dict[str, int]
) -> str:
    """Return the source whose tokens are furthest below what the phases so far call for."""
    total = sum(drawn.values())
    target = dict.fromkeys(drawn, 0.0)
    phase_start = 0
    for index, phase in enumerate(phases):
        last = index + 1 == len(phases) or total < phase_start + phase.tokens
        weights = {
            source.name: source.weight[min(index, len(source.weight) - 1)] for source in sources
        }
        tokens = total - phase_start if last else phase.tokens
        tokens_per_weight = tokens / sum(weights.values())
        target = {
            name: target[name] + weight * tokens_per_weight for name, weight in weights.items()
        }
        phase_start += phase.tokens
        if last:
            break
    return max(
        (name for name in drawn if weights[name]), key=lambda name: target[name] - drawn[name]
    )


def _documents(
    source: Source, vocabulary: Vocabulary, batch: Batch, start: Position
) -> Iterator[tuple[Document, Position]]:
    files = find_files(source.files, [".parquet"])
    seed = f"{batch.seed}/{source.name}"
    stream = read_texts(files, source.column, seed, batch.mix_groups, start)
    while True:
        texts = list(islice(stream, _ENCODED_TOGETHER))
        encoded = vocabulary.encode([text.text for text in texts])
        for text, tokens in zip(texts, encoded, strict=True):
            document = Document(
                vocabulary.document(tokens),
                text.origin,
                {},
                source=source.name,
                epoch_share=text.epoch_share,
            )
            yield document, text.following
