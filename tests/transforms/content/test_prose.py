import pytest

from transforms.content.blocks import Block
from transforms.content.prose import prose_words


def test_words_of_headings_and_links_are_not_prose():
    blocks = [
        Block("h1", "A title of five words"),
        Block("p", "Three words here"),
        Block("ul", "linked words only", link=17),
        Block("ul", "half of it here", link=8),
    ]
    assert prose_words(blocks) == 3 + 0 + 2


@pytest.mark.parametrize(
    "formula",
    ["\ue00012\ue001", "$x^2 + y^2$", "$$a\nb$$", r"\(x + y\)", "\\[a b\nc\\]"],
)
def test_a_formula_is_one_word(formula):
    assert prose_words([Block("p", f"so {formula} is even")]) == 4


def test_characters_of_chinese_are_words():
    assert prose_words([Block("p", "数学很美")]) == 4


def test_no_text_has_no_words():
    assert prose_words([]) == prose_words([Block("p", "")]) == 0
