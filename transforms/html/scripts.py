r"""Write HTML subscripts and superscripts in running text as TeX: x<sup>2</sup> becomes x^{2}.

Only scripts that are mathematics are converted: short ones after a letter, a number or a bracket.
Footnote marks, ordinals, trademark signs and links are unchanged.
"""

import re
from collections.abc import Sequence

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode, NodeType

from transforms.html.dom import attribute, text_of

_BASE = re.compile(r"(?:(?<![^\W\d_])[^\W\d_]|[)\]|}'!\u2032\d])$")
_ITALIC_BASE = re.compile(r"[^\W\d_]{1,3}")
_WORD = re.compile(r"[^\W\d_]{2,12}$")
_FUNCTION_NAMES = """
sin cos tan cot sec csc tg ctg sinh cosh tanh coth arcsin arccos arctan log ln lg lb exp det dim lim
max min sup inf gcd lcm tr rank ker Hom Ext Tor Aut End
"""
_UNIT_NAMES = "mm cm dm km nm ft yd mi kg sec Pa mol"
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
_UNITS = frozenset(_UNIT_NAMES.split())
_NEGATIVE = re.compile("[-\u2212\u2013]\\s?[\\dn]{1,2}")
_ION = re.compile("(?:[A-Z][a-z]?){1,4}")
_CHARGE = re.compile("\\d?[-+\u2212\u2013]")
_DIFFERENTIAL = re.compile("d[a-z]")
_SEGMENT = re.compile("[A-Z]{2,3}")
_OPERATOR_AFTER = re.compile("\\s*[-+=<>\u2212\u2264\u2265\u00d7\u00b7/]")
_RELATION_BEFORE = re.compile("[=<>\u2264\u2265\u2248]\\s*$")
_OPERATOR_BEFORE = re.compile("[-+=<>\u2212\u2264\u2265\u00d7\u00b7/]\\s*$")
_SCRIPT = re.compile(
    r"[-+\u2212\u2013*\u2217\u2020\u2032\u2033'\u221e\u22a5\u00b1=<>\u2264\u2265,.;:()\[\]|/!\s"
    r"\d\u0370-\u03ffa-zA-Z^_{}\\\u2211-\u22ff]{1,24}"
)
_NOT_MATHEMATICS = re.compile(r"(?:st|nd|rd|th|er|re|os|as|TM|SM)|.*[a-zA-Z]{4}.*", re.S)
_AFTER_DIGIT = re.compile(r"[aeo]|R")  # 1a and 2o are ordinals
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d$")
_BRACKETED_WORDS = re.compile(r"[^\W\d_]{4}[^()]{0,40}[)\]]$")
_NOTE = re.compile(r"note|\bfn|cite|ref(?:erence)?\b", re.I)
_ITALIC = ("i", "em", "var", "b", "strong")
_SIGNS = {"sub": "_", "sup": "^"}
_MAX_SCRIPTS = 20_000  # on a page


def mark_scripts(document: DocumentNode, scripts: Sequence[ElementNode]) -> bool:
    """Replace those of `scripts` (<sub> and <sup>, in document order) that are math by TeX text.

    Return whether there are any.
    """
    has_marked = False
    for node in reversed(scripts[:_MAX_SCRIPTS]):  # inner before outer
        if (tex := _as_tex(node)) is not None:
            node.replace_with(document.create_text_node(tex))
            has_marked = True
    return has_marked


def text_with_scripts(node: ElementNode) -> str:
    """Return the text of an element with all its scripts in TeX, whatever their base."""
    pieces = []
    for child in node.child_nodes[:]:
        inner = text_with_scripts(child) if isinstance(child, ElementNode) else text_of(child)
        sign = _SIGNS.get(child.tag or "")
        pieces.append(f"{sign}{{{inner}}}" if sign else inner)
    return "".join(pieces)


def _as_tex(node: ElementNode) -> str | None:
    r"""Return `_{..}` or `^{..}`, or None if the script is not mathematics."""
    script = " ".join(text_of(node).replace("\u2060", "").split())
    if not _SCRIPT.fullmatch(script) or _NOT_MATHEMATICS.fullmatch(script):
        return None
    if node.query_selector("a,img") is not None or _is_note(node):
        return None
    if not _has_base(node, script):
        return None
    script = script.replace("\u2212", "-").replace("\u2013", "-")
    return f"{_SIGNS[node.tag or '']}{{{script}}}"


def _is_note(node: ElementNode) -> bool:
    parent = node.parent
    linked = parent is not None and parent.tag == "a"
    return linked or _NOTE.search(attribute(node, "class") + attribute(node, "id")) is not None


def _has_base(node: ElementNode, script: str) -> bool:
    before = _preceding(node)
    if before is None:
        return False
    text = text_of(before)[-40:].replace("\u2060", "")
    if before.tag in _ITALIC and _ITALIC_BASE.fullmatch(text.strip()):
        return True
    if text[-1:].isdigit() and (_AFTER_DIGIT.fullmatch(script) or _YEAR.search(text)):
        return False
    if word := _WORD.search(text):
        return node.tag == "sub" or _is_raised(word[0], script, _context(node, text, word.start()))
    return _BASE.search(text) is not None and not _BRACKETED_WORDS.search(text)


def _is_raised(word: str, script: str, context: tuple[str, str]) -> bool:
    """Return whether a superscript after several letters is mathematics, not the mark of a note."""
    if _NEGATIVE.fullmatch(script) or (word in _FUNCTIONS and len(script) <= 4):
        return True
    if _ION.fullmatch(word) and _CHARGE.fullmatch(script):
        return True
    if not script.isdigit() or len(script) > 1:
        return False
    before, after = context
    if len(word) < 4 and _RELATION_BEFORE.search(before):
        return True  # E = mc<sup>2</sup>
    squared = word in _UNITS or _DIFFERENTIAL.fullmatch(word) is not None
    in_equation = _OPERATOR_AFTER.match(after) or _OPERATOR_BEFORE.search(before)
    return squared or (_SEGMENT.fullmatch(word) is not None and in_equation is not None)


def _context(node: ElementNode, text: str, start: int) -> tuple[str, str]:
    """Return the text before the word with the script, and after the script."""
    after = text_of(node.next)[:10] if node.next is not None else ""
    return text[:start], after


def _preceding(node: ElementNode) -> DOMNode | None:
    """Return the node before a script, or before its parent if the script is the first child."""
    before = node.prev
    if before is None and node.parent is not None and node.parent.tag in (*_ITALIC, "span"):
        before = node.parent.prev
    while before is not None and before.type == NodeType.ELEMENT and before.tag == "span":
        before = before.last_child
    return before
