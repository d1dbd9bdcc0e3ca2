r"""Answers in words: `\text{Tuesday}`, a date, `no solution`."""

import re

from training.verifier.values import Words

_PLAIN_TEXT = re.compile(r"\\text\{([^{}]*)\}|\\(?=[ ,;])")
_SENTENCE = re.compile(r"[A-Za-z\u3400-\u9fff][A-Za-z\d\s'.,;:?!()\u3400-\u9fff-]*")
_MONTH = re.compile(
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_SAME_WORDS = {
    **dict.fromkeys(
        ("no solutions", "no real solutions", "empty set", "\u65e0\u89e3"), "no solution"
    ),
    **dict.fromkeys(("dne", "doesn't exist"), "does not exist"),
}
_NONE = frozenset((r"\emptyset", r"\{\}", r"\phi"))
_LONG_WORD = re.compile(r"[A-Za-z]{3}|[\u3400-\u9fff]")


def read_words(latex: str) -> Words | None:
    r"""Return the words that normalised `latex` consists of, None where it is a formula.

    Dates are written in one way, and so is that there is no solution.

    >>> read_words(r"\text{the 4th of July}")
    Words(text='jul 4')
    """
    if latex in _NONE:
        return Words("no solution")
    plain = _PLAIN_TEXT.sub(lambda match: f" {match[1] or ''} ", latex)
    words = re.sub(r"[.,;:?!()]", " ", plain).casefold().split()
    date = _date(words)
    if date:
        return Words(date)
    if not _SENTENCE.fullmatch(plain.strip()) or not _LONG_WORD.search(plain):
        return None
    if r"\text" not in latex and len(plain) < 3:
        return None
    return Words(_SAME_WORDS.get(" ".join(words), " ".join(words)))


def _date(words: list[str]) -> str:
    """Return "june 20" for "20th of June"; nothing for what is no date."""
    months = [word[:3] for word in words if _MONTH.fullmatch(word)]
    numbers = [re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word) for word in words]
    numbers = [number for number in numbers if number.isdigit()]
    others = len(words) - len(months) - len(numbers) - words.count("of") - words.count("the")
    if len(months) != 1 or not 1 <= len(numbers) <= 2 or others:
        return ""
    return " ".join(months + sorted(numbers, key=len))
