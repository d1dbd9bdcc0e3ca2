"""Read the final answer of a benchmark's row, and the options of a multiple-choice question."""

import itertools
import math
import re
import string
from collections.abc import Mapping
from typing import Any

# In the order in which they are tried: columns of bare answers before those that may hold more.
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
    r"""Return the gold answer of a row; "" if the row does not state it.

    `row` has lower-case names. The answer is in a separate column (`column`, or the first with a
    known name), in the last \boxed{} of a solution, or after #### in its last line. An integer is
    an index from 0 into `options`, as in MMLU, if there are that many.

    >>> final_answer({"answer": "9 * 2 = 18 dollars.\n#### 18"}, "")
    '18'
    >>> final_answer({}, r"so $x = \boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    """
    for name in (column,) if column else _ANSWER:
        if answer := _from_cell(row.get(name), len(options)):
            return answer
    return "" if column else _from_solution(solution)


def option_lines(row: Mapping[str, Any], column: str = "") -> tuple[str, ...]:
    """Return the options of a multiple-choice question, one line each, after their letters.

    They are in one column, or each in a column that is named by its letter.

    >>> option_lines({"choices": ["0", "4"]}), option_lines({"a": "0", "b": "4"})
    (('(A) 0', '(B) 4'), ('(A) 0', '(B) 4'))
    """
    for name in (column,) if column else _OPTIONS:
        if options := row.get(name):
            return _lettered(options)
    cells = (row.get(letter) for letter in string.ascii_lowercase)
    named = list(itertools.takewhile(lambda cell: cell not in (None, ""), cells))
    return _lettered(named) if len(named) > 1 and not column else ()


def _from_cell(value: Any, options: int) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, (_from_cell(item, 0) for item in value)))
    if isinstance(value, str):
        return _from_solution(value) or _single_line(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    if isinstance(value, int) and 0 <= value < min(options, len(string.ascii_uppercase)):
        return string.ascii_uppercase[value]
    return str(int(value) if value == int(value) else value)


def _single_line(text: str) -> str:
    """Return a single-line text, else "": more lines are a solution without a marked answer."""
    return "" if "\n" in text.strip() else text.strip()


def _from_solution(solution: str) -> str:
    r"""Return the answer that a solution marks with \boxed or ####; "" if there is none."""
    start = max(solution.rfind(box) for box in _BOXES)
    if start >= 0 and (boxed := _argument(solution, start)):
        return boxed
    _, separator, answer = solution.rstrip().rpartition("\n")[2].rpartition(_HASHES)
    return answer.strip() if separator else ""


def _argument(text: str, start: int) -> str:
    r"""Return the argument of the \boxed at `start`: the text in braces, or else the next word.

    "" if there is none, or if the braces are not closed.
    """
    opening = text.find("{", start)
    if opening < 0 or text[start:opening].strip() not in _BOXES:
        words = text[start:].removeprefix("\\boxed").removeprefix("\\fbox").split()
        return words[0].strip("$.,") if words else ""
    depth = 0
    for i in range(opening, len(text)):
        escaped = text[i - 1] == "\\" and text[i - 2] != "\\"
        depth += 0 if escaped else (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[opening + 1 : i].strip()
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
    if [match[1] for match in map(_LETTERED.match, texts) if match] == list(letters):
        return tuple(texts)
    return tuple(f"({letter}) {text}" for letter, text in zip(letters, texts, strict=False))
