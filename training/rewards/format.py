r"""Has an output the form that is asked for? `grade_format(completion)`."""

from training.generation.types import Completion
from training.verifier.final_answer import final_answers

_BOX = "\\boxed{"


def grade_format(completion: Completion) -> float:
    r"""Return 1 if an output ended by itself with exactly one `\boxed{...}`, not empty, else 0.

    >>> grade_format(Completion((1,), (2,), (0.0,), True, r"So it is \boxed{4}."))
    1.0
    """
    text = completion.text
    if not completion.finished or text.count("\\boxed") != 1 or not _is_closed(text):
        return 0.0
    return float(bool(final_answers(text[text.index(_BOX) :])))


def _is_closed(text: str) -> bool:
    """Say whether the braces of the box are those of LaTeX."""
    start = text.find(_BOX)
    if start < 0:
        return False
    depth, at = 1, start + len(_BOX)
    while at < len(text) and depth:
        if text[at] == "\\":
            at += 1  # \{ is no brace
        else:
            depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return depth == 0
