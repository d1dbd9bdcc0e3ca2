"""Read benchmarks as they are published, their fields recognised by name.

The miner reads them to remove them from the corpus, evaluation to prompt a model with them. Where
names are ambiguous, `Columns` says which column is which.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from schemas.benchmark_answers import final_answer, option_lines
from schemas.benchmark_columns import Columns
from schemas.benchmark_rows import benchmark_rows
from schemas.data_files import split_suffix
from schemas.errors import InputError

# Column names in the order in which they are tried, case-insensitively.
_CONTEXT = ("passage", "context", "body")
_QUESTION = ("question", "problem", "query", "prompt", "input", "content", "informal_statement")
_CONVERSATION = ("messages", "prompt")
_SOLUTION = ("solution", "cot", "rationale", "reasoning", "informal_proof", "output", "answer")
_ROLES = {"question": _QUESTION, "context": _CONTEXT, "solution": _SOLUTION}


@dataclass(frozen=True)
class BenchmarkItem:
    """Row `row` of benchmark `source`: its question, and its solution or answer ("" if none).

    `answer` is only the final answer ("" if the row has none); `options` are those of a
    multiple-choice question, one line each, with their letters.
    """

    source: str
    row: int
    question: str
    solution: str
    answer: str = ""
    options: tuple[str, ...] = ()


def read_benchmark(
    source: str, file: BinaryIO, columns: Columns | None = None
) -> Iterator[BenchmarkItem]:
    """Yield the items of one benchmark file, named by its path, with one of `SUFFIXES`.

    Of a conversation (`messages` or `prompt`) the first turn of each role is used. The question of
    a row without any known column is all of its strings. Raises InputError for a file that is not a
    table, and for a row without a column that `columns` names.
    """
    columns = columns or Columns()
    known = (columns.question.lower(),) if columns.question else (*_QUESTION, *_CONVERSATION)
    name = split_suffix(source)[0]
    for number, row in enumerate(benchmark_rows(source, file, frozenset(known))):
        yield _item(name, number, row, columns)


@dataclass(frozen=True)
class BenchmarkSummary:
    """What is understood of one file: items, and how many of them use which columns for what.

    `columns` has the names of columns by role (question, solution, context); the question of a row
    without a known column is in "all text". `answers` and `options` are numbers of items.
    """

    items: int
    columns: Mapping[str, Mapping[str, int]]
    answers: int
    options: int
    first_question: str


def describe_benchmark(source: str, file: BinaryIO) -> BenchmarkSummary:
    """Return what `read_benchmark` understands of a file, for a person to check."""
    items: list[BenchmarkItem] = []
    columns: dict[str, Counter[str]] = {role: Counter() for role in _ROLES}
    known = frozenset((*_QUESTION, *_CONVERSATION))
    for number, row in enumerate(benchmark_rows(source, file, known)):
        items.append(_item(split_suffix(source)[0], number, row, Columns()))
        for role, name in _columns_in_use(row):
            columns[role][name] += 1
    return BenchmarkSummary(
        len(items),
        columns,
        sum(bool(item.answer) for item in items),
        sum(bool(item.options) for item in items),
        items[0].question if items else "",
    )


def _columns_in_use(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the roles of a row's columns, and their names as the file spells them."""
    spelled = {name.lower(): name for name in row}
    by_name = {name.lower(): value for name, value in row.items()}
    for conversation in _CONVERSATION:
        if isinstance(by_name.get(conversation), list):
            turns = _turns(by_name[conversation])
            by_name |= turns
            spelled |= dict.fromkeys(turns, spelled[conversation])
    for role, names in _ROLES.items():
        if name := _first_name(by_name, names):
            yield role, spelled[name]
        elif role == "question":
            yield role, "all text"
            return


def _item(source: str, number: int, row: Mapping[str, Any], columns: Columns) -> BenchmarkItem:
    by_name = {name.lower(): value for name, value in row.items()}
    for column in vars(columns).values():
        if column and column.lower() not in by_name:
            raise InputError(f"{source}, row {number}: no column {column!r}; it has {list(row)}")
    question, solution = _fields(row, by_name, columns)
    options = option_lines(by_name, columns.options.lower())
    answer = final_answer(by_name, solution, options, columns.answer.lower())
    return BenchmarkItem(source, number, question, solution, answer, options)


def _fields(
    row: Mapping[str, Any], by_name: Mapping[str, Any], columns: Columns
) -> tuple[str, str]:
    """Return question and solution of a row."""
    for conversation in _CONVERSATION:
        if isinstance(by_name.get(conversation), list):
            by_name = {**by_name, **_turns(by_name[conversation])}
    solution = _first(by_name, (columns.solution.lower(),) if columns.solution else _SOLUTION)
    if columns.question:
        return _first(by_name, (columns.question.lower(),)), solution
    if question := _first(by_name, _QUESTION):
        return "\n".join(filter(None, (_first(by_name, _CONTEXT), question))), solution
    return "\n".join(_strings(row)), solution if columns.solution else ""


def _turns(messages: Iterable[Any]) -> dict[str, str]:
    """Return the first user turn as `question` and the first assistant turn as `solution`."""
    turns: dict[str, str] = {}
    for message in messages:
        if isinstance(message, dict):
            turns.setdefault(str(message.get("role")), str(message.get("content") or ""))
    named = {"question": turns.get("user", ""), "solution": turns.get("assistant", "")}
    return {name: text for name, text in named.items() if text}


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first text that is not blank among the columns `names`; "" if there is none."""
    name = _first_name(row, names)
    return _text(row[name]) if name else ""


def _first_name(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first of these columns whose text is not blank; "" if there is none."""
    return next((name for name in names if _text(row.get(name)).strip()), "")


def _text(value: Any) -> str:
    """Return a text, or the lines of one; "" for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value if isinstance(value, str) else ""


def _strings(value: Any) -> Iterator[str]:
    """Yield every string inside nested mappings and lists, of any depth."""
    pending = [value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, Mapping):
            pending.extend(reversed(list(inner.values())))
        elif isinstance(inner, list):
            pending.extend(reversed(inner))
