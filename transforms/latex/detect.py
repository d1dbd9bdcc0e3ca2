r"""Detect TeX in text: in attributes, in elements, between dollar signs."""

import re

_COMMAND_OR_SCRIPT = re.compile(
    r"\\[a-zA-Z]{2}|\\[{}|,;:!\\_%&#]|[_^]\s?[{\\\w+*(-]|'\s?=|\\[a-zA-Z]\b"
)
_SNAKE = re.compile(  # identifiers in code
    r"(?<![a-zA-Z])(?!log|max|min|lim|sum|int|det|gcd|sup|inf)[a-zA-Z]{3,}_\w|_[a-zA-Z]{3}"
)
_COMMON_COMMAND = re.compile(
    r"\\(?:[dt]?frac|sqrt|sum|prod|o?i{0,2}int|lim|log|ln|exp|sin|cos|tan|max|min|binom|left|begin"
    r"|math[a-z]{1,8}|text|operatorname|vec|hat|bar|tilde|over(?:line|set)|under(?:line|set)|displaystyle"
    r"|alpha|beta|[gG]amma|[dD]elta|(?:var)?epsilon|zeta|eta|[tT]heta|kappa|[lL]ambda|mu|nu|xi|[pP]i"
    r"|rho|[sS]igma|tau|(?:var)?[pP]hi|chi|[pP]si|[oO]mega|infty|partial|nabla|cdot|times|div|pm|mp"
    r"|[lg]eq?|neq?|equiv|approx|sim|cong|in|notin|subset(?:eq)?|c[au]p|forall|exists|to|mapsto"
    r"|(?:left|right|Left|Right|Leftright)arrow|implies|iff|[lr]angle|[lc]?dots|quad|angle|circ|boldsymbol)"
    r"(?![a-zA-Z])"
)
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?")
_TEXT_ARGUMENT = re.compile(
    r"\\(?:text\w*|mbox|hbox|mathrm|operatorname\*?|begin|end|tag|label|mathsf|mathit|textrm)\s?"
    r"\{[^{}]{0,200}\}"
)
_TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,;]? (?=[^\W\d_]{3})")
_NOT_TEX = re.compile(
    r"^\s{0,9}(?:(?:https?|ftp|mailto|javascript|data|file|blob):|//?[\w.]|[{\[]\s{0,9}[\"']|[A-Z]:\\\w)"
    r"|</[a-zA-Z]|<(?:[abip]|div|span|br|img|em|strong|table|math|svg)[\s>/]"
)
_MATHEMATICAL = re.compile(r"[-\d\s+*/=<>()\[\]|.,:;!'\u00b0-\u00b3\u00b7\u00b9\u00d7\u00f7"
                           r"\u0370-\u03ff\u2032-\u2034\u2070-\u209c\u2100-\u22ff\u2a7d\u2a7e"
                           r"\u27e8\u27e9a-zA-Z\u2212\u2026]+")  # fmt: skip


def has_tex(text: str) -> bool:
    r"""Return whether a text has a command, a subscript or a superscript of TeX.

    >>> has_tex(r"\alpha"), has_tex("x^2"), has_tex("about 5 dollars"), has_tex("snake_case")
    (True, True, False, False)
    """
    if _COMMAND_OR_SCRIPT.search(text) is None:
        return False
    only_underscores = "\\" not in text and "^" not in text
    return not (only_underscores and _SNAKE.search(text))


def has_command(text: str) -> bool:
    r"""Return whether a text has one of the common commands of TeX.

    >>> has_command(r"\frac{a}{b}"), has_command(r"App\Models\Topic")
    (True, False)
    """
    return _COMMON_COMMAND.search(text) is not None


def has_prose(text: str, words: int = 1) -> bool:
    r"""Return whether a text has at least `words` pairs of words outside the text of a formula.

    >>> has_prose("where x is the root"), has_prose(r"x \text{ is the root of } y")
    (True, False)
    """
    if " " not in text:
        return False
    if "\\" in text:
        text = _COMMAND.sub(" \\ ", _TEXT_ARGUMENT.sub(" ", text))
    return any(number >= words for number, _ in enumerate(_TWO_WORDS.finditer(text), 1))


def is_tex_value(value: str) -> bool:
    r"""Return whether the value of an attribute is TeX, not a URL, markup, JSON or a sentence.

    >>> is_tex_value(r"\frac{1}{2}"), is_tex_value(r"C:\temp"), is_tex_value('{"a": "\\u00e9"}')
    (True, False, False)
    """
    return has_tex(value) and not _NOT_TEX.search(value) and not has_prose(value, 4)


def is_formula_text(text: str) -> bool:
    r"""Return whether the text of an element named after mathematics can be exactly one formula.

    >>> is_formula_text("n"), is_formula_text("x = 2"), is_formula_text("Calculus for beginners")
    (True, True, False)
    """
    text = text.strip()
    if not text or len(text) > 4000 or has_prose(text, 2):
        return False
    if has_tex(text):
        return not _NOT_TEX.search(text)
    long_word = re.search(r"[a-zA-Z]{4}", text)
    return len(text) <= 100 and not long_word and _MATHEMATICAL.fullmatch(text) is not None
