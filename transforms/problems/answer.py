"""Decide, without algebra, whether an answer fits its question and says something about it."""

import re

from transforms.problems.equations import split_list
from transforms.problems.formulas import formulas

_COMMAND = re.compile(r"\\(?:text|mathrm|operatorname|textbf|mbox)\s?\{[^{}]{0,60}\}|\\[A-Za-z]+")
_UNIT = re.compile(
    r"(?<=\d)[\s~]?(?:[cmk]?m|k?g|m?[lL]|ft|in|yd|mi|s|h|min|hr|J|N|W|V|A|K|C|F)(?:\^?\{?[23]\}?)?(?![A-Za-z])"
)
_SYMBOL = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,2}(?![A-Za-z])|(?<=\d)[A-Za-z](?![A-Za-z])")
_SUM = re.compile(r"(?:\\(?:cdot|times|div|left|right)(?![A-Za-z])|[\d\s()+*/^.-])+")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox)\s?\{([^{}]*)\}")
_MOST_WORDS = 2  # after a value: "5 square metres"
_CONSTANTS = frozenset("eid")
_SINGULAR = re.compile(  # asks for one number
    r"\b(?:how (?:many|much|far|long|old)|(?:sum|product|number|largest|smallest|greatest|least"
    r"|minimum|maximum|probability|area|volume|length|perimeter|distance|average|mean)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b(?:coefficient|digits?|remainder|how many|number of)\b", re.IGNORECASE)
_LETTER = re.compile(r"[(\[]?[A-Ha-h][)\].]{0,2}")  # of an option that the question does not have
_SHORT = 5  # characters of an answer that a question may contain by accident


def answer_fault(question: str, answer: str) -> str:
    r"""Return the reason for which an answer cannot be that of a question; "" if there is none.

    >>> answer_fault("Solve $y' = y$.", "c e^x"), answer_fault("Find $2x$ if $x = 3$.", "6")
    ('unknown_symbol', '')
    """
    if _LETTER.fullmatch(answer):
        return "options"
    if _states(question, answer):
        return "states_answer"
    if _is_malformed(answer):
        return "malformed"
    if "$" in answer or ";" in answer.replace(r"\;", ""):
        return "several_parts"
    if _SUM.fullmatch(answer) and re.search(r"[\d)]\s*[+-]", answer):
        return "unevaluated"
    if len(" ".join(_TEXT.findall(answer)).split()) > _MOST_WORDS:
        return "in_words"
    if len(split_list(answer)) > 1 and _SINGULAR.search(question):
        return "several_values"
    if _NUMBER.search(question) and _symbols(answer) - _CONSTANTS:
        return "no_number"
    unknown = _symbols(answer) - _symbols(question) - _CONSTANTS
    if r"\int" in question or "integra" in question.lower():
        unknown.discard("C")
    return "unknown_symbol" if unknown else ""


def _is_malformed(answer: str) -> bool:
    """Return whether brackets or environments of an answer are not closed."""
    pairs = (("{", "}"), (r"\begin", r"\end"), (r"\left", r"\right"), ("(", ")"), ("[", "]"))
    plain = re.sub(r"\\(?:left|right)(?:arrow|harpoon)\w*", "", answer)
    closed = {name: plain.count(name) for pair in pairs for name in pair}
    brackets = closed["("] + closed["["] == closed[")"] + closed["]"]
    return not brackets or any(closed[a] != closed[b] for a, b in pairs[:3])


def _symbols(text: str) -> set[str]:
    """Return the letters that are names of values in a text."""
    plain = _UNIT.sub(" ", _COMMAND.sub(" ", text))
    return {letter for match in _SYMBOL.finditer(plain) for letter in match[0]}


def _states(question: str, answer: str) -> bool:
    """Return whether a question has its answer as a formula, or on the right side of one."""
    value = _plain(answer)
    sides = {
        _plain(side) for latex in formulas(question) for side in (latex, *latex.split("=")[1:])
    }
    if value.replace(".", "").replace(",", "").lstrip("-").isdigit():
        return any(
            _plain(latex.rpartition("=")[2]) == value
            for latex in formulas(question)
            if "=" in latex
        )
    return not value or value in sides or (len(value) > _SHORT and value in _plain(question))


def _plain(text: str) -> str:
    return re.sub(r"[\s$]|\\(?:left|right|,|;|!)|\\text\{[.,?]\}", "", text).rstrip(".")
