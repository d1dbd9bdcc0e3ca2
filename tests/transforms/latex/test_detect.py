import pytest

from transforms.latex.detect import has_prose, has_tex, is_formula_text, is_tex_value


@pytest.mark.parametrize("text", [r"\alpha", "x^2", "x_1", "a_{ij}", r"\{x\}", r"x \in A"])
def test_commands_and_scripts_are_recognised_as_tex(text):
    assert has_tex(text)


@pytest.mark.parametrize("text", ["", "x + y", "snake_case_name", "5 and 10", "C# and F#"])
def test_words_and_identifiers_of_code_are_not(text):
    assert not has_tex(text)


def test_words_in_the_text_of_a_formula_are_not_prose():
    assert not has_prose(r"x \text{ is the root of the equation } y")
    assert not has_prose(r"\operatorname{arg max} \alpha \beta \gamma")
    assert has_prose("x is the root of the equation y", words=3)


@pytest.mark.parametrize("text", ["n", "x = 2", "a + b", r"\frac{1}{2}", "\u03b1 \u2264 2"])
def test_a_formula_may_be_as_short_as_a_letter(text):
    assert is_formula_text(text)


@pytest.mark.parametrize(
    "text", ["", "Show that this is so", "Home", "https://a.example/x_1", "<b>x_1</b>", "x" * 5000]
)
def test_labels_urls_and_markup_are_not_formulas(text):
    assert not is_formula_text(text)


@pytest.mark.parametrize("value", [r'{"tex": "\\frac"}', r"C:\temp\x", "//cdn.example/a_1.png"])
def test_data_in_attributes_is_not_tex(value):
    assert not is_tex_value(value)
