"""Convert the leaves of MathML to LaTeX: identifiers, numbers, operators, text."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from transforms.latex.mathml.symbols import ALPHABETS, BARS, FUNCTIONS, OVER, SYMBOLS, VARIANTS
from transforms.latex.mathml.tree import Element

_PIECE = re.compile(
    "[\u00b2\u00b3\u00b9\u2070-\u207f]+|[\u2080-\u209c]+|.[\u0300-\u036f\u20d0-\u20ff]+|.", re.S
)
_CONTROL = re.compile(r"\\(?:[A-Za-z]+|\d)")  # a macro unknown to the program that made the MathML
_LOOKS_LIKE_TEX = re.compile(r"\\[A-Za-z]+ ?[{_^]")
_INNER_FORMULA = re.compile(r"\$(?:[^\W\d_]|[^$\n]*(?:\\[A-Za-z]|[_^=])[^$]*)\$")  # TeX in a text
_COMMENT = re.compile(r"(?<!\\)%\n\s*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 .\u00a0\u2009-]*")
_INDEX = re.compile(r"[^\W_]{1,20}")
_PLAIN_WORD = re.compile(r"[A-Za-z]'+|d[a-z]")  # f', dx
_LETTER = re.compile(r"[^\W\d_]")
_SPACE = re.compile(r"[ \u00a0\u2009\u200a\u202f]+")
_OPERATORS = {
    "<=": r"\leq ",
    ">=": r"\geq ",
    "!=": r"\neq ",
    "->": r"\to ",
    "=>": r"\Rightarrow ",
    "<->": r"\leftrightarrow ",
    "<=>": r"\Leftrightarrow ",
    "|->": r"\mapsto ",
    "+-": r"\pm ",
    "-+": r"\mp ",
    "..": "..",
    "...": r"\ldots ",
    "||": r"\|",
    "mod": r"\bmod ",
}
_IN_TEXT = str.maketrans(
    {
        **{c: "\\" + c for c in "#$%&_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **dict.fromkeys("\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad", ""),
        "\u00a0": " ",
    }
)
_SIGNS = [c for c, tex in SYMBOLS.items() if tex[-1:] == " " and not (c.isascii() or c.isalpha())]
_IS_SIGN = re.compile(f"([{''.join(_SIGNS)}]+)")  # signs that LaTeX has in math mode only
_LATIN = "\u00c5\u00f0\u0127\u0131\u0237"  # symbols on their own, letters within words
_FRAKTUR = {"\u2111": "I", "\u211c": "R"}  # otherwise the imaginary and the real part
_TEXT_FONTS = {
    "bold": "textbf",
    "bold-italic": "textbf",
    "italic": "textit",
    "monospace": "texttt",
    "sans-serif": "textsf",
    "bold-sans-serif": "textbf",
}


def symbols(text: str) -> str:
    r"""Return the TeX of characters, converted one by one.

    >>> symbols("x\u2264\u211d\u00b2"), symbols("#")
    ('x\\leq \\mathbb{R}^{2}', '\\#')
    """
    if text.isascii():
        return text if text.isalnum() else "".join(map(_symbol, text))
    return "".join(map(_piece, _PIECE.findall(unicodedata.normalize("NFC", text))))


def in_font(tex: str, variant: str) -> str:
    r"""Return `tex` in the font of a `mathvariant`, if LaTeX has that font for it.

    >>> in_font("x", "bold"), in_font(r"\alpha ", "bold"), in_font(r"\in ", "fraktur")
    ('\\mathbf{x}', '\\boldsymbol{\\alpha}', '\\in ')
    """
    commands, name = VARIANTS.get(variant, ()), tex.strip()
    if not name or not commands or (len(name) == 1 and variant == "italic"):
        return tex
    if not (name.isalnum() and name.isascii()):
        if not variant.startswith("bold") or "{" in name:
            return tex
        commands = ("boldsymbol",)
    return _wrapped(name, commands)


def _wrapped(tex: str, commands: tuple[str, ...]) -> str:
    for command in reversed(commands):
        tex = f"\\{command}{{{tex}}}"
    return tex


def as_text(text: str, variant: str = "") -> str:
    r"""Return words as `\text{...}`, text without a letter as symbols, and white space as `~`.

    >>> as_text(" if  100% "), as_text("\u2264"), as_text("\u4e14")
    ('\\text{ if 100\\% }', '\\leq ', '\\text{\u4e14}')
    """
    if text[:1] == "\\" and _CONTROL.fullmatch(text):
        return f"{text} "
    if not _LETTER.search(text) or text.strip() in SYMBOLS:
        return symbols(text.strip()) or ("~" if text else "")
    if "$" in text and _INNER_FORMULA.search(text) and is_balanced(text):
        return f"\\text{{{_COMMENT.sub('', text)}}}"
    if not text.isascii() and _IS_SIGN.search(text):
        return "".join([as_text(part, variant) for part in _IS_SIGN.split(text)])
    if _LOOKS_LIKE_TEX.search(text) and is_balanced(text):
        return f"{text.strip()} "  # TeX that a converter could not parse and printed unchanged
    if ALPHABETS.keys() & set(text):
        variant = ALPHABETS.get(text.strip()[0], ("", variant))[1]
        text = "".join([ALPHABETS.get(c, (c, ""))[0] for c in text])
    command = _TEXT_FONTS.get(variant, "text")
    words = " ".join(text.translate(_IN_TEXT).split())
    start = " " if text[0].isspace() else ""
    end = " " if text[-1].isspace() else ""
    return f"\\{command}{{{start}{words}{end}}}"


def loose_text(text: str) -> str:
    """Return the LaTeX of text outside any token: words as text, a letter as a variable."""
    word = text.strip()
    return as_text(text) if " " in word else _identifier(word, "italic") if word else ""


def is_balanced(tex: str) -> bool:
    """Return whether every unescaped brace of `tex` is matched."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", tex, re.S):
        depth += (brace == "{") - (brace == "}")
        if depth < 0:
            return False
    return depth == 0 and not (len(tex) - len(tex.rstrip("\\"))) % 2


def _piece(piece: str) -> str:
    """Return the TeX of a character, a character with combining marks, or a run of scripts."""
    if len(piece) == 1 and not unicodedata.decomposition(piece).startswith("<su"):
        return _symbol(piece)
    if unicodedata.decomposition(piece[0]).startswith("<su"):  # <super> or <sub>
        inner = symbols(unicodedata.normalize("NFKC", piece))
        return ("_" if "\u2080" <= piece[0] <= "\u209c" else "^") + f"{{{inner.strip()}}}"
    tex = _symbol(piece[0])
    for mark in piece[1:4]:  # more are ornament, and take quadratic time
        tex = _marked(tex, mark)
    return tex


def _marked(tex: str, mark: str) -> str:
    if mark in "\u0338\u20d2":
        return f"\\not {tex}"
    return f"\\{OVER[mark][0]}{{{tex.strip()}}}" if mark in OVER else tex


@lru_cache(maxsize=4096)
def _symbol(character: str) -> str:
    tex = SYMBOLS.get(character)
    if tex is not None:
        return tex
    if character in ALPHABETS:
        plain, font = ALPHABETS[character]
        return in_font(symbols(plain), font)
    if character.isascii():
        return character if character.isprintable() and character != " " else r"\,"
    base, *marks = list(unicodedata.normalize("NFD", character))
    if len(marks) == 1 and (marks[0] == "\u0338" or (base.isascii() and marks[0] in OVER)):
        return _marked(_symbol(base), marks[0])
    if unicodedata.decomposition(character).startswith("<fraction>"):
        above, _, below = unicodedata.normalize("NFKC", character).partition("\u2044")
        return f"\\frac{{{above}}}{{{below}}}"
    if character.isalpha():
        return f"\\text{{{character}}}"
    return character if character.isprintable() else ""


def _identifier(text: str, variant: str) -> str:
    if len(text) == 1:
        if text in BARS or text == "&":  # "&": an alignment unknown to the converter
            return BARS.get(text, "")
        if variant == "fraktur":
            text = _FRAKTUR.get(text, text)
        keep = variant != "normal" or (text.isascii() and text.isalpha())
        return in_font(symbols(text), variant) if variant and keep else symbols(text)
    if (name := _SPACE.sub("", text)) in FUNCTIONS:
        return f"\\{name} "
    if _PLAIN_WORD.fullmatch(text) and variant in ("", "italic"):
        return text
    if _WORD.fullmatch(text):
        return _word(text, variant or "normal")
    return _odd_word(text, variant)


def _content_name(text: str, variant: str) -> str:
    """Return a name of content MathML, in which `c_1` is a subscript in plain text."""
    base, mark, index = text.partition("_")
    if not mark or not base or not _INDEX.fullmatch(index):
        return _identifier(text, variant)
    return f"{_identifier(base, variant).rstrip()}_{{{_identifier(index, '').rstrip()}}}"


def _word(text: str, variant: str) -> str:
    """Return an ASCII name of several letters in its font, with thin spaces."""
    return _wrapped(_SPACE.sub(r"\\,", text), VARIANTS.get(variant, ("mathrm",)))


def _odd_word(text: str, variant: str) -> str:
    if text[0] in ALPHABETS and len({ALPHABETS.get(c, (c, ""))[1] for c in text}) == 1:
        font = ALPHABETS[text[0]][1]
        plain = "".join(ALPHABETS[c][0] for c in text)
        return plain if font == "italic" else in_font(symbols(plain), font)
    if "\\" in text or all(c.isalpha() and (c not in SYMBOLS or c in _LATIN) for c in text):
        return as_text(text)
    return _OPERATORS.get(text) or symbols(text)


def _number(text: str, variant: str) -> str:
    return in_font(symbols(text), variant) if variant else symbols(text)


def _operator(text: str, variant: str) -> str:
    if len(text) == 1:
        tex = symbols(text)
        return in_font(tex, variant) if variant.startswith("bold") else tex
    if text in _OPERATORS:
        return _OPERATORS[text]
    if not (text[:1].isalpha() or text[:1] == "\\"):
        return symbols(text)
    name = _identifier(text, variant)
    return name.replace(r"\mathrm{", r"\operatorname{", 1) if name.startswith(r"\mathrm") else name


def _leaf(read: Callable[[str, str], str]) -> Callable[[Element], str]:
    """Return the conversion of an element by `read`, from its text and `mathvariant`."""

    def convert(element: Element) -> str:
        text = " ".join(element.text.split())
        tex = read(text, element.get("mathvariant").lower()) if text else ""
        return "".join([tex, *[child.tex for child in element.children]])

    return convert


def _mo(element: Element) -> str:
    tex = _plain_mo(element)
    if element.text in BARS and element.attributes and _is_fence(element):
        return BARS[element.text]  # not the relations "divides" and "parallel to"
    return tex


def _is_fence(element: Element) -> bool:
    return element.get("fence").lower() == "true" or element.get("stretchy").lower() == "false"


def _mtext(element: Element) -> str:
    """Return the LaTeX of text, including that of formulas inside."""
    variant = element.get("mathvariant").lower()
    parts: list[str] = []
    text = element.text
    for child in element.children:
        if child.tag == "#text" or (child.text and not child.children and child.tag not in LEAVES):
            text += child.text
            continue
        parts += [as_text(text, variant), child.tex]
        text = ""
    return "".join([*parts, as_text(text, variant)])


def _ms(element: Element) -> str:
    left, right = element.get("lquote") or '"', element.get("rquote") or '"'
    return as_text(f"{left}{element.text}{right}")


_plain_mo = _leaf(_operator)
LEAVES: dict[str, Callable[[Element], str]] = {
    "mi": _leaf(_identifier),
    "ci": _leaf(_content_name),
    "mn": _leaf(_number),
    "mo": _mo,
    "mtext": _mtext,
    "ms": _ms,
    "cs": _ms,
    "#text": lambda element: loose_text(element.text),
    "mglyph": lambda element: as_text(element.get("alt")),
}
