"""The final answer of a benchmark's row, and the options it is chosen from."""

import math
import re
import string
from collections.abc import Mapping
from typing import Any

# In the order in which they are looked for: what holds an answer alone before what may hold more.
_ANSWER = (
    *("choice_answer", "final_answer", "expected_answer", "golden", "gold", "target", "correct"),
    *("answer", "ground_truth", "label"),
)
_OPTIONS = ("options", "choices")
_HASHES = "####"
_BOXES = ("\\boxed", "\\fbox")
_LETTERED = re.compile("[(\uff08]?([A-Z])[)\uff09.:\uff1a\u3001\uff0e]")  # full-width too


def final_answer(
    row: Mapping[str, Any], solution: str, options: tuple[str, ...] = (), column: str = ""
) -> str:
    r"""Return what a solver of the row must arrive at; "" where the row does not say.

    `row` has lower-case names. The answer stands in a column of its own (`column`, or the first
    that is known by name), in the last \boxed{} of a solution, or after #### in its last line. A
    whole number among `options` counts them from 0, as in MMLU.

    >>> final_answer({"answer": "9 * 2 = 18 dollars.\n#### 18"}, "")
    '18'
    >>> final_answer({}, r"so $x = \boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    """
    for name in (column,) if column else _ANSWER:
        if found := _written(row.get(name), len(options)):
            return found
    return "" if column else _concluded(solution)


def option_lines(row: Mapping[str, Any], column: str = "") -> tuple[str, ...]:
    """Return the options of a multiple choice, one a line, each after its letter.

    >>> option_lines({"choices": ["0", "4"]})
    ('(A) 0', '(B) 4')
    """
    for name in (column,) if column else _OPTIONS:
        if options := row.get(name):
            return _lettered(options)
    return ()


def _written(value: Any, options: int) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, (_written(one, 0) for one in value)))
    if isinstance(value, str):
        return _concluded(value) or _alone(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    if isinstance(value, int) and 0 <= value < min(options, len(string.ascii_uppercase)):
        return string.ascii_uppercase[value]
    return str(int(value) if value == int(value) else value)


def _alone(text: str) -> str:
    """Return a text of one line; more is a solution that does not mark its answer."""
    return "" if "\n" in text.strip() else text.strip()


def _concluded(solution: str) -> str:
    """Return what a solution marks as its answer, "" if nothing."""
    start = max(solution.rfind(box) for box in _BOXES)
    if start >= 0 and (boxed := _argument(solution, start)):
        return boxed
    _, marked, answer = solution.rstrip().rpartition("\n")[2].rpartition(_HASHES)
    return answer.strip() if marked else ""


def _argument(text: str, start: int) -> str:
    """Return what stands between the braces that open first after `start`, "" if none close."""
    opening = text.find("{", start)
    if opening < 0 or text[start:opening].strip() not in _BOXES:
        words = text[start:].removeprefix("\\boxed").removeprefix("\\fbox").split()
        return words[0].strip("$.,") if words else ""
    depth = 0
    for at in range(opening, len(text)):
        escaped = text[at - 1] == "\\" and text[at - 2] != "\\"
        depth += 0 if escaped else (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[opening + 1 : at].strip()
    return ""


def _lettered(options: Any) -> tuple[str, ...]:
    if isinstance(options, str):
        return (options.strip(),) if options.strip() else ()
    if isinstance(options, Mapping):
        return tuple(f"({name}) {text}" for name, text in options.items() if text is not None)
    if not isinstance(options, list):
        return ()
    texts = [str(option).strip() for option in options]
    letters = string.ascii_uppercase[: len(texts)]
    if [mark[1] for mark in map(_LETTERED.match, texts) if mark] == list(letters):
        return tuple(texts)
    return tuple(f"({letter}) {text}" for letter, text in zip(letters, texts, strict=False))
