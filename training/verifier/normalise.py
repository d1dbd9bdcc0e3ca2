"""Normalise the spellings of LaTeX that models and benchmarks write to one, and split it."""

import re
import unicodedata

_DIGITS = "0123456789"
_SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f")
_CHARACTERS = {
    **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)},  # full width
    **{power: f"^{{{digit}}}" for power, digit in zip(_SUPERSCRIPTS, _DIGITS, strict=True)},
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\u3000", " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63", "-"),
    **dict.fromkeys("\u2018\u2019\u2032", "'"),
    "\u3001": ",",
    "\u3002": ".",
    "\u3010": "[",
    "\u3011": "]",
    "\u00d7": r"\times ",
    "\u00f7": r"\div ",
    "\u00b7": r"\cdot ",
    "\u22c5": r"\cdot ",
    "\u00b1": r"\pm ",
    "\u2213": r"\mp ",
    "\u03b1": r"\alpha ",
    "\u03b2": r"\beta ",
    "\u03b8": r"\theta ",
    "\u03bb": r"\lambda ",
    "\u03c0": r"\pi ",
    "\u221a": r"\sqrt ",
    "\u221e": r"\infty ",
    "\u2264": r"\le ",
    "\u2a7d": r"\le ",
    "\u2265": r"\ge ",
    "\u2a7e": r"\ge ",
    "\u2260": r"\ne ",
    "\u2248": r"\approx ",
    "\u2208": r"\in ",
    "\u222a": r"\cup ",
    "\u2229": r"\cap ",
    "\u2205": r"\emptyset ",
    "\u00d8": r"\emptyset ",
    "\u211d": r"\mathbb{R}",
    "\u2216": r"\setminus ",
    "\u00b0": r"^\circ ",
    "\u2103": r"^\circ C",
    "\u2220": r"\angle ",
    "\u25b3": r"\triangle ",
    "\u00bd": r"\frac{1}{2}",
    "\u00bc": r"\frac{1}{4}",
    "\u00be": r"\frac{3}{4}",
    "\u2153": r"\frac{1}{3}",
    "\u2154": r"\frac{2}{3}",
    "\u2236": ":",
    "\uffe5": "\u00a5",
}

COMMANDS = {
    **dict.fromkeys(("dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), r"\frac"),
    **dict.fromkeys(("dbinom", "tbinom"), r"\binom"),
    **dict.fromkeys(("left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr"), ""),
    **dict.fromkeys(("Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "middle"), ""),
    **dict.fromkeys(("displaystyle", "textstyle", "limits", "nolimits", "boldsymbol"), ""),
    **dict.fromkeys(("quad", "qquad", "enspace", "thinspace", "space", "enskip"), " "),
    **dict.fromkeys(("leq", "leqslant", "leqq"), r"\le"),
    **dict.fromkeys(("geq", "geqslant", "geqq"), r"\ge"),
    **dict.fromkeys(("varnothing", "empty"), r"\emptyset"),
    **dict.fromkeys(("cup", "bigcup"), r"\cup"),
    **dict.fromkeys(("backslash", "smallsetminus"), r"\setminus"),
    **dict.fromkeys(("lbrace",), r"\{"),
    **dict.fromkeys(("rbrace",), r"\}"),
    **dict.fromkeys(("lbrack",), "["),
    **dict.fromkeys(("rbrack",), "]"),
    **dict.fromkeys(("vert", "lvert", "rvert", "mid"), "|"),
    **dict.fromkeys(("land", "wedge"), r"\text{and}"),
    **dict.fromkeys(("lor", "vee"), r"\text{or}"),
    **dict.fromkeys(("degree", "degrees"), r"^\circ"),
    **dict.fromkeys(("percent",), r"\%"),
    **dict.fromkeys(("thickapprox", "simeq"), r"\approx"),
    **dict.fromkeys(("tiny", "small", "large", "Large", "LARGE", "huge", "Huge", "normalsize"), ""),
    **dict.fromkeys(("underline", "boldmath", "bm", "pmb"), ""),
    "neq": r"\ne",
    "lt": "<",
    "gt": ">",
    "colon": ":",
    "ast": "*",
    "Reals": r"\mathbb{R}",
    "R": r"\mathbb{R}",
    "imath": "i",
    "infin": r"\infty",
}

_TEXT = (
    "text textbf textit textrm textsf texttt textup textnormal textsc mbox hbox mathrm mathbf"
    " mathit mathsf mathtt mathnormal operatorname rm bf unit"
)
TEXT = frozenset(_TEXT.split())  # commands whose argument is words


def fold_characters(text: str) -> str:
    """Replace full-width, invisible and mathematical characters by ASCII and LaTeX.

    >>> fold_characters("\uff08\uff11\uff0c\u22122\uff09")
    '(1,-2)'
    """
    return text if text.isascii() else "".join(map(_folded, text))


def _folded(character: str) -> str:
    if character <= "~":
        return character
    if character in _INVISIBLE:
        return ""
    return _CHARACTERS.get(character) or str(unicodedata.decimal(character, character))


# Commands with an argument that shows nothing, and the letters of ordinal numbers.
_LOOKS = re.compile(
    r"\\(?:(?:text|page)?color(?:box)?|fcolorbox\s?\{[^{}]{0,40}\})\s?(?:\[[^\[\]]{0,20}\])?\{[^{}]{0,40}\}"
    r"|\\[hv]?phantom\s?\{[^{}]{0,40}\}|\\[hv]space\*?\s?\{[^{}]{0,20}\}|\\[hk](?:skip|ern)\s?-?[\d.]{1,9}\s?[a-z]{2}"
)
_ORDINAL = re.compile(
    r"(?<=\d)\s?\^\s?(?:\{\s?)?(?:\\(?:text|mathrm|textrm|rm|textsuperscript)\s?)?(?:\{\s?)?"
    r"(?:st|nd|rd|th)(?![A-Za-z])(?:\s?\}){0,2}"
)
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|[^\\\s]|\\", re.DOTALL)
_DELIMITERS = frozenset((r"\(", r"\)", r"\[", r"\]", "$"))
_THIN = "\x1f"  # a spacing command, until thousands are joined
_SPACES = frozenset((r"\ ", r"\,", r"\;", r"\:", r"\!", r"\>", "~", r"\thinspace"))
_ARGUMENTS = {r"\frac": 2, r"\binom": 2, r"\sqrt": 1, "^": 1, "_": 1}
_RUNS = frozenset((r"\sqrt", "^", "_"))  # commands whose unbraced argument may have several digits
_THOUSANDS = re.compile(
    rf"(?<![\d.])\d{{1,3}}(?:(?:(?:\{{,\}}|,{_THIN}|{_THIN})\d{{3}})+|(?:'\d{{3}})+(?!['\"]))(?!\d)"
)
_SEPARATOR = re.compile(rf"\{{,\}}|,|{_THIN}|'")
_RELATIONS = {"<=": r"\le ", ">=": r"\ge ", "!=": r"\ne ", "=<": r"\le ", "**": "^"}
_RELATION = re.compile(r"<=|>=|!=|=<|\*\*")
_PLAIN_ROOT = re.compile(r"(?<![\\A-Za-z])sqrt\s?(?:\{([^{}]{1,99})\}|\(([^()]{1,99})\))")
_PLAIN_NAME = re.compile(r"(?<![\\A-Za-z])(pi|infty|infinity|theta)(?![A-Za-z])")
_CHOOSE = re.compile(r"\{([^{}]{1,99}?)\\choose\s?([^{}]{1,99})\}")
_NESTED_TEXT = re.compile(r"\\text\{\s*\\text\{([^{}]*)\}\s*\}")
_LETTER_TEXT = re.compile(r"\\text\{\s*([A-Zei:.,;])\s*\}")
_WORDS = re.compile(r"\\text\{\s*([^{}]*?)\s*\}")
_GLUED = re.compile(r"(?<=[\d)}])(or|and)(?=[A-Z\d(\\-]|[a-z][=<>(\\])")
_ARROW = re.compile(r"^\s?(?:=>|->|\\(?:Rightarrow|implies|therefore|to|rightarrow)(?![A-Za-z]))")
_LONE_CHARACTER = re.compile(r"(?<![\\A-Za-z])\{([,:;=.])\}")
_ROW_BREAK = re.compile(r"\\\\(?=[A-Za-z])")
_NO_WORD = r"[^A-Za-z\d\u3400-\u9fff]"
_LOOSE_SPACE = re.compile(rf"(?<={_NO_WORD}) | (?={_NO_WORD})")


def normalise_latex(text: str) -> str:
    r"""Return `text` as plain LaTeX without delimiters, spacing commands, fonts and sizes.

    Words of any font stay in `\text{...}`, single letters do not; arguments are in braces; digits
    of any script are ASCII; thousands that are separated by more than a comma (`10{,}000`,
    `10\,000`) or by an apostrophe (`10'000`) are joined.

    >>> normalise_latex(r"$\left(\dfrac12,\,\sqrt3\right)$")
    '(\\frac{1}{2},\\sqrt{3})'
    """
    folded = _ORDINAL.sub("", _LOOKS.sub("", fold_characters(text)))
    if r"\begin" not in folded:
        folded = _ROW_BREAK.sub(r"\\", folded)
    plain = "".join(map(_plain, _TOKEN.findall(folded)))
    plain = _THOUSANDS.sub(lambda match: _SEPARATOR.sub("", match[0]), plain)
    plain = _CHOOSE.sub(r"\\binom{\1}{\2}", _LONE_CHARACTER.sub(r"\1", plain).replace(_THIN, " "))
    plain = _RELATION.sub(lambda match: _RELATIONS[match[0]], plain)
    plain = _PLAIN_ROOT.sub(lambda match: rf"\sqrt{{{match[1] or match[2]}}}", plain)
    plain = _PLAIN_NAME.sub(lambda match: "\\" + match[1].replace("infinity", "infty"), plain)
    plain = _ARROW.sub("", " ".join(plain.split()))
    plain = _GLUED.sub(r" \1 ", plain)
    return _close_up(_unwrap(_brace(plain)))


def _plain(token: str) -> str:
    if token in _DELIMITERS or token.isspace():
        return " "
    if token in _SPACES:
        return _THIN
    name = token[1:]
    if token[0] != "\\" or not name.isalpha():
        return token
    plain = r"\text" if name in TEXT else COMMANDS.get(name, token)
    # The blank that ended the command may be gone: restore it.
    return plain if plain.startswith("\\text") or not plain[-1:].isalpha() else plain + " "


def _brace(latex: str) -> str:
    r"""Put every argument of a fraction, root, power or index in braces: `\frac12`, `x^2`."""
    tokens = _TOKEN.findall(latex)
    braced: list[str] = []
    outer: list[int] = []  # missing arguments of the command around each open group
    missing, run = 0, False  # arguments of the last command; whether they may have several digits
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if missing and token.isspace():
            continue
        if token == "{":
            outer.append(max(missing - 1, 0))
            missing = 0
        elif token == "}":
            missing = outer.pop() if outer else 0
        elif token == "[" and missing and braced[-1] == r"\sqrt":
            end = tokens.index("]", index) + 1 if "]" in tokens[index : index + 9] else index
            token, index = "".join(tokens[index - 1 : end]), end
        elif token in _ARGUMENTS:
            missing, run = _ARGUMENTS[token], token in _RUNS
        elif missing:
            while run and index < len(tokens) and (token + tokens[index]).lstrip("-").isdigit():
                token, index = token + tokens[index], index + 1
            token, missing = f"{{{token}}}", missing - 1
        braced.append(token)
    return "".join(braced)


def _unwrap(latex: str) -> str:
    for _ in range(3):
        latex = _NESTED_TEXT.sub(r"\\text{\1}", latex)
    return _LETTER_TEXT.sub(r"\1", _WORDS.sub(r"\\text{\1}", latex))


def _close_up(latex: str) -> str:
    latex = _LOOSE_SPACE.sub("", " ".join(latex.split()))
    return latex.lstrip(" .,;:=" if not latex[1:2].isdigit() else " ,;:=").rstrip(" .,;:\\")


_PART = re.compile(
    r"\\text\{[^{}]*\}|\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}|\\(?:[A-Za-z]+|.)|[A-Za-z]+|(?<!\d)\d{1,3}(?:,\d{3})+(?![\d,])|."
    r"|\s",
    re.DOTALL,
)
_OPENING = frozenset(("(", "[", "{", r"\{", r"\langle"))
_CLOSING = frozenset((")", "]", "}", r"\}", r"\rangle"))


def split_top_level(latex: str, separators: frozenset[str]) -> list[str]:
    r"""Return the parts of normalised `latex` between `separators` outside of brackets.

    A separator is a character, a command or a word. Groups, environments and thousands (`1,000`)
    stay whole; so do brackets of different kinds, as in `[1,2)`.

    >>> split_top_level(r"(1,2),\{3,4\}", frozenset(","))
    ['(1,2)', '\\{3,4\\}']
    """
    parts, start, index, depth = [], 0, 0, 0
    for token in _PART.findall(latex):
        if token in separators and depth == 0:
            parts.append(latex[start:index])
            start = index + len(token)
        index += len(token)
        if token in _OPENING or token.startswith(r"\begin{"):
            depth += 1
        elif token in _CLOSING or token.startswith(r"\end{"):
            depth = max(depth - 1, 0)
    return [part.strip() for part in (*parts, latex[start:])]
