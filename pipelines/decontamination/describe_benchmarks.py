"""List what is understood of the files of `--benchmarks`."""

from collections.abc import Mapping

from pipelines.progress import printable, table
from pipelines.stages.input_files import data_files
from schemas.benchmarks import BenchmarkSummary, describe_benchmark
from schemas.errors import reading
from transforms.storage.files import Storage

_HEADING = ("file", "items", "question", "solution", "answers", "options", "first question")
_SHOWN = 50  # characters of the first question


def describe_benchmarks(path: str, storage: Storage) -> str:
    """Return a table with a row for each file in a folder, and the total of their items.

    `question` and `solution` are the columns that are read as such, with the number of rows if not
    all have it. Raises InputError for files that cannot be read.
    """
    rows: list[tuple[object, ...]] = []
    total = 0
    for file, name in data_files("--benchmarks", path, storage).items():
        with reading(f"--benchmarks {file}"), storage.open(file) as content:
            summary = describe_benchmark(name, content)
        total += summary.items
        rows.append(_row(name, summary))
    return f"{table(rows, _HEADING)}\n\n{total:,} items in {len(rows):,} files"


def _row(name: str, summary: BenchmarkSummary) -> tuple[object, ...]:
    question, solution, context = (
        _columns(summary.columns[role], summary.items)
        for role in ("question", "solution", "context")
    )
    first = " ".join(summary.first_question.split())
    return (
        printable(name),
        summary.items,
        printable(f"{context} + {question}" if context else question),
        printable(solution),
        summary.answers,
        summary.options,
        printable(first[:_SHOWN]),
    )


def _columns(names: Mapping[str, int], items: int) -> str:
    return ", ".join(
        name if count == items else f"{name} ({count:,})" for name, count in names.items()
    )
