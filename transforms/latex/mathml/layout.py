"""Convert the layout of MathML to LaTeX: fractions, roots, enclosures, styles, alternatives."""

import re
from collections.abc import Callable

from transforms.latex.mathml.rows import as_binomial, fenced, join, row
from transforms.latex.mathml.tokens import LEAVES, as_text, in_font, is_balanced, symbols
from transforms.latex.mathml.tree import Element

_ZERO = re.compile(r"[0.]+ *(?:[a-z]{2}|%)?", re.I)
_WIDTH = re.compile(r" *(-?)(\d{1,6}(?:\.\d{0,9})?|\.\d{1,9}) *(em|ex|px|pt|mu|cm|mm|in)?")
_EM = {"em": 1.0, "ex": 0.43, "px": 0.0625, "pt": 0.1, "mu": 1 / 18, "cm": 2.8, "mm": 0.28}
_NAMED_SPACES = {
    "thinmathspace": r"\,",
    "mediummathspace": r"\:",
    "thickmathspace": r"\;",
    "veryverythickmathspace": r"\;",
    "verythickmathspace": r"\;",
    "negativethinmathspace": r"\!",
    "negativemediummathspace": r"\!",
    "negativethickmathspace": r"\!",
}
_TEX_ENCODING = re.compile(
    r"\s*(?:(?:application|text|math)/)?(?:x-|vnd\.)?(?:la|snuggle|ams|ka|plain)?tex\s*(?:;.*)?",
    re.I | re.S,
)
_SITE_MACRO = re.compile(r"@@?\{|\\(?:NVar|ifrac|iunit|cpi|expe|realpart|imagpart)(?![a-zA-Z])")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*+)%[^\n]*+\n?\s*+")
_DELIMITERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_CONTENT_ROOTS = frozenset(["apply", "bind", "reln", "cn", "ci", "csymbol", "lambda", "piecewise"])
_ENCLOSURES = (  # the first entry all of whose notations the attribute has wins
    ("radical", r"\sqrt{%s}"),
    ("box", r"\boxed{%s}"),
    ("longdiv", r"\overline{)%s}"),
    ("actuarial", r"\overline{%s}|"),
    ("updiagonalstrike downdiagonalstrike", r"\xcancel{%s}"),
    ("updiagonalstrike", r"\cancel{%s}"),
    ("northeastarrow", r"\cancel{%s}"),
    ("downdiagonalstrike", r"\bcancel{%s}"),
    ("horizontalstrike", r"\sout{%s}"),
    ("phasorangle", r"\angle %s"),
    ("top bottom left right", r"\boxed{%s}"),
    ("top", r"\overline{%s}"),
    ("bottom", r"\underline{%s}"),
    ("left right", r"\left|%s\right|"),
)


def _mfrac(element: Element) -> str:
    if len(element.children) < 2:
        return row(element)
    above, below = [child.tex.strip() for child in element.children[:2]]
    if element.attributes:
        if (thickness := element.get("linethickness")) and _ZERO.fullmatch(thickness.strip()):
            return f"{{{above or '{}'} \\atop {below or '{}'}}}"
        if element.get("bevelled").lower() == "true":
            parts = zip(element.children, (above, below), strict=False)
            return "/".join([tex if c.tag in LEAVES else f"{{{tex}}}" for c, tex in parts])
    return f"\\frac{{{above}}}{{{below}}}"


def _msqrt(element: Element) -> str:
    return f"\\sqrt{{{row(element).strip()}}}"


def _mroot(element: Element) -> str:
    if len(element.children) < 2:
        return _msqrt(element)
    base, index = [child.tex.strip() for child in element.children[:2]]
    if "]" in index or index[:1] == "{":
        index = f"{{{index}}}"
    return f"\\sqrt[{index}]{{{base}}}" if index else f"\\sqrt{{{base}}}"


def _mfenced(element: Element) -> str:
    attributes = element.attributes
    opening = element.get("open").strip() if "open" in attributes else "("
    closing = element.get("close").strip() if "close" in attributes else ")"
    separators = "".join(element.get("separators").split()) if "separators" in attributes else ","
    inner = symbols(element.text.strip())
    for position, child in enumerate(element.children):
        if position and separators:
            inner += symbols(separators[min(position, len(separators)) - 1])
        inner += child.tex
    if (opening, closing) == ("(", ")") and " \\atop " in inner and len(element.children) == 1:
        return as_binomial(element.children[0]) or fenced("(", inner, ")")
    return fenced(opening, inner, closing)


def _menclose(element: Element) -> str:
    tex, notation = row(element), element.get("notation").lower()
    for words, command in _ENCLOSURES:
        if all(word in notation for word in words.split()):
            return command.replace("%s", tex.strip())
    return tex


def _mstyle(element: Element) -> str:
    variant = element.get("mathvariant").lower()
    if not variant or variant in ("normal", "italic"):
        return row(element)
    for child in element.children:
        if child.tag in ("mi", "mn") and "{" not in child.tex:
            child.tex = in_font(child.tex, variant)
    return row(element)


def _mspace(element: Element) -> str:
    width = element.get("width").strip().lower()
    if element.get("linebreak") == "newline":
        return r"\quad "
    if not (match := _WIDTH.fullmatch(width)):
        return _NAMED_SPACES.get(width, "")
    em = float(match[2]) * _EM.get(match[3] or "em", 1.0)
    if match[1]:
        return r"\!" if em > 0.1 else ""
    if em < 0.9:
        return r"\;" if em >= 0.27 else r"\:" if em >= 0.2 else r"\," if em > 0.1 else ""
    return r"\quad " if em < 1.9 else r"\qquad "


def _semantics(element: Element) -> str:
    """Return the TeX annotation, or else the presentation, or else the content."""
    alternatives: list[Element] = []
    for child in element.children:
        if child.tag == "annotation":
            if is_tex_encoding(child.get("encoding")) and (tex := _annotation(child)):
                return tex
        elif child.tag == "annotation-xml":
            if "presentation" in child.get("encoding").lower():
                alternatives.insert(0, child)
        else:
            alternatives.append(child)
    if element.tag != "semantics":
        return row(element) if element.children or not element.text else _raw(element.text)
    presentation = [
        child for child in alternatives if child.tag not in _CONTENT_ROOTS
    ] or alternatives
    return presentation[0].tex if presentation else row(element)


def is_tex_encoding(encoding: str) -> bool:
    """Return whether the encoding of an annotation is exactly TeX or a dialect of it.

    >>> is_tex_encoding("application/x-tex"), is_tex_encoding("text/x-asciimath")
    (True, False)
    """
    return _TEX_ENCODING.fullmatch(encoding) is not None


def has_site_macro(tex: str) -> bool:
    r"""Return whether TeX has a macro of one site only, such as DLMF's `\NVar`."""
    return _SITE_MACRO.search(tex) is not None


def _annotation(element: Element) -> str:
    """Return the TeX of an annotation without comments and delimiters; "" if it is truncated."""
    tex = "".join([element.text, *[child.text for child in element.children]])
    tex = " ".join(_COMMENT.sub(r"\1", tex).split())
    for start, end in _DELIMITERS:
        if tex.startswith(start) and tex.endswith(end) and len(tex) > len(start + end):
            tex = tex[len(start) : -len(end)].strip()
    return f"{tex} " if tex and is_balanced(tex) and not has_site_macro(tex) else ""


def _raw(text: str) -> str:
    """Return the text of a `math` element without tags, which is TeX in wikis."""
    tex = text.strip()
    return f"{tex} " if is_balanced(tex) and tex[-1:] not in "^_" else as_text(tex)


def _maction(element: Element) -> str:
    selection = element.get("selection").strip()
    index = int(selection) - 1 if selection.isdecimal() and len(selection) < 4 else 0
    children = element.children
    return children[index if 0 <= index < len(children) else 0].tex if children else row(element)


def _longdiv(element: Element) -> str:
    parts = [child.tex.strip() for child in element.children]
    if len(parts) < 3:
        return join(element.children)
    divisor, quotient, dividend = parts[:3]
    return f"\\overset{{{quotient}}}{{{divisor}\\overline{{){dividend}}}}}"


def _nothing(element: Element) -> str:
    return ""


LAYOUT: dict[str, Callable[[Element], str]] = {
    "math": _semantics,
    "semantics": _semantics,
    "annotation": _nothing,
    "mfrac": _mfrac,
    "msqrt": _msqrt,
    "mroot": _mroot,
    "mfenced": _mfenced,
    "menclose": _menclose,
    "mstyle": _mstyle,
    "mspace": _mspace,
    "maction": _maction,
    "mlongdiv": _longdiv,
    "mphantom": _nothing,
    "script": _nothing,
    "style": _nothing,
}
