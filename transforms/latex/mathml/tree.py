"""Parse MathML as found in pages into a tree, in linear time and without ever failing.

Neither an XML parser nor an HTML parser fits: prefixes (`mml:mi`), HTML's entities, unclosed tags,
upper case and raw `<` in attributes all occur in real pages, and none may lose the formula.
Nothing is fetched, declared or expanded here, so entity bombs are impossible.
"""

import re
from dataclasses import dataclass, field
from html import unescape

MAX_DEPTH = 150  # deeper tags are dropped and their text is kept; real formulas reach 40
_MAX_CHARACTERS = 500_000  # the rest is ignored; the largest real formula seen has 27,000

# A tag and the text after it; for an element with text only, also its end tag and the text after
# that. The possessive quantifiers keep this linear: there is no backtracking.
_TOKEN = re.compile(
    r"<(/)?([A-Za-z#][\w.:-]*+)([^<>]*+)>(TEXT)(?(1)|(?:(</\2>)(TEXT))?+)".replace(
        "TEXT", "[^<]*+(?:<(?![A-Za-z/!?])[^<]*+)*+"
    )
)
_VALUE_WITH_ANGLES = re.compile(r"""=\s{0,9}(?:"[^"<>]*+[<>][^"]*+"|'[^'<>]*+[<>][^']*+')""")
# A tag without its `>`. Whole values are consumed, so that one that ends in `=` starts no other.
_TAG = re.compile(r"""<[A-Za-z](?:[^<>=]++|=\s{0,9}+(?:"[^"]*+"|'[^']*+')|=)*+""")
# What latex2mathml makes of \big{(}: it takes the brace for the delimiter.
_BRACES_OF_SIZE = re.compile(
    r"<mo (?:min|max)size[^<>]{0,80}>\{</mo>(<mo[^<>]{0,80}>[^<>]{0,20}</mo>)"
    r"(<msu(?:b|p|bsup)>)?<mi>\}</mi>"
)
_COMMENT = re.compile(r"<!--(?:.*?-->|.*)|<!\[CDATA\[|\]\]>", re.S)
_SPACE = " \t\r\n\f"  # white space of markup, which excludes no-break spaces
_ENTITY = re.compile(r"&#?\w{1,40};")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'/>]+))""")

# Empty elements: in an HTML page `<mml:none/>` stays open, and would swallow the rest.
_EMPTY_NAMES = """
mspace none mprescripts malignmark maligngroup mglyph msline sep br img plus minus times divide
power root factorial quotient rem max min gcd lcm abs conjugate arg real imaginary floor ceiling
and or xor not implies forall exists eq neq gt lt geq leq equivalent approx factorof int diff
partialdiff divergence grad curl laplacian union intersect in notin subset prsubset notsubset
notprsubset setdiff card cartesianproduct sum product limit tendsto exp ln log sin cos tan sec csc
cot sinh cosh tanh sech csch coth arcsin arccos arctan arccosh arcsinh arctanh arccot arccsc arcsec
mean sdev variance median mode moment determinant transpose selector vectorproduct scalarproduct
outerproduct integers reals rationals naturalnumbers complexes primes exponentiale imaginaryi
notanumber true false emptyset pi eulergamma infinity inverse compose ident domain codomain image
"""
_EMPTY = frozenset(_EMPTY_NAMES.split())
# Elements whose children have a meaning by position: bare text in them is a child.
_POSITIONAL = frozenset(
    ["mfrac", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"]
)


@dataclass(slots=True)
class Element:
    """An element: its text before the first child, its children, and its LaTeX.

    Further text is a separate child with the tag `#text`.
    """

    tag: str
    attributes: str = ""  # as written
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    tex: str = ""

    def get(self, name: str) -> str:
        """Return an attribute, or "" if there is none.

        >>> Element("mfenced", ' open="[" close="&#93;"').get("close")
        ']'
        """
        if name in self.attributes:
            for match in _ATTRIBUTE.finditer(self.attributes):
                if match[1] == name:
                    return _plain(match[2] or match[3] or match[4] or "")
        return ""


def parse_mathml(source: str) -> Element:
    """Return a nameless element with the contents of `source`; never raises.

    >>> parse_mathml("<m:math><m:MI>x</m:MI>").children[0].children
    [Element(tag='mi', attributes='', text='x', children=[], tex='')]
    """
    source = _normalised(source[:_MAX_CHARACTERS])
    root = Element("", text=_plain(source.partition("<")[0]))
    path, skipped = [root], 0
    for slash, name, attributes, text, end, after in _TOKEN.findall(source):
        tag = name.lower()
        if tag != name:
            attributes = attributes.lower()
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if slash:
            if skipped:
                skipped -= 1
            else:
                _close(path, tag)
        elif end:
            text = _plain(text)
            leaf = Element(tag, attributes, text if tag == "mtext" else text.strip(_SPACE))
            path[-1].children.append(leaf)
            text = after
        elif tag in _EMPTY or attributes[-1:] == "/":
            path[-1].children.append(Element(tag, attributes))
        elif len(path) > MAX_DEPTH:
            skipped += 1
        else:
            element = Element(tag, attributes)
            path[-1].children.append(element)
            path.append(element)
        if text and (path[-1].tag == "mtext" or not text.isspace()):
            _add_text(path[-1], _plain(text))
    return root


def _normalised(source: str) -> str:
    """Drop comments and braces around delimiters, and escape `<` and `>` in attributes."""
    if "<!" in source:
        source = _COMMENT.sub("", source)
    if "<mi>}</mi>" in source:
        source = _BRACES_OF_SIZE.sub(r"\2\1", source)
    if _VALUE_WITH_ANGLES.search(source):
        source = _TAG.sub(_escape_angles, source)
    return source


def _escape_angles(tag: re.Match[str]) -> str:
    inside = tag[0][1:]
    if "<" in inside or ">" in inside:
        inside = inside.replace("<", "&lt;").replace(">", "&gt;")
    return f"<{inside}"


def _plain(text: str) -> str:
    """Resolve entities; twice if they were escaped twice."""
    if "&" in text:
        text = unescape(text)
        if "&" in text and _ENTITY.search(text):
            text = unescape(text)
    return text


def _add_text(element: Element, text: str) -> None:
    if element.text or element.children or element.tag in _POSITIONAL:
        element.children.append(Element("#text", text=text))
    else:
        element.text = text


def _close(path: list[Element], tag: str) -> None:
    """Close the innermost open `tag` and all elements open in it; do nothing if none is open."""
    for depth in range(len(path) - 1, 0, -1):
        if path[depth].tag == tag:
            del path[depth:]
            return
