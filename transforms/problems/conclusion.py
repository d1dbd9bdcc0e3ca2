"""Find the value that a solution concludes with."""

import re

from transforms.problems.equations import last_value, split_outside
from transforms.problems.formulas import FORMULA, formula_latex, masked

_CONCLUDES = re.compile(
    r"\b(?:so|thus|hence|therefore|consequently|it follows|we (?:get|find|obtain|conclude|have"
    r"|know)|(?:this|which) (?:gives|yields|means|implies|equals|is)|that is|leaving|finally"
    r"|in (?:total|conclusion)|giving|to get)\b|^\W*The [^.]{3,80}\b(?:is|are|equals)\b"
    r"|所以|因此|故|从而|于是|得|∴|综上|即|答[:\uff1a]",
    re.IGNORECASE,
)
_IS = re.compile(
    r"(?:\b(?:is|are|equals|get|obtain|only|least|most|exactly|leaving)|[=是为得])\s*$"
)
_ASIDE = re.compile(  # before a formula: it is not the value, but says more about it
    r"\b(?:when|with|while|at|as|for|since|because|if|they|whose|by|from|of|in|on|whereas|but)\b"
    r"|当|其中|时",
    re.IGNORECASE,
)
_EXTRA = re.compile(
    r"\b(?:occurs?|achieved|attained|equality|where|such that|namely|which (?:makes|has|occurs))\b",
    re.I,
)
_AND = re.compile(r"\s*,?\s*(?:and|,|和|且)?\s*")
_REMARK = re.compile(
    r"\W*\(|.*\b(?:check|verify|note|recall|also|similarly|next|now|example|instance|alternatively)\b",
    re.I | re.S,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff1f\uff1b])|\n+")
WORD = re.compile(r"[A-Za-z]{2,}|[\u3400-\u9fff]")
_MOST_WORDS = 2  # of a unit
_DIGIT = re.compile(r"\d")
AROUND = " \t\n.,;:!*_~\u3002\uff0c\uff1b\u220e"  # a value or a unit


def conclusion(solution: str) -> str:
    r"""Return the value that the last sentence of a solution concludes with; "" if it does not.

    That is its only formula or, if nothing but a unit follows, its last; or what a derivation ends
    with, be it rows or a chain of equations.

    >>> conclusion("Halve both sides: $2x = 6$. Therefore $x = 3$.")
    '3'
    """
    blocks = [block.strip() for block in solution.split("\n\n") if block.strip()]
    if not blocks:
        return ""
    text = blocks[-1]
    if len(blocks) > 1 and FORMULA.fullmatch(text.strip(AROUND)):
        text = f"{blocks[-2]} {text}"
    sentence = _last_sentence(text)
    found = list(FORMULA.finditer(sentence))
    if not found or _REMARK.match(masked(sentence)) or _EXTRA.search(masked(sentence)):
        return ""
    unit = unit_after(sentence[found[-1].end() :])
    is_concluded = _CONCLUDES.search(masked(sentence)) and _is_value(sentence, found)
    if unit is not None and (_is_derivation(found[-1]) or is_concluded):
        return with_unit(last_value(formula_latex(found[-1])), unit)
    is_only = len(found) == 1 and is_concluded and not _DIGIT.search(masked(sentence))
    return last_value(formula_latex(found[0])) if is_only else ""


def _last_sentence(text: str) -> str:
    """Return the last sentence of a text; the end of a formula does not end it."""
    hidden = masked(text.strip())
    starts = [match.end() for match in SENTENCE_END.finditer(hidden) if match.end() < len(hidden)]
    return text.strip()[starts[-1] if starts else 0 :]


def _is_derivation(formula: re.Match[str]) -> bool:
    """Return whether a formula has several rows, or a chain of at least two equality signs."""
    latex = formula_latex(formula)
    has_rows = formula["display"] and "\\\\" in latex and ("=" in latex or "&" in latex)
    return bool(has_rows or len(split_outside(latex, "=")) > 2)


def _is_value(sentence: str, found: list[re.Match[str]]) -> bool:
    """Return whether the last formula of a sentence is what it concludes, and no aside."""
    last = found[-1]
    before = masked(sentence[: last.start()])
    is_stated = "=" in last[0] or _IS.search(before)
    if len(found) > 1:
        between = before[found[-2].end() :]
        are_two = "=" in found[-2][0] and "=" in last[0] and _AND.fullmatch(between)
        if are_two or _ASIDE.search(between):
            return False
    return bool(is_stated and _DIGIT.search(last[0]))


def unit_after(text: str) -> str | None:
    """Return the text after a value if it may be a unit, None if it says more."""
    text = text.strip(AROUND)
    is_long = len(WORD.findall(text)) > _MOST_WORDS
    return None if is_long or _DIGIT.search(text) or "$" in text or ")" in text[:1] else text


def with_unit(value: str, unit: str) -> str:
    """Return a value with its unit, which degrees do not need; "" without a value."""
    is_complete = value.endswith(("\\circ", "\\circ}", "%"))
    return value if is_complete or not value else f"{value} {unit}".strip()
