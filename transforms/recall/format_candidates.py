"""Format candidates for a person who labels them."""

from collections.abc import Iterable, Mapping
from typing import Any


def format_candidates(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of `candidates.txt`: figures and samples, the rows of the Parquet file."""
    return "\n".join(map(_format, rows))


def _format(row: Mapping[str, Any]) -> str:
    other = " that no longer pattern matches" if row["divided"] else ""
    low, median, high = (row[name] for name in ("score_p10", "score_p50", "score_p90"))
    lines = [
        row["pattern"],
        f"    {row['own_collected']:,} of {row['own_pages']:,} pages{other} collected",
        f"    mean probability {row['probability']:.2f}; "
        f"scores: 80 % from {low:.4f} to {high:.4f}, median {median:.4f}",
        f"    accepting it would add {row['uncollected_tokens']:,} tokens to the seed, "
        f"{row['expected_tokens']:,} of mathematics by their probabilities",
    ]
    for page in row["samples"]:
        lines += [
            "",
            f"    {page['score']:.4f}  {_printable(page['url'])}",
            f"            {_printable(page['title'])}",
            f"            {_printable(page['opening'])}",
        ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _printable(text: str) -> str:
    """Return a text that cannot control a terminal, on one line."""
    return "".join(character if character.isprintable() else " " for character in text)
