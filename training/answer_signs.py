"""Tables of answer_latex: signs and commands that say the same as plainer ones."""

import unicodedata

_DIGITS = "0123456789"
_SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"

_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f")
_SIGNS = {
    **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)},  # full width
    **{sign: f"^{{{digit}}}" for sign, digit in zip(_SUPERSCRIPTS, _DIGITS, strict=True)},
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


def fold_signs(text: str) -> str:
    """Write full-width, invisible and mathematical signs, and all digits, in ASCII and LaTeX.

    >>> fold_signs("\uff08\uff11\uff0c\u22122\uff09")
    '(1,-2)'
    """
    return text if text.isascii() else "".join(map(_folded, text))


def _folded(sign: str) -> str:
    if sign <= "~":
        return sign
    return _SIGNS.get(sign) or str(unicodedata.decimal(sign, sign)) if sign not in _UNSEEN else ""
