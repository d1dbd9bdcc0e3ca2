r"""Find the delimited formulas in the text of a page: \(x\), $$x$$, [tex]x[/tex].

A scanner goes from opener to opener. The position of the next closer of each kind is cached, so
that any number of openers costs no more than one search through the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.formulas.mathjax_config import MathConfig
from transforms.latex.detect import has_prose, has_tex, is_formula_text

_MAX_LENGTH = 4_000  # characters between delimiters
_MAX_INLINE = 1_000  # characters between single dollar signs
_MAX_REJECTED = 10_000  # openers without a formula; a text with more is not mathematics
_ENVIRONMENTS = (
    "equation|align|eqnarray|gather|multline|displaymath|alignat|flalign|math|aligned|gathered"
    "|array|cases|[bpvBV]?matrix|split|subequations|CD|tikzcd"
)
_PAIRS = {  # opener: closer, display
    r"\(": (r"\)", False),
    r"\[": (r"\]", True),
    "[;": (";]", False),
    "[itex]": ("[/itex]", False),
    "[tex]": ("[/tex]", False),
    "[latex]": ("[/latex]", False),
    "[math]": ("[/math]", False),
    "[mathjax]": ("[/mathjax]", False),
    "[imath]": ("[/imath]", False),
    "[dmath]": ("[/dmath]", True),
    "[katex]": ("[/katex]", False),
}
_OPENERS = (
    rf"(?P<environment>\\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}})"
    r"|(?P<pair>\\[(\[]|\[;|\[[a-z]{3,7}\])|\\.|(?P<dollars>\$+)"
)
_CUSTOM = re.compile(r"[^\s\w]")  # a letter is not a delimiter
_BLANK_LINE = re.compile(r"\n\s{0,200}\n")
_MONEY = re.compile(r"\s?\d[\d.,]*\s?(?:k|m|bn|[MB]illion|million|billion|per|a|an|to|and|or|for"
                    r"|in|on|off|USD|US|CAD|AUD)?\b[^\\^_={}]*", re.I)  # fmt: skip
_CURRENCY = re.compile(r"[ ,](?:US|NZ|AU|CA|HK|MX|[ACRS])$")  # $10, NZ$ 20
_LETTERS = re.compile(
    r"[a-zA-Z]'?(?:\([a-zA-Z0-9, ]{1,9}\))?(?:\s?[-+=<>,]\s?[a-zA-Z0-9]{1,3}){0,4}"
)
_NUMBER = re.compile(r"\d[\d.,]*")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_HASHES = "##"
_PLACEHOLDER = "\ue000"


@dataclass(frozen=True, slots=True)
class Delimited:
    """A formula in a text: its start and end, delimiters included, its source and its style."""

    start: int
    end: int
    tex: str
    display: bool
    asciimath: bool = False


def text_formulas(text: str, config: MathConfig) -> Iterator[Delimited]:
    r"""Yield the delimited formulas of `text` in order, with unchanged TeX.

    Dollar signs enclose a formula if their content has the syntax of one, or if the page has
    mathematics and their content is neither money nor prose.

    >>> [item.tex for item in text_formulas(r"$5 or $10, so \(x\) or $x^2$", MathConfig())]
    ['x', 'x^2']
    """
    return _Scanner(text, config).formulas()


class _Scanner:
    """Scanner of a text that caches the next position of each closer."""

    def __init__(self, text: str, config: MathConfig) -> None:
        self.text, self.config = text, config
        self.next: dict[str, tuple[int, int]] = {}  # closer -> (search start, position)
        self.has_mathematics = config.library
        known = [d for d in config.delimiters if d[0] not in _PAIRS and not set(d[0]) <= {"$"}]
        self.custom = {d[0]: d[1:] for d in known if _CUSTOM.match(d[0])}
        self.configures_hashes = _HASHES in self.custom
        if config.library and _HASHES in text:
            self.custom[_HASHES] = (_HASHES, False)
        patterns = [re.escape(opener) for opener in sorted(self.custom, key=len, reverse=True)]
        if config.asciimath:
            patterns.append(r"(?<!`)`(?!`)")
        custom = f"(?P<custom>{'|'.join(patterns)})|" if patterns else ""
        self.openers = re.compile(custom + _OPENERS, re.S)
        # Searching for a class of characters is ten times as fast as for alternative patterns.
        characters = {"\\", "[", "$", "`"} | {opener[0] for opener in self.custom}
        self.first_characters = re.compile(f"[{re.escape(''.join(sorted(characters)))}]")

    def formulas(self) -> Iterator[Delimited]:
        position = rejected = 0
        while rejected < _MAX_REJECTED and (
            match := self.first_characters.search(self.text, position)
        ):
            opener = self.openers.match(self.text, match.start())
            if opener is None:
                position = match.end()
                continue
            formula = self._read(opener)
            if formula:
                yield formula
                position = formula.end
            else:
                position = opener.end()
                rejected += opener[0][0] != "\\" or opener["pair"] is not None

    def _read(self, opener: re.Match[str]) -> Delimited | None:
        start, opening = opener.start(), opener[0]
        if opener["dollars"]:
            return self._dollars(start, len(opening))
        if opener["environment"]:
            return self._environment(start, opening, opener["name"])
        if opener["pair"]:
            closer, display = _PAIRS.get(opening, ("", False))
            formula = self._pair(start, opening, closer, display) if closer else None
            is_matrix = formula and not (has_tex(formula.tex) or _LETTERS.fullmatch(formula.tex))
            if opening == "[;" and (formula is None or is_matrix or not _is_certain(formula.tex)):
                return None
            return formula
        if opening == "`":
            return self._backticks(start)
        if opening == _HASHES and not self.configures_hashes:
            return self._hashes(start)
        if opening in self.custom:
            formula = self._pair(start, opening, *self.custom[opening])
            if formula is None or _BLANK_LINE.search(formula.tex) or has_prose(formula.tex, 3):
                return None  # `##` also starts our headings
            return formula
        return None

    def _find(self, closer: str, start: int) -> int:
        """Return the first position of `closer` from `start` on, or the length of the text."""
        searched_from, position = self.next.get(closer, (0, -1))
        if not searched_from <= start <= position:
            position = self.text.find(closer, start)
            position = position if position >= 0 else len(self.text)
            self.next[closer] = start, position
        return position

    def _pair(self, start: int, opener: str, closer: str, display: bool) -> Delimited | None:
        inner = start + len(opener)
        close = self._find(closer, inner)
        if close - inner > _MAX_LENGTH or close == len(self.text):
            return None
        tex = self.text[inner:close]
        if opener in tex and opener != closer:
            return self._nested(start, opener, closer, display)
        return Delimited(start, close + len(closer), tex, display) if tex.strip() else None

    def _nested(self, start: int, opener: str, closer: str, display: bool) -> Delimited | None:
        r"""Read a formula that contains others in its \text{..}; None if it has no closer."""
        inner = start + len(opener)
        close = self._find(closer, inner)
        for _ in range(4):
            tex = self.text[inner:close]
            if len(tex) > _MAX_LENGTH or close == len(self.text):
                return None
            if tex.count(opener) == tex.count(closer) and _balanced(tex):
                tex = tex.replace(opener, "$").replace(closer, "$")
                return Delimited(start, close + len(closer), tex, display)
            if _balanced(tex):
                return None
            close = self._find(closer, close + 1)
        return None

    def _environment(self, start: int, opener: str, name: str) -> Delimited | None:
        closer = rf"\end{{{name}}}"
        close = self._find(closer, start)
        if close - start > _MAX_LENGTH or close == len(self.text):
            return None
        end = close + len(closer)
        tex = self.text[start:end]
        return Delimited(start, end, tex, name != "math")

    def _backticks(self, start: int) -> Delimited | None:
        close = self._find("`", start + 1)
        tex = self.text[start + 1 : close]
        if close == len(self.text) or close - start > 500 or not tex.strip() or "\n\n" in tex:
            return None
        return Delimited(start, close + 1, tex, False, True)

    def _hashes(self, start: int) -> Delimited | None:
        """Read the `##` of forums whose configuration is elsewhere; our headings start so too."""
        formula = self._pair(start, _HASHES, _HASHES, False)
        if formula is None or not _is_certain(formula.tex) or "#" in formula.tex:
            return None
        at_line_start = start == 0 or self.text[start - 1] in "\n#"
        return None if at_line_start and formula.tex[0].isspace() else formula

    def _dollars(self, start: int, count: int) -> Delimited | None:
        if count not in (1, 2, 3, 6) or (start and self.text[start - 1] == "\\"):
            return None
        if count == 1:
            return self._inline(start)
        dollars = "$" * count
        formula = self._pair(start, dollars, dollars, self.config.is_display(dollars))
        if formula is None or not self._is_formula(formula.tex, _MAX_LENGTH):
            return None
        self.has_mathematics = self.has_mathematics or has_tex(formula.tex)
        return formula

    def _inline(self, start: int) -> Delimited | None:
        close = start
        for _ in range(4):  # a formula may contain others in its \text{..}
            close = self._find("$", close + 1)
            while close < len(self.text) and self.text[close - 1] == "\\":
                close = self._find("$", close + 1)
                if close - start > _MAX_INLINE:
                    return None
            tex = self.text[start + 1 : close]
            if close == len(self.text) or len(tex) > _MAX_INLINE or _BLANK_LINE.search(tex):
                return None
            if "{" not in tex or _balanced(tex):
                break
        else:
            return None
        if not self._is_formula(tex, _MAX_INLINE) or self._is_money(tex, close):
            return None
        if tex[0].isspace() and self.text[max(start - 1, 0) : start].isdigit():
            return None  # 5$ or 10$
        if "\\" not in tex and self._is_code(start, close, tex):
            return None
        if not (self.has_mathematics or has_tex(tex) or self._is_separate(start, close)):
            return None
        self.has_mathematics = self.has_mathematics or ("\\" in tex and has_tex(tex))
        return Delimited(start, close + 1, _without_wordpress_prefix(tex), False)

    def _is_formula(self, tex: str, longest: int) -> bool:
        if not tex.strip() or _PLACEHOLDER in tex or len(tex) > longest:
            return False
        if has_tex(tex):
            return not has_prose(tex, 3 if "\\" in tex or self.has_mathematics else 1)
        if _LETTERS.fullmatch(tex):
            return True
        return self.has_mathematics and not has_prose(tex, 2)

    def _is_separate(self, start: int, close: int) -> bool:
        return not (
            self.text[max(start - 1, 0) : start] + self.text[close + 1 : close + 2]
        ).isalnum()

    def _is_code(self, start: int, close: int, tex: str) -> bool:
        """Return whether two dollar signs start names in code: `a$x + b$y`, `$HOME:$PATH`."""
        after = self.text[close + 1 : close + 2]
        if not (after.isascii() and (after.isalpha() or after in ("_", "{"))):
            return False
        before = self.text[max(start - 1, 0) : start]
        if before.isascii() and (before.isalnum() or before in ("_", "]", ")")):
            return True
        begins = tex[0].isascii() and (tex[0].isalpha() or tex[0] in "_{")
        return begins and not (tex[-1].isalnum() or tex[-1] in ")]}'|!")

    def _is_money(self, tex: str, close: int) -> bool:
        """Return whether a dollar sign followed by `tex` is an amount of money."""
        if not tex[0].isdigit():
            return tex[-1].isspace() and not tex[0].isspace() and not has_tex(tex)
        next_character = self.text[close + 1 : close + 2]
        if next_character.isdigit():
            return True
        if _CURRENCY.search(tex):
            return True
        if _NUMBER.fullmatch(tex):
            return not self.has_mathematics
        return (tex[-1].isspace() or has_prose(tex)) and _MONEY.fullmatch(tex) is not None


def _is_certain(tex: str) -> bool:
    """Return whether the text between uncertain delimiters is a formula: on one line, no prose."""
    return "\n" not in tex and is_formula_text(tex)


def _balanced(tex: str) -> bool:
    depth = 0
    for brace in _BRACE.finditer(tex):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            return False
    return depth == 0


def _without_wordpress_prefix(tex: str) -> str:
    r"""Remove WordPress's prefix and options: $latex x^2$, $latex x^2&s=2$."""
    if not tex.startswith("latex") or tex[5:6].isalpha():
        return tex
    return re.sub(r"(?:&(?:amp;|#0?38;)?(?:s|fg|bg)=[-\w]{0,9})+\s?$", "", tex[5:]) or tex
