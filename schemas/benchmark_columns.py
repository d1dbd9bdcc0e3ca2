"""Column names of a benchmark, apart from its readers so that settings need no pyarrow."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Case-insensitive column names of a benchmark with unusual ones; "": recognised by name."""

    question: str = ""
    solution: str = ""
    answer: str = ""
    options: str = ""
