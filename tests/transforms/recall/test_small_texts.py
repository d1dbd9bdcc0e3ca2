"""Words, the classifier's view of a text, digests and token counts."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.classifier.classifier_text import MAX_CHARACTERS, classifier_text
from transforms.text.fingerprints import estimate_tokens, hash64, text_digest
from transforms.text.words import words


def test_words_are_runs_of_letters_and_digits_and_single_characters_without_spaces():
    assert words("Über 3 naïve fox-es") == ["über", "3", "naïve", "fox", "es"]
    assert words("求解x1=2的方程") == ["求", "解", "x1", "2", "的", "方", "程"]
    assert words("カタカナ 한글") == ["カ", "タ", "カ", "ナ", "한", "글"]
    assert words("") == []


def test_the_classifier_reads_words_commands_and_signs_but_no_numbers():
    text = "We have $\\frac{a_1}{2} < 10$ (see [3]).\nQ.E.D."
    assert classifier_text(text) == r"we have $ \frac { a _ } { } < $ see q e d"


def test_the_classifier_does_not_take_prices_for_formulas():
    assert classifier_text("only $29.99, was $ 40") == "only was"


def test_the_classifier_reads_the_beginning_of_a_page():
    assert classifier_text("a" + " b" * MAX_CHARACTERS).count("b") == MAX_CHARACTERS // 2 - 1


@given(st.text())
def test_a_line_for_the_classifier_is_one_line_and_has_no_label_in_it(text):
    line = classifier_text(text + " __label__math")
    assert not set(line) & set("\n\r\t\v\f\x1c\u2028")
    assert "__label__" not in line


def test_hashes_fit_parquet_and_do_not_change():
    assert hash64("a") == -1817709641818812897
    assert all(-(1 << 63) <= hash64(str(i)) < 1 << 63 for i in range(1000))


def test_texts_that_differ_in_white_space_have_one_digest():
    assert text_digest("a  b\n\nc ") == text_digest("a b c")
    assert text_digest("a b c") != text_digest("a b C")


def test_tokens_are_estimated_by_characters_and_bytes():
    assert estimate_tokens("") == 0
    assert estimate_tokens("a" * 1000) == 300
    assert estimate_tokens("数" * 1000) == 600
    assert estimate_tokens("ж" * 1000) == 450
