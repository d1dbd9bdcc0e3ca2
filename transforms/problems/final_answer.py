r"""Find the final answer of a reply, where it is labelled, marked, or what a solution concludes."""

import re
from dataclasses import dataclass
from itertools import pairwise

from transforms.problems.conclusion import (
    AROUND,
    SENTENCE_END,
    WORD,
    conclusion,
    unit_after,
    with_unit,
)
from transforms.problems.equations import last_value
from transforms.problems.formulas import FORMULA, formula_latex, masked

LONGEST = 120  # characters of an answer

_BOXED = re.compile(r"\\f?box(?:ed)?\s?\{")
_MARKED = re.compile(
    r"(?:the |our |final |correct ){0,3}answers?\s(?:is|are|=)"
    r"(?: therefore| then| thus| just| simply)?[:\s]{1,2}|(?:final )?answer\s?[:\uff1a]\s?"
    r"|(?:故|所以|因此)?答案(?:应?[是为]|等于|[:\uff1a])\s?|####\s",
    re.IGNORECASE,
)
_APPROXIMATE = re.compile(
    r"\\approx|\\doteq|\\simeq|≈|\b(?:approx\w*|roughly|about|nearly)\b|\\cdots|\\[dl]?dots|\.\.\."
    r"|…|约"
)
_DECIMAL = re.compile(r"\d\.\d{2,}")
_MOST_WORDS = 2  # around a value: "5 apples", "units squared"
_DIGIT = re.compile(r"\d")
_IS = re.compile(r"(?:\bis|\bare|\bequals|[=是为得])$")
_COMPUTED = re.compile(r"-?[\d,.]+(?:\s?[A-Za-z%\u00b0\u3400-\u9fff]+){0,2}")
_EITHER = re.compile(r"\bor\b|或")  # of two spellings, or two values
_REMARK = re.compile(r",\s(?=[a-z]{2})")
_AND = re.compile(r"\s?(?:,|;|\band|\bor|和|或|,\s?and|,\s?or|、)\s?")
_NUMBERS = re.compile(
    r"(\b(?:is|are|has|have|was|were|equals|takes?|costs?|needs?|gets?)\s|[=:\uff1a是为有得共]\s?)?"
    r"((?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?:\s?[%\u00b0])?)"
)


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """The final answer of a reply, or the reason for which there is none."""

    answer: str = ""
    refused: str = ""


def final_answer(labelled: str, solution: str) -> FinalAnswer:
    r"""Return the final answer of a reply.

    `labelled` is the text that the page calls the answer, "" if there is only a solution. Refused
    are approximations, which no exact answer equals, and what has no single final answer.

    >>> final_answer("$x = 3$.", ""), final_answer("", r"As $2x=6$, we get $x=3$.")
    (FinalAnswer(answer='3', refused=''), FinalAnswer(answer='3', refused=''))
    """
    text = _boxed(solution) or _boxed(labelled) or _whole(labelled)
    if not text and not labelled:
        text = _marked(solution) or conclusion(solution) or _whole(solution)
    if not text:
        return FinalAnswer(refused="no_final_answer")
    is_rounded = _DECIMAL.search(text) and _APPROXIMATE.search(solution)
    if _APPROXIMATE.search(text) or is_rounded:
        return FinalAnswer(refused="approximate")
    return FinalAnswer(refused="long_answer") if len(text) > LONGEST else FinalAnswer(text)


def _boxed(text: str) -> str:
    """Return the content of the only box in a text, "" if there is none or there are several."""
    starts = [match.end() for match in _BOXED.finditer(text)]
    if len(starts) != 1:
        return ""
    depth, start = 1, starts[0]
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth:
            return text[start:index].strip()
    return ""


def _whole(text: str) -> str:
    """Return the value that a text of one paragraph consists of, or that its first sentence is.

    A sentence of more words must end with "is" and the value.
    """
    text = text.strip(AROUND)
    if "\n\n" in text:
        return ""
    if formula := FORMULA.fullmatch(text):
        return last_value(formula_latex(formula))
    if marked := _marked(text):
        return marked
    first, *others = SENTENCE_END.split(text)
    if "=" in "".join(others) or len(others) > 3:
        return ""
    value = _value_of_phrase(first)
    if others:  # that explain it, if it is computed
        return value if _COMPUTED.fullmatch(value) else ""
    return value or _value_of_sentence(first)


def _value_of_phrase(text: str) -> str:
    """Return the value in a text of hardly any words: a number or formulas, with a unit."""
    text = text.strip(AROUND)
    formulas = list(FORMULA.finditer(text))
    if len(WORD.findall(masked(text))) > _MOST_WORDS + len(formulas):
        return ""
    if not formulas:
        value = _REMARK.split(text)[0]
        if not _DIGIT.search(value) or _EITHER.search(value):
            return ""
        return value.rpartition("=")[2].strip() if value.count("=") == 1 else value
    between = [text[a.end() : b.start()] for a, b in pairwise(formulas)]
    before, unit = text[: formulas[0].start()].strip(), text[formulas[-1].end() :].strip()
    if (
        before not in ("", "=", "is")
        or _DIGIT.search(unit)
        or not all(map(_AND.fullmatch, between))
    ):
        return ""
    values = [last_value(formula_latex(formula)) for formula in formulas]
    return f"{', '.join(values)} {unit}".strip() if all(values) else ""


def _value_of_sentence(text: str) -> str:
    """Return the value at the end of a sentence, after "is" or the like, or its only number."""
    text = text.strip(AROUND)
    formulas = list(FORMULA.finditer(text))
    if not formulas:
        numbers = _NUMBERS.findall(text)
        is_said = len(numbers) == 1 and numbers[0][0]
        return numbers[0][1].strip() if is_said else ""
    before, unit = (
        masked(text[: formulas[-1].start()]).rstrip(),
        unit_after(text[formulas[-1].end() :]),
    )
    if unit is None or _DIGIT.search(before) or (len(formulas) > 1 and not _IS.search(before)):
        return ""
    value = last_value(formula_latex(formulas[-1]))
    return with_unit(value, unit)


def _marked(text: str) -> str:
    """Return what follows the last "the answer is" of a text."""
    marks = list(_MARKED.finditer(masked(text)))
    if not marks:
        return ""
    rest = SENTENCE_END.split(text[marks[-1].end() :].lstrip(" *\n"))[0]
    if formula := FORMULA.match(text[marks[-1].end() :].lstrip(" *\n")):
        rest = formula[0] if len(formula[0]) > len(rest) else rest
    return _value_of_phrase(rest)
