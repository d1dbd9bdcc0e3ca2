"""Read benchmarks as they lie: JSON Lines, JSON and Parquet, their fields found by name."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow.parquet as pq

SUFFIXES = (".jsonl", ".json", ".parquet")

# In the order in which they are looked for, whatever their case.
_CONTEXT = ("passage", "context", "body")
_QUESTION = ("question", "problem", "query", "prompt", "input", "content", "informal_statement")
_SOLUTION = ("solution", "cot", "rationale", "reasoning", "informal_proof", "output", "answer")


@dataclass(frozen=True)
class BenchmarkItem:
    """Row `row` of benchmark `source`: its question, and its solution or answer ("" if none)."""

    source: str
    row: int
    question: str
    solution: str


def read_benchmark(source: str, file: BinaryIO) -> Iterator[BenchmarkItem]:
    """Yield the items of one benchmark file, named by its path, suffix included.

    A conversation (`messages`) gives its first turn of each role. A row without any known field
    gives all the strings in it as its question. Raises ValueError for a file that is no table.
    """
    suffix = source[source.rindex(".") :]
    rows = pq.read_table(file).to_pylist() if suffix == ".parquet" else _json_rows(source, file)
    name = source.removesuffix(suffix)
    for number, row in enumerate(rows):
        question, solution = _fields(row)
        yield BenchmarkItem(name, number, question, solution)


def _json_rows(source: str, file: BinaryIO) -> Iterable[Mapping[str, Any]]:
    text = file.read().decode("utf-8-sig")
    try:
        is_list = text.lstrip().startswith("[")
        lines = [text] if is_list else [line for line in text.split("\n") if line.strip()]
        rows: list[Any] = [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        raise ValueError(f"{source} is neither JSON Lines nor a JSON list: {error}") from error
    rows = rows[0] if is_list else rows
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{source} is no list of objects")
    return rows


def _fields(row: Mapping[str, Any]) -> tuple[str, str]:
    by_name = {name.lower(): value for name, value in row.items()}
    if isinstance(by_name.get("messages"), list):
        by_name |= _turns(by_name["messages"])
    question = _first(by_name, _QUESTION)
    if question:
        return "\n".join(filter(None, (_first(by_name, _CONTEXT), question))), _first(
            by_name, _SOLUTION
        )
    return "\n".join(_strings(row)), ""


def _turns(messages: Iterable[Any]) -> dict[str, str]:
    """Return question and answer of a conversation: what its first user and assistant say."""
    turns: dict[str, str] = {}
    for message in messages:
        if isinstance(message, dict):
            turns.setdefault(str(message.get("role")), str(message.get("content") or ""))
    named = {"question": turns.get("user", ""), "solution": turns.get("assistant", "")}
    return {name: text for name, text in named.items() if text}


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = "\n".join(value)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
