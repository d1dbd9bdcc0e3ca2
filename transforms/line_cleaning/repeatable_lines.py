"""Find the lines of a text that may be boilerplate of its host, and hash them.

Exempt are formulas, code, tables, and labels such as "Proof.", "#### 2." or "(a)", which many pages
of a textbook share.
"""

import re
from collections.abc import Iterator

from transforms.text.fingerprints import formula_spans, hash64
from transforms.text.words import words

MIN_WORDS = 5  # a line of fewer is short: a label, or navigation if nearly all pages have it
_FENCE = re.compile(r" *(```+)")
_FORM = re.compile(r"[\W_]*(?:(?:\d+|[^\W\d]|[ivxlc]+)(?:[\W_]+|$))*", re.I)  # "#### 2.", "1. a)"
# What the parts of mathematical texts are called.
_PART = re.compile(
    r"\b(?:answers?|cases?|claim|corollary|definitions?|examples?|exercises?|hints?|lemma|notes?"
    r"|problems?|proofs?|propositions?|questions?|references|remarks?|solutions?|theorem"
    r"|corollaire|démonstration|définition|exemples?|exercices?|lemme|preuve|problème|remarque"
    r"|réponse|théorème|aufgaben?|beispiele?|bemerkung|beweis|korollar|lösung(?:en)?|satz"
    r"|übung(?:en)?|corolario|definición|demostración|ejemplos?|ejercicios?|lema|problemas?"
    r"|proposición|respuestas?|solución|soluciones|teorema|definição|demonstração|exercícios?"
    r"|observação|prova|respostas?|solução|corollario|definizione|dimostrazione|esempi|esempio"
    r"|esercizi|esercizio|risposta|soluzione|soluzioni|доказательство|задачи|задача|замечание"
    r"|лемма|ответы?|определение|примеры?|решение|следствие|теорема|упражнения|упражнение)\b"
    "|证明|證明|解|答案|题|題|例|练习|練習|习题|習題|定义|定義|定理|引理|推论|推論|命题|命題|注|証明"
    "|증명|풀이|정답|예제|정의|정리|문제",
    re.I,
)
_MAX_LABEL = 40  # characters of a line that is taken for a label


def repeatable_lines(text: str) -> Iterator[tuple[int, str, bool]]:
    r"""Yield lines that may be removed: number from 0, text with white space collapsed, is short.

    >>> list(repeatable_lines("# A first course in algebra\n\n(a) \n\nHome > Books"))
    [(0, '# A first course in algebra', False), (4, 'Home > Books', True)]
    """
    formulas = formula_spans(text)
    formula = next(formulas, None)
    fence, end = "", -1
    for number, line in enumerate(text.split("\n")):
        start, end = end + 1, end + 1 + len(line)
        while formula and formula[1] <= start:
            formula = next(formulas, None)
        if mark := _FENCE.match(line):
            fence = ("" if line.strip() == fence else fence) if fence else mark[1]
        elif not (fence or (formula and formula[0] < end)):
            line = " ".join(line.split())
            is_short = len(line) < 200 and len(words(line)) < MIN_WORDS
            if line and not line.startswith("|") and not (is_short and _is_label(line)):
                yield number, line, is_short


def line_key(host: str, line: str) -> int:
    """Return the hash under which the pages of a host that have a line are counted."""
    return hash64(f"{host}\n{line}")


def _is_label(line: str) -> bool:
    """Return whether a short line may be the label, or the heading, of a part of a text."""
    return len(line) <= _MAX_LABEL and bool(_FORM.fullmatch(line) or _PART.search(line))
