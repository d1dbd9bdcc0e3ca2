# ruff: noqa: RUF001
"""Write text in the font Symbol as the characters that it shows.

Old pages write Greek letters and relations as Latin letters in this font, or as characters from
U+F020 to U+F0FF, where word processors keep its codes.
"""

import re

from resiliparse.parse.html import DocumentNode, NodeType

from transforms.html.dom import attribute, text_of

_MAY_BE_SYMBOL = "font[face*=symbol i],[style*=symbol i]"
_FACE = re.compile(r"\s*[\"']?symbol[\"']?\s*(?:,|$)", re.I)
_STYLE = re.compile(
    r"(?:font-family\s?:|font\s?:[^;,\"']{0,40}\d[\w%/.]{0,12}\s)\s*[\"']?symbol[\"']?\s*(?:[;,]|$)",
    re.I,
)
_FIRST = 0x20  # the code of the first character of the table
_CHARACTERS = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?"
    "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼\x7f" + "\x80" * 32 + "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵"
    "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"
    "◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\xf0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭\xff"
)
_TABLE = {
    _FIRST + index: character
    for index, character in enumerate(_CHARACTERS)
    if character not in "\x7f\x80\xf0\xff"
}
_TABLE |= {0xF000 + code: character for code, character in _TABLE.items()}
_MAX_NODES = 20_000


def spell_symbol_font(document: DocumentNode) -> None:
    """Replace the text of elements in the font Symbol, in place."""
    for element in document.query_selector_all(_MAY_BE_SYMBOL)[:_MAX_NODES]:
        if _FACE.match(attribute(element, "face")) or _STYLE.search(attribute(element, "style")):
            for node in element.child_nodes[:]:
                if node.type == NodeType.TEXT:
                    node.value = text_of(node).translate(_TABLE)
