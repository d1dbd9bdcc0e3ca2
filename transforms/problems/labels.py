"""Recognise the labels that begin a part of a problem: Example 3, Solution, Answer, 解, 答案."""

import re
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "example",  # a question whose solution follows
    "exercise",
    "question",  # Q: in a list of questions and answers
    "solution",
    "answer",
    "hint",
    "other",  # a definition, a theorem, a figure: what came before ends
]


@dataclass(frozen=True, slots=True)
class Label:
    """The label at the beginning of a block, its number ("" if none), and the text after it.

    One that `is_plural`, such as Exercises 2, and is all of the block is the title of a section.
    """

    role: Role
    number: str
    rest: str
    is_plural: bool = False


_WORDS: dict[Role, tuple[str, str]] = {  # in languages that are written in letters; in Chinese
    "example": (
        "(?:worked |sample |solved )?examples?|exemplos?|ejemplos?|exemples?|beispiel",
        "例题?",
    ),
    "exercise": (
        "(?:practice |sample |review )?(?:exercises?|problems?|questions?)|your turn|quiz"
        "|try it(?: yourself| now)?|check ?point|progress check|exerc[íi]cios?|ejercicios?"
        "|problemas?|exercices?|aufgaben?",
        r"练习题?|习题|题目|问题|练一练|变式|第(?=[\d一二三四五六七八九十]{1,3}题)",
    ),
    "question": (r"q(?=\s?\d{0,3}\s?[:.])", r"问(?=\s?[:\uff1a])"),
    "solution": (
        "(?:detailed |full |the |show |view |hide )?(?:solutions?|explanation)|solução|solución"
        "|lösung",
        "解答|解析|解法|分析|详解|解",
    ),
    "answer": (
        "(?:the |final |correct |right |show |view |hide |check |short )?(?:answers?|ans)"
        r"|a(?=\s?\d{0,3}\s?:)|respostas?|respuestas?|réponses?|antwort",
        "(?:参考|正确|标准)?答案|答",
    ),
    "hint": ("hints?|tips?|dica|pista|indication|hinweis", "提示|点拨|思路"),
    "other": (
        "definitions?|theorem|lemma|proposition|corollary|proof|remarks?|notes?|figure|table"
        "|algorithm|property|rule|caution|warning|key (?:idea|concept)s?|video(?: / answer)?"
        "|how to|definição|teorema|demonstração|observação|definición",
        "定义|定理|证明|注意?|点评|考点|专题|小结|总结",
    ),
}
_NUMBER = (
    r"(?:\s*#?\s*(\d{1,4}(?:[.-]\d{1,4}){0,4}[a-z]?|\$\\PageIndex\{[^}$]{1,9}\}\$"
    r"|[A-Z]?\d{1,3}(?:\.\d{1,3}){0,3}|[一二三四五六七八九十]{1,3}))?"
)
_AFTER_LATIN = (
    r"[*_]{0,3}(?:\s?\([^()\n]{1,60}\)(?=\s?[.:]|\s*$))?[*_]{0,3}\s?"
    r"(?:[.:\uff1a\u2014\u2013][*_]{0,3}(?=\s|$|\$|\\|\d)|\s-\s|\n|$"
    r"|(?<=[\d$])\s(?-i:(?=[A-Z$(]))|(?<=\*\*)\s)\s*"
)
_AFTER_HAN = (
    r"\s?题?[\u3011\])\uff09\u3017]?\s?"
    r"(?:[:\uff1a.\uff0e\u3001)\uff09][*_]{0,3}|\n|$|(?<=\d)(?=[\s(\uff08$\u3010])"
    r"|(?<=[\u3011\u3017]))\s*"
)
_PATTERNS: dict[Role, tuple[re.Pattern[str], ...]] = {
    role: (
        re.compile(
            rf"[*_\s]{{0,4}}(?:\d{{1,3}}[.)]\s{{1,3}})?[*_]{{0,2}}(?:{latin}){_NUMBER}{_AFTER_LATIN}",
            re.IGNORECASE,
        ),
        re.compile(rf"[*_\s]{{0,4}}[\u3010\[(\uff08\u3016]?(?:{han}){_NUMBER}{_AFTER_HAN}"),
    )
    for role, (latin, han) in _WORDS.items()
}
_SENTENCE_END = r"(?<=[.?!)\]$_\uff1f\u3002\uff09])"
_INLINE = re.compile(  # before a label after the end of a sentence on the same line
    rf"{_SENTENCE_END}\s{{1,3}}(?=[*_\[(]{{0,3}}(?:answer|ans|solution)\s?:)"
    rf"|{_SENTENCE_END}\s{{0,3}}(?=[\u3010(\uff08]?(?:参考|正确)?(?:答案|解析)[\u3011)\uff09]?"
    r"\s?[:\uff1a\u3011])|(?<=\S)\s{0,3}(?=\u3010(?:答案|解析|分析|解答|详解|点评)\u3011)",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"[\s*_#]*(?:\w+ )?(?:exercises|problems|questions|quiz|answers|solutions|exerc[íi]cios"
    r"|ejercicios|problemas|aufgaben|respostas|respuestas|练习题?|习题|(?:参考|标准)答案)"
    r"(?:\s?\d[\d.]*)?[\s*_:.\uff1a]*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[ \t]*\(?\d{1,3}[.)\u3001\uff0e]")
_ITEM = re.compile(r"\(?(\d{1,3}|[a-z]|[ivx]{1,4})[.)]{1,2}")


def read_label(text: str) -> Label | None:
    """Return the label that a block or heading begins with, or None.

    >>> read_label("Example 3.2. Find $x$.")
    Label(role='example', number='3.2', rest='Find $x$.', is_plural=False)
    >>> read_label("【答案】12")
    Label(role='answer', number='', rest='12', is_plural=False)
    """
    for role, patterns in _PATTERNS.items():
        for pattern in patterns:
            if match := pattern.match(text):
                is_plural = bool(_PLURAL.fullmatch(text))
                return Label(role, _number(match[1] or ""), text[match.end() :], is_plural)
    return None


def read_item(heading: str) -> str:
    """Return the number of a heading that is only a number: "(a)" gives "a"; "" for others.

    >>> read_item("12."), read_item("(a)"), read_item("Exercises")
    ('12', 'a', '')
    """
    match = _ITEM.fullmatch(heading)
    return match[1] if match else ""


def split_at_labels(paragraph: str) -> list[str]:
    r"""Split a paragraph before each line, and each sentence, that begins with a label.

    >>> split_at_labels("Example 1. Find it.\nSolution. It is 1.")
    ['Example 1. Find it.', 'Solution. It is 1.']
    """
    parts: list[list[str]] = [[]]
    is_display = False
    for line in _INLINE.sub("\n", paragraph).split("\n"):
        if parts[-1] and not is_display and _begins(line, parts[-1]):
            parts.append([])
        parts[-1].append(line)
        is_display = is_display != (line.count("$$") % 2 == 1)
    return ["\n".join(part) for part in parts]


def _begins(line: str, part: list[str]) -> bool:
    """Return whether a line begins a new part: by a label, or by a number after an answer."""
    if read_label(line):
        return True
    label = read_label(part[0]) if _NUMBERED.match(line) else None
    is_answered = label and label.role in ("answer", "solution") and label.rest.strip()
    return bool(is_answered and not _NUMBERED.match(label.rest if label else ""))


def _number(text: str) -> str:
    return re.sub(r"\$\\PageIndex\{|\}\$", "", text)
