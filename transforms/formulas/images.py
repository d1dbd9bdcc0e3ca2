r"""Read formulas that are images: the TeX is in the alternative text, the title or the URL.

Services that render formulas take the TeX in the URL; converters write it into `alt`. tex4ht does
neither: its `alt` is the formula drawn in characters, as dvi2tty does (`latex/picture.py`).
"""

import re
from urllib.parse import unquote, unquote_plus

from resiliparse.parse.html import ElementNode

from transforms.html.dom import attribute, text_of
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import is_display, spell_symbols
from transforms.latex.detect import has_command, has_prose, has_tex, is_formula_text, is_tex_value
from transforms.latex.formula import LOST, Formula
from transforms.latex.picture import picture_to_latex

# URLs that contain TeX, or show that the alternative text does.
_SERVICE = re.compile(
    r"latex\.php|tex\.php|codecogs\.com|mimetex|mathtex|tex\.cgi|texrender|cht=tx|texify|upmath"
    r"|/math/render/|quicklatex|/latex/|latex\.art|\.latex\?|/latex\?|/tex\?|/(?:gif|png|svg)\.\w+\?"
    r"|[?&](?:tex|latex|eq|math|formula)=|math\.now\.sh|math\.vercel|//(?:[\w-]+\.)?tex\."
    r"|eeimg|equation_images/|/teximages/|/images/math/|/images/equations?/|render_formula|/formula/",
    re.I,
)
_FIGURE = re.compile(  # LaTeX2HTML renders more than formulas
    r"\\begin\{(?:figure|table|tabular|picture|center|verbatim|lstlisting|tikzpicture|algorithm"
    r"|minipage|wrapfigure)|\\(?:includegraphics|epsf|psfig|caption|resizebox|scalebox|rotatebox)"
)
_FORMULA_PARAMETER = re.compile(  # the query parameter with the formula
    r"[?&;](?:latex|tex|chl|eq|math|formula|from|inline|block|equation|code|f)=([^&]*)", re.I
)
_CALCULATOR = re.compile(r"[_^]\(|\bsqrt\(|_infty|\^infty")  # int_0^infty e^(-x^2)dx
_SIZES = re.compile(
    r"^(?:\\(?:inline|dpi\s?\{?\d+\}?|(?:bg|fn)_\w+|fg_\w+|tiny|small|large|Large|LARGE|huge|Huge"
    r"|normalsize|opaque|reverse|parstyle|gammacorrection\{\d+\}|usepackage\{\w+\})|\{?\\color\{\w+\}"
    r")\s{0,9}"
)
# Classes that converters and sites give to images of formulas.
_CLASSES = re.compile(r"math|latex|\btex|formula|equation|\beqn?\b|\bee_img\b", re.I)
_DRAWING_CLASSES = re.compile(r"math(?:-display)?")  # tex4ht's
_DISPLAY_CLASSES = re.compile(
    r"formulaDsp|display|block|latexcenter|-fallback-image-display|\bdisplaymath|centered"
)
# URLs of rendered formulas without their TeX, and classes of nothing but formulas.
_RENDERED_ELSEWHERE = re.compile(r"/math/render/|eeimg|/equation_images/|/teximages/|/texvc/")
_IS_FORMULA = re.compile(
    r"(?:(?:inline|display|block)[-_]?)?(?:math|latex|tex|formula|equation|eqn?|mwe-math)"
    r"(?:[-_]?(?:inline|display|block|image|img|(?:fallback-image-\w{1,9})))?(?:Inl|Dsp)?$",
    re.I,
)
_NO_DESCRIPTION = re.compile(  # an alternative text that every image could have
    r"[\[({<]?(?:(?:math(?:ematical)?|inline|display|latex|tex)[ _-]?)?"
    r"(?:formula|equation|eqn?|expression|image|img|math|latex|tex|graphic|picture|figure)?"
    r"[ _.-]?\d{0,5}[\])}>]?(?:\.(?:png|gif|svg|jpe?g))?|[-\w./]{1,200}\.(?:png|gif|svg|jpe?g)",
    re.I,
)
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-srcset")
_TEXTS = (
    "data-latex", "data-tex", "data-formula", "data-equation-content", "data-math", "data-eq",
    "alt", "data-alt", "title", "longdesc",
)  # fmt: skip


def image_formula(image: ElementNode) -> Formula | None:
    r"""Return the formula that an image shows, or None if it shows none.

    The most reliable source of TeX wins: data attributes, then the alternative text, the title, and
    the request in the URL.
    """
    classes = attribute(image, "class")
    source = _source(image)
    service = _SERVICE.search(source) is not None
    mathematical = service or _CLASSES.search(classes) is not None
    if _FIGURE.search(attribute(image, "alt")):
        return None
    raw = _tex_attribute(image, mathematical) or (_formula_in_url(source) if service else None)
    if raw is None and mathematical:
        raw = _drawn_text(image, classes)
        if raw is not None and _DRAWING_CLASSES.fullmatch(classes):
            return _drawing(raw, "display" in classes)
    if raw is None:
        return LOST if _is_unreadable(image, source, classes) else None
    display = _DISPLAY_CLASSES.search(classes) is not None or is_display(raw) or _is_centred(image)
    if "\\" in raw:
        return Formula(_without_sizes(raw), display)
    if _CALCULATOR.search(raw) and "{" not in raw:
        return Formula(asciimath_to_latex(raw), display)
    return Formula(spell_symbols(_without_sizes(raw)), display)


def _is_unreadable(image: ElementNode, source: str, classes: str) -> bool:
    """Return whether an image without readable TeX is still certain to be a formula."""
    if not (_RENDERED_ELSEWHERE.search(source) or any(map(_IS_FORMULA.match, classes.split()))):
        return False
    alt = attribute(image, "alt").strip()
    return not alt or _NO_DESCRIPTION.fullmatch(alt) is not None


def _drawing(alt: str, display: bool) -> Formula:
    """Return a formula drawn in characters as LaTeX, or as the drawing if that is not certain."""
    if tex := picture_to_latex(alt):
        return Formula(tex, display)
    return Formula(alt, display or "\n" in alt.strip(), picture=True)


def _is_centred(image: ElementNode) -> bool:
    """Return whether an image is the only content of a centred paragraph."""
    parent = image.parent
    if not isinstance(parent, ElementNode):
        return False
    aligned = parent.tag in ("p", "div") and attribute(parent, "align").lower() == "center"
    if not aligned and parent.tag != "center":
        return False
    return _has_few_children(parent) and len(text_of(parent).strip()) < 2


def _has_few_children(parent: ElementNode) -> bool:
    """Return whether there are at most three children; `child_nodes` would list them all."""
    child = parent.first_child
    for _ in range(3):
        child = child.next_sibling if child is not None else None
    return child is None


def _source(image: ElementNode) -> str:
    """Return the URL of an image: the first that is not a data URL, as lazy loaders use."""
    for name in _SOURCES:
        address = attribute(image, name)
        if address and not address.startswith("data:"):
            return address[:4000]
    return ""


def _tex_attribute(image: ElementNode, mathematical: bool) -> str | None:
    """Return the first attribute that is certainly TeX; the test is weaker if `mathematical`."""
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


def _formula_in_url(source: str) -> str | None:
    """Return the formula in a URL: a named parameter, the whole query, or the path."""
    path, _, query = source.partition("?")
    parameter = _FORMULA_PARAMETER.search("?" + query)
    if parameter and parameter[1]:
        return unquote_plus(parameter[1])
    request = unquote(query).replace("&space;", " ")
    if has_tex(request):
        return request
    name = re.sub(r"\.(?:gif|png|svg)$", "", unquote(unquote(path.rpartition("/")[2])))
    if "\\" in name and has_tex(name):
        return name
    return request if 0 < len(request) < 40 and "=" not in request else None


def _drawn_text(image: ElementNode, classes: str) -> str | None:
    """Return an alternative text without TeX that may still be the formula."""
    alt = attribute(image, "alt")
    if not alt or len(alt) > 4000:
        return None
    if not _DRAWING_CLASSES.fullmatch(classes):
        return alt if is_formula_text(alt) else None
    return None if has_prose(alt, 12 if "\n" in alt.strip() else 2) else alt


def _without_sizes(tex: str) -> str:
    r"""Remove size and style commands for a rendering service, and decode its spaces.

    >>> _without_sizes(r"\dpi{120}\bg_white \large x^2&space;+&space;1")
    'x^2 + 1'
    """
    tex = tex.replace("&space;", " ").replace("&plus;", "+").strip().removeprefix("LaTeX:").strip()
    while match := _SIZES.match(tex):
        tex = tex[match.end() :]
    return tex
