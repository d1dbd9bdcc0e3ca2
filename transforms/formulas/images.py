r"""Formulas that are pictures: the TeX is in the alternative text, the title or the address.

Services that draw formulas take the TeX in the address, converters write it into `alt`. tex4ht
writes neither: its `alt` is the formula drawn in characters, as dvi2tty would.
"""

import re
from urllib.parse import unquote, unquote_plus

from resiliparse.parse.html import ElementNode

from transforms.html.dom import attribute, text_of
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import is_display, spell_symbols
from transforms.latex.detect import has_command, has_prose, has_tex, is_formula_text, is_tex_value
from transforms.latex.formula import Formula

# Addresses that carry TeX, or say that the alternative text does.
_SERVICE = re.compile(
    r"latex\.php|tex\.php|codecogs\.com|mimetex|mathtex|tex\.cgi|texrender|cht=tx|texify|upmath"
    r"|/math/render/|quicklatex|/latex/|latex\.art|\.latex\?|/latex\?|/tex\?|/(?:gif|png|svg)\.\w+\?"
    r"|[?&](?:tex|latex|eq|math|formula)=|math\.now\.sh|math\.vercel|//(?:[\w-]+\.)?tex\."
    r"|eeimg|equation_images/|/teximages/|/images/math/|/images/equations?/|render_formula|/formula/",
    re.I,
)
_FIGURE = re.compile(  # LaTeX2HTML draws more than formulas
    r"\\begin\{(?:figure|table|tabular|picture|center|verbatim|lstlisting|tikzpicture|algorithm"
    r"|minipage|wrapfigure)|\\(?:includegraphics|epsf|psfig|caption|resizebox|scalebox|rotatebox)"
)
_NAMED = re.compile(  # the parameter that is the formula
    r"[?&;](?:latex|tex|chl|eq|math|formula|from|inline|block|equation|code|f)=([^&]*)", re.I
)
_CALCULATOR = re.compile(r"[_^]\(|\bsqrt\(|_infty|\^infty")  # int_0^infty e^(-x^2)dx
_SIZES = re.compile(
    r"^(?:\\(?:inline|dpi\s?\{?\d+\}?|(?:bg|fn)_\w+|fg_\w+|tiny|small|large|Large|LARGE|huge|Huge"
    r"|normalsize|opaque|reverse|parstyle|gammacorrection\{\d+\}|usepackage\{\w+\})|\{?\\color\{\w+\}"
    r")\s{0,9}"
)
# Classes that converters and sites give to pictures of formulas.
_CLASSES = re.compile(r"math|latex|\btex|formula|equation|\beqn?\b|\bee_img\b", re.I)
_DRAWING_CLASSES = re.compile(r"math(?:-display)?")  # tex4ht's
_DISPLAY_CLASSES = re.compile(
    r"formulaDsp|display|block|latexcenter|-fallback-image-display|\bdisplaymath|centered"
)
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-srcset")
_TEXTS = (
    "data-latex", "data-tex", "data-formula", "data-equation-content", "data-math", "data-eq",
    "alt", "data-alt", "title", "longdesc",
)  # fmt: skip


def image_formula(image: ElementNode) -> Formula | None:
    r"""Return the formula that a picture shows, or None where it shows none.

    Of the attributes that may hold its TeX the most certain counts: its own data attributes, the
    alternative text, the title, then what the address asks the service for.
    """
    classes = attribute(image, "class")
    source = _source(image)
    service = _SERVICE.search(source) is not None
    mathematical = service or _CLASSES.search(classes) is not None
    if _FIGURE.search(attribute(image, "alt")):
        return None
    raw = _written(image, mathematical) or (_asked_for(source) if service else None)
    if raw is None and mathematical:
        raw = _drawn(image, classes)
    if raw is None:
        return None
    display = _DISPLAY_CLASSES.search(classes) is not None or is_display(raw) or _is_centred(image)
    if "\\" in raw:
        return Formula(_without_sizes(raw), display)
    if _CALCULATOR.search(raw) and "{" not in raw:
        return Formula(asciimath_to_latex(raw), display)
    if display and "\n" in raw.strip():
        return Formula(raw, display, picture=True)
    return Formula(spell_symbols(_without_sizes(raw)), display)


def _is_centred(image: ElementNode) -> bool:
    """Say whether a picture is all that stands in a centred paragraph."""
    parent = image.parent
    if not isinstance(parent, ElementNode):
        return False
    aligned = parent.tag in ("p", "div") and attribute(parent, "align").lower() == "center"
    if not aligned and parent.tag != "center":
        return False
    return _has_few_children(parent) and len(text_of(parent).strip()) < 2


def _has_few_children(parent: ElementNode) -> bool:
    """Count to three: `child_nodes` makes a list of all of them, for each picture anew."""
    child = parent.first_child
    for _ in range(3):
        child = child.next_sibling if child is not None else None
    return child is None


def _source(image: ElementNode) -> str:
    """Return the address: the first that is no inline placeholder of a lazy loader."""
    for name in _SOURCES:
        address = attribute(image, name)
        if address and not address.startswith("data:"):
            return address[:4000]
    return ""


def _written(image: ElementNode, mathematical: bool) -> str | None:
    """Return the attribute that is TeX beyond doubt, or without doubt where the image says so."""
    for name in _TEXTS:
        value = attribute(image, name)
        text = value.strip()
        if text.startswith("$") and text.endswith("$") and len(text) > 2:
            return value
        if text.startswith((r"\(", r"\[", r"\begin{", "[tex]", "[latex]")):
            return value
        if has_tex(text) and (mathematical or has_command(text)) and is_tex_value(text):
            return value
    return None


def _asked_for(source: str) -> str | None:
    """Return what an address asks for: in a named parameter, all of the query, or the path."""
    path, _, query = source.partition("?")
    named = _NAMED.search("?" + query)
    if named and named[1]:
        return unquote_plus(named[1])
    asked = unquote(query).replace("&space;", " ")
    if has_tex(asked):
        return asked
    drawn = re.sub(r"\.(?:gif|png|svg)$", "", unquote(unquote(path.rpartition("/")[2])))
    if "\\" in drawn and has_tex(drawn):
        return drawn
    return asked if 0 < len(asked) < 40 and "=" not in asked else None


def _drawn(image: ElementNode, classes: str) -> str | None:
    """Return an alternative text without TeX that can still be what the picture shows."""
    alt = attribute(image, "alt")
    if not alt or len(alt) > 4000:
        return None
    if not _DRAWING_CLASSES.fullmatch(classes):
        return alt if is_formula_text(alt) else None
    return None if has_prose(alt, 12 if "\n" in alt.strip() else 2) else alt


def _without_sizes(tex: str) -> str:
    r"""Take off what tells a service how large to draw, and the spaces that it spells.

    >>> _without_sizes(r"\dpi{120}\bg_white \large x^2&space;+&space;1")
    'x^2 + 1'
    """
    tex = tex.replace("&space;", " ").replace("&plus;", "+").strip().removeprefix("LaTeX:").strip()
    while found := _SIZES.match(tex):
        tex = tex[found.end() :]
    return tex
