"""Convert scripts of MathML to LaTeX: subscripts, superscripts, accents, limits."""

import re
from collections.abc import Callable

from transforms.latex.mathml.rows import is_fenced, row
from transforms.latex.mathml.symbols import LIMITS, OVER, UNDER
from transforms.latex.mathml.tokens import LEAVES
from transforms.latex.mathml.tree import Element

_DEGREE = r"{}^{\circ}"
_LIMITS = ["munder", "mover", "munderover"]
_ONE_COMMAND = frozenset(["mfrac", "msqrt", "mroot", "menclose", "mtable", "mfenced", *_LIMITS])
_STARTS_WITH_COMMAND = re.compile(r"\\[A-Za-z]+[{\[]|\\left")
_BRACES = ("\\underbrace{", "\\overbrace{", "\\undergroup{", "\\overgroup{")
_NAME = re.compile(r"\\(operatorname|mathrm)(\{[^{}]*+\})")
_TEXT = re.compile(r"\\text\{([^\W\d_])\}")
# Letters with scripts or accents; alone they are the imaginary and the real part.
_FRAKTUR = {"\u2111": r"\mathfrak{I}", "\u211c": r"\mathfrak{R}"}
_DOTS = (".", "\u22c5", "\u02d9", "\u0323", "\u00b7")  # below a letter: the accent \\d of text
_SPACES = ("~", r"\,", r"\:", r"\;", r"\!", r"\quad", r"\qquad")
_SPACES_BEFORE = re.compile(r"(?:\\[,:;!]|\\q?quad(?![a-zA-Z])|~|\s)*+")
_ARROWS = {  # -> the arrow that grows with its label
    r"\to": r"\xrightarrow",
    r"\rightarrow": r"\xrightarrow",
    r"\longrightarrow": r"\xrightarrow",
    r"\leftarrow": r"\xleftarrow",
    r"\longleftarrow": r"\xleftarrow",
    r"\leftrightarrow": r"\xleftrightarrow",
    r"\longleftrightarrow": r"\xleftrightarrow",
    r"\Rightarrow": r"\xRightarrow",
    r"\Longrightarrow": r"\xRightarrow",
    r"\Leftarrow": r"\xLeftarrow",
    r"\Leftrightarrow": r"\xLeftrightarrow",
    r"\mapsto": r"\xmapsto",
    r"\hookrightarrow": r"\xhookrightarrow",
    r"\twoheadrightarrow": r"\xtwoheadrightarrow",
    r"\rightleftharpoons": r"\xrightleftharpoons",
}


def as_base(element: Element, taken: str) -> str:
    r"""Return the TeX of a base, in braces where scripts would attach to its last part only.

    `taken` contains those of the characters `_` and `^` that will follow the base.

    >>> as_base(Element("mi", tex="x"), "^"), as_base(Element("mrow", tex="x+y"), "^")
    ('x', '{x+y}')
    """
    tex = _FRAKTUR.get(element.text) or element.tex.strip()
    if not tex:
        return "{}"
    if (len(tex) == 1 and tex != "'") or _takes_scripts(element, tex, taken):
        return tex
    return f"{{{tex}}}"


def _takes_scripts(element: Element, tex: str, taken: str) -> bool:
    tag = element.tag
    if tag in LEAVES:
        return "^{" not in tex and "_{" not in tex and "'" not in tex
    if tag in _ONE_COMMAND:
        return bool(_STARTS_WITH_COMMAND.match(tex)) and not tex.startswith(_BRACES)
    if tag in ("msub", "msup"):
        simple = bool(element.children) and element.children[0].tag in LEAVES
        return simple and taken == ("^" if tag == "msub" else "_")
    return tag == "mrow" and is_fenced(element)


def _script(element: Element) -> str:
    """Return the TeX of a script; lines of one column become a `substack`."""
    tex = _trimmed(element.tex)
    if tex == _DEGREE:
        return r"\circ"
    if element.tag == "mtable" and all(len(line.children) == 1 for line in element.children):
        lines = " \\\\ ".join(line.tex for line in element.children)
        return f"\\substack{{{lines}}}" if lines else ""
    return tex


def _trimmed(tex: str) -> str:
    """Remove the spaces, in any spelling, around a script."""
    tex = tex.strip()
    if spaces := _SPACES_BEFORE.match(tex):
        tex = tex[spaces.end() :]
    for space in _SPACES * 2:
        tex = tex.removesuffix(space).rstrip()
    return tex


def _attached(base: str, sub: str, sup: str) -> str:
    if sub:
        base += f"_{{{sub}}}"
    if sup[:1] == "'":
        rest = sup.lstrip("'")
        base += sup[: len(sup) - len(rest)]
        sup = rest.strip()
    return f"{base}^{{{sup}}}" if sup else base


def _scripted(sub_at: int, sup_at: int) -> Callable[[Element], str]:
    """Return the conversion of an element whose children at these indices are its scripts."""

    def convert(element: Element) -> str:
        parts = element.children
        if not parts:
            return row(element)
        if len(parts) > max(sub_at, sup_at) + 1:  # malformed: operators that print nothing
            parts = [part for part in parts if part.tag not in ("mo", "mspace") or part.tex.strip()]
        sub = _script(parts[sub_at]) if 0 < sub_at < len(parts) else ""
        sup = _script(parts[sup_at]) if 0 < sup_at < len(parts) else ""
        extra = "".join([part.tex for part in parts[max(sub_at, sup_at) + 1 :]])
        if not sub and not sup:
            return parts[0].tex + extra
        taken = ("_" if sub else "") + ("^" if sup else "")
        return _attached(as_base(parts[0], taken), sub, sup) + extra

    return convert


def _munder(element: Element) -> str:
    if len(element.children) < 2:
        return row(element)
    base, under = element.children[:2]
    if command := UNDER.get(under.text) if under.tag in LEAVES else None:
        return f"\\{command}{{{base.tex.strip()}}}"
    if base.tag == "mtext" and under.text in _DOTS and (text := _TEXT.fullmatch(base.tex.strip())):
        return f"\\text{{\\d{{{text[1]}}}}}"
    return _limits(base, _script(under), "")


def _mover(element: Element) -> str:
    if len(element.children) < 2:
        return row(element)
    base, over = element.children[:2]
    if commands := OVER.get(over.text) if over.tag in LEAVES else None:
        tex = _FRAKTUR.get(base.text) or base.tex.strip()
        return f"\\{commands[_is_wide(base, over)]}{{{tex}}}"
    return _limits(base, "", _script(over))


def _munderover(element: Element) -> str:
    if len(element.children) < 3:
        return _munder(element)
    base, under, over = element.children[:3]
    return _limits(base, _script(under), _script(over))


def _is_wide(base: Element, accent: Element) -> bool:
    """Return whether an accent spans its base: `widehat` does, `hat` does not."""
    stretchy = accent.get("stretchy").lower()
    if base.tag in LEAVES and len(base.text) == 1:
        # Some converters stretch every vector arrow.
        return stretchy == "true" and OVER[accent.text][0] != "vec"
    return stretchy != "false"


def _limits(base: Element, under: str, over: str) -> str:
    tex = base.tex.strip()
    if not under and not over:
        return base.tex
    if tex in LIMITS or tex.startswith(_BRACES) or "movablelimits" in base.attributes:
        return _attached(tex or "{}", under, over)
    if _has_other_limit(base, under, over):
        return _attached(tex, under, over)
    name = _NAME.fullmatch(tex)
    if name and (base.tag in LEAVES or name[1] == "operatorname"):
        return _attached("\\operatorname*" + name[2], under, over)
    if tex in _ARROWS and base.get("stretchy").lower() != "false":
        return _ARROWS[tex] + _optional(under) + f"{{{over}}}"
    tex = f"\\underset{{{under}}}{{{tex}}}" if under else tex
    return f"\\overset{{{over}}}{{{tex}}}" if over else tex


def _optional(tex: str) -> str:
    """Return an optional argument, in braces if it contains a bracket."""
    if "]" in tex or tex[:1] == "{":
        tex = f"{{{tex}}}"
    return f"[{tex}]" if tex else ""


def _has_other_limit(base: Element, under: str, over: str) -> bool:
    """Return whether a sum with one limit is the base of the other."""
    other_tag = "munder" if not under else "mover" if not over else ""
    return base.tag == other_tag and base.children[0].tex.strip() in LIMITS


def _mmultiscripts(element: Element) -> str:
    """Return a base with pairs of scripts after it, and those after `mprescripts` before it."""
    if not element.children:
        return row(element)
    base, *scripts = element.children
    split = next((i for i, s in enumerate(scripts) if s.tag == "mprescripts"), len(scripts))
    before, after = _pairs(scripts[split + 1 :]), _pairs(scripts[:split])
    tex = "".join(_attached("{}", *pair) for pair in before)
    first, *others = after or [("", "")]
    taken = ("_" if first[0] else "") + ("^" if first[1] else "")
    tex += _attached(as_base(base, taken), *first)
    return tex + "".join(_attached("{}", *pair) for pair in others)


def _pairs(scripts: list[Element]) -> list[tuple[str, str]]:
    texts = [_script(script) for script in scripts]
    pairs = list(zip(texts[::2], [*texts[1::2], ""], strict=False))
    return [pair for pair in pairs if any(pair)]


SCRIPTS: dict[str, Callable[[Element], str]] = {
    "msub": _scripted(1, 0),
    "msup": _scripted(0, 1),
    "msubsup": _scripted(1, 2),
    "munder": _munder,
    "mover": _mover,
    "munderover": _munderover,
    "mmultiscripts": _mmultiscripts,
}
