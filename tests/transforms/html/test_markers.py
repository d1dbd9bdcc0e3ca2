import pytest
from resiliparse.parse.html import HTMLTree

from transforms.content import blocks
from transforms.formulas.replace import CLOSE, OPEN
from transforms.html import protect_code
from transforms.html.markers import MARKERS, without_marker_references, without_markers

FORMS = (
    *("&#{};", "&#{}", "&#000{};", "&#{}x"),
    *("&#x{:x};", "&#X{:X}", "&#x000{:X};", "&#x{:x}g"),
)
REFERENCES = [form.format(point) for marker in MARKERS for point in [ord(marker)] for form in FORMS]


def test_every_marker_that_the_program_inserts_is_removed_from_pages():
    used = {OPEN, CLOSE, *blocks._MARKERS, *protect_code._HIDDEN.values()}
    assert used == set(MARKERS)


@pytest.mark.parametrize("reference", REFERENCES)
def test_no_reference_becomes_a_marker(reference):
    for html in (f"<p>a{reference} b", f'<p title="a{reference} b">', f"<p>&#xE0{reference}00;0"):
        body = HTMLTree.parse(without_marker_references(html)).body
        text = body.text + "".join(
            p.getattr("title") or "" for p in body.query_selector_all("p")[:]
        )
        assert not set(text) & set(MARKERS)


@pytest.mark.parametrize(
    "text", ["", "text &#65; \u4e00", "&#x1E000;&#573440;&#xE0001;&#xE009;\ue009\ufdd5"]
)
def test_other_characters_and_references_are_unchanged(text):
    assert without_markers(text) == without_marker_references(text) == text


def test_markers_are_removed():
    assert without_markers(f"a{MARKERS}b{MARKERS}") == "ab"
    assert without_marker_references("&#xE0\ue00000;x") == "\u2060x"


@pytest.mark.parametrize(
    "text", ["&#" * 50_000, "&#0" * 50_000, "&#" + "0" * 100_000, "&#xE0" * 50_000]
)
def test_references_are_searched_in_linear_time(text):
    assert without_marker_references(text) == text
