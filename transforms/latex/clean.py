r"""Clean LaTeX: remove what pages wrap around formulas, and commands that render nothing.

Changes never affect how a formula renders; environments, spacing and style are left to the author.
A test for a character guards every step, since pages have thousands of formulas and most need no
step.
"""

import re
from functools import lru_cache
from html import unescape

from transforms.latex.mathml.convert import to_latex
from transforms.latex.mathml.symbols import SYMBOLS

MAX_TEX = 20_000  # characters; anything longer is not a formula and is dropped

_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5});")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n|$)")
_BREAK = re.compile(r"<br\s{0,9}/?>", re.I)
_CDATA = re.compile(r"%?\s{0,9}(?:<!\[CDATA\[|\]\]>)")
_CODE_POINT = re.compile(r"\\unicode\s?(?:\[[^\]]{0,60}\])?\{x([0-9a-fA-F]{2,5})\}")
_PAIRS = (
    (r"\(", r"\)", False),
    (r"\[", r"\]", True),
    ("$$", "$$", True),
    ("$", "$", False),
    ("[itex]", "[/itex]", False),
    ("[tex]", "[/tex]", True),
    ("[latex]", "[/latex]", False),
    ("[math]", "[/math]", False),
    (r"\begin{math}", r"\end{math}", False),
    (r"\begin{displaymath}", r"\end{displaymath}", True),
    (r"\begin{equation}", r"\end{equation}", True),
    (r"\begin{equation*}", r"\end{equation*}", True),
)
_LETTERS = frozenset(map(chr, (*range(0x2100, 0x2150), *range(0x1D400, 0x1D800))))
_OPENING = frozenset(opener[0] for opener, _, _ in _PAIRS)
_DISPLAY_OPENERS = (r"\[", "$$", "[tex]", r"\begin{")
_TYPOGRAPHY = str.maketrans(  # typographic variants of ASCII, and invisible characters
    {
        "\u2018": "`", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2212": "-",
        "\u00a0": " ", "\u2060": None, "\u200b": None, "\u200c": None, "\u200d": None,
        "\u200e": None, "\u200f": None, "\ufeff": None, "\u00ad": None,
        "\u2061": None, "\u2062": None, "\u2063": None, "\u2064": None,
    }
)  # fmt: skip
_AT_ARGUMENT = re.compile(r"(\\[a-zA-Z]+)@{1,2}\{")
_UNPRINTED = {  # command: (arguments to drop, arguments of which to keep the contents)
    "label": (1, 0),
    "require": (1, 0),
    "color": (1, 0),
    "textcolor": (1, 1),
    "NVar": (0, 1),
    "class": (1, 1),
    "cssId": (1, 1),
    "style": (1, 1),
    "bbox": (0, 1),
    "Newextarrow": (3, 0),
}
_NAMES = "|".join(_UNPRINTED)
_UNPRINTED_COMMAND = re.compile(rf"\\({_NAMES})\s?(\[[^\]]{{0,60}}\])?\{{")
_DOLLAR = re.compile(r"(?<!\\)\$")
_TEXT_TOKEN = re.compile(r"\\[a-zA-Z]+\s?\{|\\.|[{}$]", re.S)


@lru_cache(maxsize=1024)  # pages repeat their short formulas
def clean_tex(tex: str) -> str:
    r"""Return a formula without its delimiters, comments, entities, colours and labels.

    White space becomes single spaces. Anything that is not a formula becomes "".

    >>> clean_tex("\\( x % why\n ^2 \\)"), clean_tex(r"{\displaystyle a &lt; b}")
    ('x ^2', 'a < b')
    """
    if len(tex) > MAX_TEX:
        return ""
    if not tex.isascii():
        tex = tex.translate(_TYPOGRAPHY)
    if "&" in tex:
        for _ in range(2):  # some pages escape twice
            tex = _ENTITY.sub(lambda match: unescape(match[0]), tex)
    if "<" in tex:
        tex = _BREAK.sub(" ", _CDATA.sub(" ", tex))
    if "%" in tex and "\n" in tex.strip():
        tex = _COMMENT.sub(r"\1 ", tex)
    tex = " ".join(tex.split())
    tex = _unwrap(tex)
    if tex.startswith("%"):
        return ""
    if r"\begin{document}" in tex:
        tex = _unwrap(tex.partition(r"\begin{document}")[2].partition(r"\end{document}")[0].strip())
    if "@{" in tex:
        tex = _with_parentheses(tex)
    if "\\" in tex:
        tex = _without_unprinted(tex)
    if "$" in tex:
        tex = _without_inner_dollars(tex)
    return _trimmed(tex.strip())


def _with_parentheses(tex: str) -> str:
    r"""Return DLMF's TeX with the arguments of its functions in parentheses.

    >>> _with_parentheses(r"\EulerGamma@{z+1}"), _with_parentheses(r"\begin{array}{@{}l}")
    ('\\EulerGamma\\left(z+1\\right)', '\\begin{array}{@{}l}')
    """
    while match := _AT_ARGUMENT.search(tex):
        end = _closing(tex, match.end() - 1)
        if end < 0:
            break
        tex = rf"{tex[: match.end(1)]}\left({tex[match.end() : end]}\right){tex[end + 1 :]}"
    return tex


def spell_symbols(text: str) -> str:
    r"""Return a formula written in characters with its symbols replaced by commands.

    >>> spell_symbols("\u03bb \u2264 2\u03c0r")
    '\\lambda \\leq 2\\pi r'
    """
    if text.isascii():
        return text
    spelled = "".join(
        SYMBOLS.get(character) or (_letter(character) if character in _LETTERS else character)
        for character in text
    )
    return " ".join(spelled.split())


@lru_cache(maxsize=1024)
def _letter(character: str) -> str:
    """Return a letter of one of Unicode's mathematical alphabets as LaTeX."""
    return to_latex(f"<math><mi>{character}</mi></math>")


def _trimmed(tex: str) -> str:
    r"""Remove a trailing backslash, left over from a trailing "\\ ".

    >>> _trimmed("a \\ \\")
    'a'
    """
    while tex.endswith("\\") and (len(tex) - len(tex.rstrip("\\"))) % 2:
        tex = tex[:-1].rstrip()
    return tex


def is_display(tex: str) -> bool:
    r"""Return whether a formula's own delimiters make it a display formula.

    >>> is_display(r"\[x\]"), is_display("$x$")
    (True, False)
    """
    return tex.lstrip().startswith(_DISPLAY_OPENERS)


def _unwrap(tex: str) -> str:
    """Remove delimiters, and the style that a renderer wraps around the whole formula."""
    for opener, closer, _ in _PAIRS if tex[:1] in _OPENING else ():
        both = len(opener) + len(closer)
        if tex.startswith(opener) and tex.endswith(closer) and len(tex) >= both:
            inner = tex[len(opener) : -len(closer)]
            if opener in inner and closer in inner:  # "$a$ and $b$": the ends do not match
                break
            tex = inner.strip()
            break
    for style in (r"\displaystyle", r"\textstyle") if "style" in tex[:20] else ():
        if tex.startswith("{" + style) and _closing(tex, 0) == len(tex) - 1:
            tex = tex[len(style) + 1 : -1].strip()
        if tex.startswith(style) and not tex[len(style) :][:1].isalpha():
            tex = tex[len(style) :].strip()
    return tex


def _closing(tex: str, start: int) -> int:
    """Return the position at which the brace at `start` closes, or -1.

    >>> _closing("{a{b}}c", 0)
    5
    """
    depth = 0
    for match in re.finditer(r"\\.|[{}]", tex[start:]):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return start + match.start()
    return -1


def _without_unprinted(tex: str) -> str:
    r"""Remove labels and colours, and write \unicode{x3b1} as its character.

    >>> _without_unprinted(r"\textcolor{red}{x} \label{eq}+ \color{blue} y")
    'x + y'
    """
    if r"\unicode" in tex:
        tex = _CODE_POINT.sub(lambda match: unescape(f"&#x{match[1]};"), tex)
    if not _UNPRINTED_COMMAND.search(tex):
        return tex
    pieces: list[str] = []
    position = 0
    for match in _UNPRINTED_COMMAND.finditer(tex):
        if match.start() < position or len(pieces) > 400:
            continue
        end, contents = match.end() - 1, ""
        dropped_count, kept_count = _UNPRINTED[match[1]]
        for number in range(dropped_count + kept_count):
            close = _closing(tex, end) if tex[end : end + 1] == "{" else -1
            if close < 0:
                break
            contents, end = tex[end + 1 : close] if number >= dropped_count else "", close + 1
        pieces += [tex[position : match.start()], _without_unprinted(contents) if contents else ""]
        position = end
    return re.sub(" {2,}", " ", "".join([*pieces, tex[position:]])).strip()


def _without_inner_dollars(tex: str) -> str:
    r"""Move formulas in the text of a formula out of it; drop any other dollar sign.

    >>> _without_inner_dollars(r"0 \text{ if $x$ is even}")
    '0 \\text{ if }x\\text{ is even}'
    """
    pieces, position = [], 0
    commands = [""]  # of the open braces
    reopen = ""  # command of the text that a dollar sign has closed
    for match in _TEXT_TOKEN.finditer(tex):
        token = match[0]
        if token[-1] == "{" and token != "\\{":
            commands.append(token if len(token) > 1 else "")
        elif token == "}" and len(commands) > 1:
            commands.pop()
        elif token == "$":
            pieces.append(tex[position : match.start()])
            position = match.end()
            if reopen:
                pieces.append(reopen)
                commands.append(reopen)
                reopen = ""
            elif commands[-1]:
                reopen = commands.pop()
                pieces.append("}")
    result = "".join([*pieces, tex[position:]])
    return _DOLLAR.sub("", tex) if reopen else result
