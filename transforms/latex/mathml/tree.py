"""MathML as it stands in pages to a tree: one linear pass that takes whatever it meets.

Neither an XML parser nor an HTML parser fits: prefixes (`mml:mi`), HTML's entities, tags left open,
upper case, raw `<` in attributes all stand in real pages, and none of them may cost the formula.
Nothing is fetched, declared or expanded here, so there is no entity to bomb with.
"""

import re
from dataclasses import dataclass, field
from html import unescape

MAX_DEPTH = 150  # tags nested deeper are dropped and their text stays; real formulas reach 40
_MAX_CHARACTERS = 500_000  # what follows is cut; the largest real formula seen has 27,000

# A tag and the text after it; if that is all of the element, its end and the text after that too.
# The possessive quantifiers keep this linear: no character is looked at again from a later start.
_TOKEN = re.compile(
    r"<(/)?([A-Za-z#][\w.:-]*+)([^<>]*+)>(TEXT)(?(1)|(?:(</\2>)(TEXT))?+)".replace(
        "TEXT", "[^<]*+(?:<(?![A-Za-z/!?])[^<]*+)*+"
    )
)
_VALUE_WITH_ANGLES = re.compile(r"""=\s{0,9}(?:"[^"<>]*+[<>][^"]*+"|'[^'<>]*+[<>][^']*+')""")
_COMMENT = re.compile(r"<!--(?:.*?-->|.*)|<!\[CDATA\[|\]\]>", re.S)
_SPACE = " \t\r\n\f"  # of markup, to which no-break spaces do not belong
_ENTITY = re.compile(r"&#?\w{1,40};")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'/>]+))""")

# Elements without content: in an HTML page `<mml:none/>` is left open, and would swallow the rest.
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


@dataclass(slots=True)
class Element:
    """An element: its text before the first child, its children, and the LaTeX made of them.

    Further text is a child of its own, with the tag `#text`.
    """

    tag: str
    attributes: str = ""  # as written
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    tex: str = ""

    def get(self, name: str) -> str:
        """Return an attribute, or "" where there is none.

        >>> Element("mfenced", ' open="[" close="&#93;"').get("close")
        ']'
        """
        if name in self.attributes:
            for found in _ATTRIBUTE.finditer(self.attributes):
                if found[1] == name:
                    return _plain(found[2] or found[3] or found[4] or "")
        return ""


def parse_mathml(source: str) -> Element:
    """Return an element without a name that holds what `source` holds; it never fails.

    >>> parse_mathml("<m:math><m:MI>x</m:MI>").children[0].children
    [Element(tag='mi', attributes='', text='x', children=[], tex='')]
    """
    source = _without_surprises(source[:_MAX_CHARACTERS])
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


def _without_surprises(source: str) -> str:
    """Drop comments, and spell `<` and `>` in attributes as entities."""
    if "<!" in source:
        source = _COMMENT.sub("", source)
    return _VALUE_WITH_ANGLES.sub(_spelled, source)


def _spelled(value: re.Match[str]) -> str:
    return value[0].replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    """Resolve entities; twice where they had been escaped twice."""
    if "&" in text:
        text = unescape(text)
        if "&" in text and _ENTITY.search(text):
            text = unescape(text)
    return text


def _add_text(element: Element, text: str) -> None:
    if element.text or element.children:
        element.children.append(Element("#text", text=text))
    else:
        element.text = text


def _close(path: list[Element], tag: str) -> None:
    """Close the innermost open `tag` and all that was left open in it; none: do nothing."""
    for depth in range(len(path) - 1, 0, -1):
        if path[depth].tag == tag:
            del path[depth:]
            return
