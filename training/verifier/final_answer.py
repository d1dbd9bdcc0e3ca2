r"""Find the final answer in a completion.

Every step is linear in the length of the text: it may be a megabyte of anything.
"""

import re
from collections import deque

from training.verifier.normalise import fold_characters, normalise_latex
from training.verifier.quantities import read_quantity

_BOX = re.compile(r"\\f?box(?:ed)?\s{0,3}(?=\{)|\\boxed\s{0,3}(?=[\dA-Za-z])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_BOXES = 20  # in a row that form one answer
_BETWEEN = re.compile(
    r"(?:[\s$,;.*]|\\[()\[\]]|\\quad|\\qquad|\\ |\\,|\\text\{[\s,]{0,3}(?:and|or)[\s,]{0,3}\}"
    r"|\band\b|\bor\b|\u548c|\u6216|[A-Za-z](?:_\{?\w\}?)?\s?=)*"
)
# The model asks itself the next question, after a paragraph or a sentence.
_NEXT_QUESTION = re.compile(
    r"(?:\n\s{0,9}\n|(?<=\n)|(?<=[.!?$\u3002]\s)|(?<=[.!?$\u3002]\s\s))[#*\s]{0,6}"
    r"(?:(?:Next |New )?(?:Question|Problem|Exercise|Q|User|Human|Instruction)\s?\d{0,4}\*{0,2}"
    r"\s?[:.\uff1a]"
    r"|(?:\u95ee\u9898|\u9898\u76ee|\u95ee)\s?\d{0,4}\s?[:\uff1a])"
)
_MOST_QUESTIONS = 20  # before which an unmarked answer is looked for
# What leaves several answers open, from the marker on, and before it.
_HEDGE = re.compile(
    r"\b(?:could|might|may) be\b(?! (?:written|expressed|simplified|found|taken)).*(?:\bor\b|,)"
    r"|(?:is|are|=|:)\s{1,3}(?:either|one of|any of)\b.*(?:\bor\b|,)"
    r"|\bor (?:maybe|possibly|perhaps|it (?:might|could|may))\b"
    r"|\b(?:maybe|possibly|perhaps)\b.*\bor\b"
    r"|\u53ef\u80fd(?:\u662f|\u4e3a).*(?:\u6216|\u3001|,)|\u6216\u8005\u53ef\u80fd",
    re.IGNORECASE | re.DOTALL,
)
_HEDGE_BEFORE = re.compile(r"\b(?:could|might|may) be\b[^.]{0,200}\bor\s{1,3}$", re.IGNORECASE)
_NOT_BUT = re.compile(
    r"(?:not|\u4e0d\u662f)\b.{1,100}?(?:\bbut\b|\u800c)(?:\s?(?:it|rather|instead|is|it's|\u662f)\b)*\s*",
    re.IGNORECASE,
)
_NAMED_NUMBER = re.compile(
    r"[\u3400-\u9fff]{1,8}?(?:\u662f|\u4e3a|\u6709|\u5f97)\s?(-?\d+(?:\.\d+)?(?:/\d+)?)[\u3400-\u9fff]{0,3}"
)
_CLAUSE = re.compile(r"[,\uff0c;\uff1b\u3001]")
_TAG = re.compile(r"<answer>", re.IGNORECASE)
_MARKER = re.compile(
    r"\bit (?:must|has to|should|would) be (?=\(?(?-i:[A-J])\)?(?:\W|$))"
    r"|(?:answers?|option|choice)\s{0,3}"
    r"(?:would|must|should|has to|have to|will|could|might|may)\s{1,3}be\b"
    r"|(?:answers?|option|choice)\s{0,3}(?:is|are|=|:)|\banswer\*{2}\s{0,3}:|^\s{0,9}A:"
    r"|\b(?:choose|chose|pick|picked|select|selected|go with|hence|therefore|thus|so)[\s,:]{1,3}"
    r"(?=(?:(?:the )?(?:option|choice|answer|letter)\s)?\(?(?-i:[A-J])\)?\s?(?:[.!\n]|$))"
    r"|\b(?:option|choice)\s(?=\(?(?-i:[A-J])\)?(?:\s?(?:[.!\n]|$)|\s(?:is|must be)\s(?:the )?"
    r"(?:correct|right|answer)))"
    r"|\b(?=\(?(?-i:[A-J])\)?\s(?:is|must be)\s(?:the )?(?:correct|right)\b)"
    r"|(?:\u9009\u9879|\u6545|\u56e0\u6b64|\u6240\u4ee5|\u7b54\u6848)\s?"
    r"(?=(?-i:[A-J])\s?(?:\u9879)?\s?(?:\u662f)?\u6b63\u786e)"
    r"|\u7b54\u6848\s{0,3}(?:\u53ef\u80fd\u662f|\u5e94\u8be5\u662f|\u5e94\u4e3a|\u7b49\u4e8e|\u662f|\u4e3a|:|\uff1a)"
    r"|\u6545\u9009|\u6545\u7b54\u6848|^\s{0,9}\u7b54\s{0,3}[:\uff1a]|\u5e94\u9009|\u9009(?=\s{0,3}[:\uff1a]?\s{0,3}[A-D])"
    r"|\u6b63\u786e\u9009\u9879(?:\u662f|\u4e3a)|####",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWERED = re.compile(rf"\\boxed|{_MARKER.pattern}", _MARKER.flags)
_AFTER = 1500  # characters after a marker that may belong to the answer
_LEAD = re.compile(
    r"(?:[\s*:\uff1a=_#]|\bis\b|\bapproximately\b|\babout\b|\\boxed\b|\u662f|\u4e3a"
    r"|\b(?:written|expressed|simplified) (?:as|to)\b){0,20}"
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

    It is the text in the last `<answer>` if no box follows it, else the last box (with its
    neighbours, if only commas and "and" separate them), else what follows the last "answer is",
    "answer:", "####", a Chinese equivalent or "A:"; else all of a short text; else the last formula
    or number. There is none in a sentence that leaves several open, as "it could be 3 or 4" does.

    >>> final_answers(r"We get $x=2$, so the answer is $\boxed{4}$.")
    ['4']
    """
    after_thinking = text.rpartition("</think>")[2]
    text = _own_solution(after_thinking if after_thinking.strip() else text)
    boxed, tail = _boxed(text), text[-_TAIL:]
    tag = _last_match(_TAG, tail)
    if tag and tail.rfind(r"\boxed") < tag.start():
        return _forms(tail[tag.end() :].split("<")[0])
    if boxed is not None:
        return [boxed] if boxed.strip() else []
    if marker := _last_match(_MARKER, text):
        return [] if _is_open(text, marker) else _forms(_marked(text, marker))
    bare = text.strip()
    if bare and len(bare) <= _BARE and ("\n" not in bare or r"\begin" in bare):
        return _forms(bare)
    return _last(text[-_TAIL:])


def _own_solution(text: str) -> str:
    """Return a completion up to where the model asks itself the next question.

    Only what is before a question that follows an answer is a solution: a completion may as well
    begin by repeating its question.
    """
    answered = _ANSWERED.search(text)
    for number, question in enumerate(_NEXT_QUESTION.finditer(text)):
        start = question.start()
        if answered and answered.end() <= start:
            return text[:start]
        if number < _MOST_QUESTIONS and question[0][0] == "\n":  # a paragraph of its own
            before = text[max(0, start - _BARE) : start]
            if _NUMBER.search(before) or _MATH.search(before):
                return text[:start]
    return text


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


def _marked(text: str, marker: re.Match[str]) -> str:
    marked = text[marker.end() : marker.end() + _AFTER]
    marked = marked[_match_end(_LEAD, marked) :]
    marked = marked[_match_end(_NOT_BUT, marked) :]
    math = _MATH.match(marked)
    if math and "\n" in math[0]:
        return math[0]
    return _sentence(marked)


def _is_open(text: str, marker: re.Match[str]) -> bool:
    """Return whether the sentence with the marker leaves several answers open."""
    before = text[max(0, marker.start() - _BARE) : marker.start()]
    after = _sentence(text[marker.start() : marker.start() + _AFTER])
    return bool(_HEDGE_BEFORE.search(before) or _HEDGE.search(after))


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
    answer = answer.replace("**", "").strip(" \n\t`").strip("*_")
    if not answer:
        return []
    if values := _named_numbers(answer):
        return [answer, ", ".join(values)]
    if read_quantity(normalise_latex(answer)):
        return [answer]
    worded = _PROSE.search(answer) or _LABEL.match(answer) or not answer.isascii()
    inner = _last(answer) if worded else []
    return [answer, *(form for form in inner if form != answer)]


def _named_numbers(answer: str) -> list[str]:
    """Return the numbers of several clauses that name one each: "A is 20, B is 30"."""
    clauses = [clause.strip(" .\u3002") for clause in _CLAUSE.split(answer)]
    matches = [_NAMED_NUMBER.fullmatch(clause) for clause in clauses if clause]
    return [match[1] for match in matches if match] if len(matches) > 1 and all(matches) else []


def _last(text: str) -> list[str]:
    """Return the last formula or, if none ends later, the last number."""
    text = fold_characters(text)
    formula, number = _last_match(_MATH, text), _last_match(_NUMBER, text)
    if formula and (number is None or formula.end() > number.start()):
        content = next(group for group in formula.groups() if group)
        if not _FOREIGN.search(_TEXT.sub("", content)):
            return [content]
    return [number[0].rstrip(".,")] if number else []
