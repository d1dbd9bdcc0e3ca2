"""Read questions with options: the stem, the options and the letter of the right one."""

import re
from dataclasses import dataclass

from transforms.problems.formulas import masked

_LETTERS = "ABCDEFGH"
_FEWEST = 3  # options: of two, guessing finds every second
_CLOSE = r"([A-H])[)\uff09\].\uff0e\u3001:\uff1a]"
_LINES = re.compile(
    rf"^[ \t]*(?:[-*] )?[*_]{{0,2}}[(\uff08\[]?{_CLOSE}[*_]{{0,2}}[ \t]*", re.MULTILINE
)
_INLINE = re.compile(rf"(?:(?<![A-Za-z\d\x00])[*_]{{0,2}}[(\[]?|\uff08){_CLOSE}[*_]{{0,2}}\s*")
_BOXED = re.compile(r"\\boxed\s?\{\s?(?:\\(?:textbf|text|mathrm|mathbf)\s?\{)?\s?\(?([A-H])\s?[)}]")
_LOWER = re.compile(r"(?<![A-Za-z\d])\(([a-h])\)(?![A-Za-z\d(])")
_LOWER_KEY = re.compile(
    r"\s*(?:option\s)?\(([a-h])\)\s*(?:[.,:;\u2014\u2013-].*|$)|.{0,60}\s\(([a-h])\)\s*\.?\s*$",
    re.I | re.S,
)
_KEY = re.compile(
    r"(?:answers?|solution|option|choice|correct)\s?(?:is|:)?\s?(?:option|choice)?\s?[*_]{0,2}[(\[]?(?P<a>[A-H])(?![a-z'])[)\]]?"
    r"|(?:故选|应选|故答案[是为]|答案[是为]?|正确选项[是为]|选)\s?[:\uff1a]?\s?[(\uff08]?(?P<b>[A-H])(?![A-Za-z])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"[\s*_]*[(\uff08\[]?([A-H])"
    r"(?:[)\uff09\].\uff0e\u3001:\uff1a,\uff0c][*_]*|[*_]*\s?[\u2014\u2013]|[*_]*$|[*_]*\n)(.*)",
    re.DOTALL,
)
_LONGEST = 300  # characters of an option


@dataclass(frozen=True, slots=True)
class Choices:
    """A stem, and its options in order."""

    stem: str
    options: tuple[str, ...]

    @property
    def question(self) -> str:
        """The stem, and a line for each option."""
        lines = (f"({letter}) {text}" for letter, text in zip(_LETTERS, self.options, strict=False))
        return "\n".join([self.stem, *lines])


def read_choices(text: str) -> Choices | None:
    r"""Return stem and options of a question, None if it has fewer than three.

    >>> read_choices("$1+1$ is\nA. 1\nB. 2\nC. 3")
    Choices(stem='$1+1$ is', options=('1', '2', '3'))
    """
    hidden = masked(text)
    for pattern in (_LINES, _INLINE):
        run: list[re.Match[str]] = []
        for match in pattern.finditer(hidden):
            if len(run) < len(_LETTERS) and match[1] == _LETTERS[len(run)]:
                run.append(match)
        if len(run) >= _FEWEST:
            ends = [match.start() for match in run[1:]] + [len(text)]
            texts = (text[match.end() : end] for match, end in zip(run, ends, strict=True))
            return Choices(text[: run[0].start()].strip(), tuple(map(_option, texts)))
    return None


def with_upper_case(question: str, answer: str) -> tuple[str, str]:
    """Return a question with options (a), (b), (c) and its answer in upper case.

    Only if the answer is such a letter: (a), (b) and (c) may be parts, each with an answer.

    >>> with_upper_case("Which? (a) 1 (b) 2 (c) 3", "2 (b)")
    ('Which? (A) 1 (B) 2 (C) 3', '(B)')
    """
    key = _LOWER_KEY.fullmatch(answer.strip().partition("\n")[0])
    if not key:
        return question, answer
    letter = (key[1] or key[2]).upper()
    return _LOWER.sub(lambda match: f"({match[1].upper()})", question), f"({letter})"


def _option(text: str) -> str:
    return " ".join(text.split()).lstrip(". ").rstrip(";\uff1b")


def are_distinct(choices: Choices) -> bool:
    """Return whether the options are different, and none is empty or cut."""
    texts = {option.casefold() for option in choices.options}
    return len(texts) == len(choices.options) and all(0 < len(text) <= _LONGEST for text in texts)


def read_key(answer: str, solution: str, choices: Choices) -> str:
    """Return the letter of the right option; "" if none is named, or two.

    >>> read_key("(B) 2", "", Choices("$1+1$ is", ("1", "2", "3")))
    'B'
    """
    letters = {
        letter
        for letter in (_bare_letter(answer, choices), *_marked(answer), *_marked(solution)[-1:])
        if letter
    } or {_letter_of(answer, choices)}
    letter = letters.pop() if len(letters) == 1 else ""
    return letter if letter and letter in _LETTERS[: len(choices.options)] else ""


def _marked(text: str) -> list[str]:
    boxed = [match[1] for match in _BOXED.finditer(text)]
    return boxed[-1:] or [(match["a"] or match["b"]).upper() for match in _KEY.finditer(text)]


def _bare_letter(answer: str, choices: Choices) -> str:
    """Return the letter that an answer begins with, if what follows is not another option."""
    match = _BARE.match(answer.strip())
    if not match:
        return ""
    other = _letter_of(match[2].partition("\n")[0], choices)
    return match[1] if other in ("", match[1]) else ""


def _letter_of(text: str, choices: Choices) -> str:
    """Return the letter of the option that a text is, "" if it is none."""
    texts = [_plain(option) for option in choices.options]
    plain = _plain(text)
    return _LETTERS[texts.index(plain)] if plain in texts else ""


def _plain(text: str) -> str:
    return re.sub(r"[\s$*_.\u3002]", "", text).casefold()
