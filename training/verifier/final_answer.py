r"""Find the final answer in a completion.

Every step is linear in the length of the text: it may be a megabyte of anything.
"""

import re
from collections import deque

from training.verifier.normalise import fold_characters

_BOX = re.compile(r"\\f?box(?:ed)?\s{0,3}(?=\{)|\\boxed\s{0,3}(?=[\dA-Za-z])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_BOXES = 20  # in a row that form one answer
_BETWEEN = re.compile(
    r"(?:[\s$,;.*]|\\[()\[\]]|\\quad|\\qquad|\\ |\\,|\\text\{[\s,]{0,3}(?:and|or)[\s,]{0,3}\}"
    r"|\band\b|\bor\b|\u548c|\u6216|[A-Za-z](?:_\{?\w\}?)?\s?=)*"
)
_TAG = re.compile(r"<answer>", re.IGNORECASE)
_MARKER = re.compile(
    r"(?:answers?|option|choice)\s{0,3}(?:is|are|=|:)|\banswer\*{2}\s{0,3}:|^\s{0,9}A:"
    r"|\u7b54\u6848\s{0,3}(?:\u5e94\u8be5\u662f|\u5e94\u4e3a|\u7b49\u4e8e|\u662f|\u4e3a|:|\uff1a)"
    r"|\u6545\u9009|\u6545\u7b54\u6848|^\s{0,9}\u7b54\s{0,3}[:\uff1a]|\u5e94\u9009|\u9009(?=\s{0,3}[:\uff1a]?\s{0,3}[A-D])"
    r"|\u6b63\u786e\u9009\u9879(?:\u662f|\u4e3a)|####",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER = 1500  # characters after a marker that may belong to the answer
_LEAD = re.compile(
    r"(?:[\s*:\uff1a=_#]|\bis\b|\bapproximately\b|\babout\b|\\boxed\b|\u662f|\u4e3a){0,20}"
)
_SENTENCE_END = re.compile(
    r"\n|\u3002|\.\s|\.\*|\.$|[!?](?=\s)|,?\s(?:because|since|which|so that|where|but|as)\s|\*\*"
)
_MATH = re.compile(
    r"\$\$(?P<a>[^$]{1,2000})\$\$|(?<!\\)\$(?P<b>(?:[^$\\]|\\.){1,1000})\$|\\\((?P<c>.{1,1000}?)\\\)"
    r"|\\\[(?P<d>.{1,2000}?)\\\]",
    re.DOTALL,
)
_NUMBER = re.compile(
    r"-?\\frac\s?\{-?\d{1,30}\}\s?\{-?\d{1,30}\}|(?<![\w.,\\{^])(?:-|\u2212)?[$\u00a5\u20ac\u00a3]?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?"
    r"|(?<=[\u3000-\u9fff\uff01-\uff60])-?\d[\d,]*\.?\d*(?:/\d+)?"
)
_TAIL = 4000  # characters at the end that are searched for an unmarked answer
_BARE = 300  # characters of the longest text that may be an answer as a whole
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?:\s[A-Za-z]{2,})+")
_TEXT = re.compile(r"\\[a-z]{1,12}\{[A-Za-z ,.]{1,60}\}")
# Words that no formula contains, as in "$5 and $6".
_FOREIGN = re.compile(r"(?<![\\A-Za-z])(?!or\b)[A-Za-z]{2,}\s")
_LABEL = re.compile(r"[A-Za-z]{2,20}\s?(?::|(?=\$|\\[(\[]))")


def final_answers(text: str) -> list[str]:
    r"""Return the final answer in `text`, in at most two forms, the more literal first.

    It is the last box (with its neighbours, if only commas and "and" separate them), else the text
    in `<answer>`, else what follows the last "answer is", "answer:", "####", a Chinese equivalent
    or "A:"; else all of a short text; else the last formula or number.

    >>> final_answers(r"We get $x=2$, so the answer is $\boxed{4}$.")
    ['4']
    """
    after_thinking = text.rpartition("</think>")[2]
    text = after_thinking if after_thinking.strip() else text
    boxed = _boxed(text)
    if boxed is not None:
        return [boxed] if boxed.strip() else []
    tags = list(_TAG.finditer(text[-_TAIL:]))
    if tags:
        return _forms(text[-_TAIL:][tags[-1].end() :].split("<")[0])
    marked = _marked(text)
    if marked is not None:
        return _forms(marked)
    bare = text.strip()
    if bare and len(bare) <= _BARE and ("\n" not in bare or r"\begin" in bare):
        return _forms(bare)
    return _last(text[-_TAIL:])


def _boxed(text: str) -> str | None:
    """Return the contents of the last box, or of the last row of boxes."""
    boxes: list[str] = []
    end = len(text)
    while len(boxes) < _MOST_BOXES:
        start = max(text.rfind(r"\boxed", 0, end), text.rfind(r"\fbox", 0, end))
        match = _BOX.match(text, start) if start >= 0 else None
        if not match:
            break
        content, close = _braced(text, match.end())
        if boxes and (close > end or not _BETWEEN.fullmatch(text, close, min(end, close + 200))):
            break
        if boxes and end - close > 200:
            break
        boxes.append(content)
        end = start
    return ", ".join(reversed(boxes)) if boxes else None


def _braced(text: str, start: int) -> tuple[str, int]:
    """Return the group that opens at `start`, or its line if it never closes, and its end."""
    if text[start] != "{":
        return text[start], start + 1
    depth = 0
    for match in _BRACE.finditer(text, start):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0:
            return text[start + 1 : match.start()], match.end()
    line = text[start + 1 :].partition("\n")[0]
    return line.rstrip("$ ."), start + 1 + len(line)


def _marked(text: str) -> str | None:
    last = _last_match(_MARKER, text)
    if last is None:
        return None
    marked = text[last.end() : last.end() + _AFTER]
    marked = marked[_match_end(_LEAD, marked) :]
    math = _MATH.match(marked)
    if math and "\n" in math[0]:
        return math[0]
    return _sentence(marked)


def _last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = deque(pattern.finditer(text), maxlen=1)
    return last[0] if last else None


def _match_end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _sentence(text: str) -> str:
    """Return the first sentence; punctuation inside a formula does not end it."""
    hidden = _MATH.sub(lambda match: "x" * len(match[0]), text)
    end = _SENTENCE_END.search(hidden)
    return text[: end.start()] if end else text


def _forms(answer: str) -> list[str]:
    """Return an answer as written, and what is left of it without the words around it."""
    answer = answer.replace("**", "").strip(" \n\t`")
    if not answer:
        return []
    worded = _PROSE.search(answer) or _LABEL.match(answer) or not answer.isascii()
    inner = _last(answer) if worded else []
    return [answer, *(form for form in inner if form != answer)]


def _last(text: str) -> list[str]:
    """Return the last formula or, if none ends later, the last number."""
    text = fold_characters(text)
    formula, number = _last_match(_MATH, text), _last_match(_NUMBER, text)
    if formula and (number is None or formula.end() > number.start()):
        content = next(group for group in formula.groups() if group)
        if not _FOREIGN.search(_TEXT.sub("", content)):
            return [content]
    return [number[0].rstrip(".,")] if number else []
