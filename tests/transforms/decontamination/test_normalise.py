import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.decontamination.normalise import (
    CHARACTER,
    LETTER,
    NUMBER,
    SIGN,
    WORD,
    hash_ngrams,
    tokenize,
    tokenize_all,
)

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=12)
MULTIPLIER = 0xD1342543DE82EF95


def written(text):
    """The tokens of a text as it writes them."""
    tokens = tokenize(text)
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


def same(*texts):
    return len({tokenize(text).hashes.tobytes() for text in texts}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        ("Find FIVE: x", "find five x", "Ｆｉｎｄ ﬁve, X", "fi\u00adnd five\u200b x"),
        ("Poincaré's", "poincare s", "Poincare\u0301 ’s"),
        (r"$\dfrac{1}{2}$", r"\(\frac 12\)".replace("12", "1 2"), r"\[\tfrac{1}{2}\]"),
        (r"$\left( x \right) \, y$", "(x) y", r"x\ y", r"\text{x}~\mathrm{y}"),
        ("$x^2$", "x²", "x^{2}", "𝑥²"),
        (r"2 \leq x", "2 ≤ x", r"2\le x", r"2 \leqslant x"),
        (r"$2\times 3 \cdot 4$", "2×3·4"),
        (r"$\pi r^2$", "πr²", r"\pi r^{2}", "𝛑r²"),
        (r"$60^\circ$", "60°", r"60^{\circ}"),
        (r"\begin{array}{c} 1 \end{array}", r"\begin{array}{c}1\end{array}"),
        ("1, 2, \\ldots", "1, 2, …", r"1, 2, \cdots"),
        ("数学 ３", "数学3", "数 学, 3。"),
        ("٣ x", "3 x"),
    ],
)
def test_texts_that_differ_in_typesetting_only_have_the_same_tokens(spellings):
    assert same(*spellings)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x 2", "x 3"), ("12", "1 2"), ("le", "the"), (r"\sin x", r"\cos x"), ("数学", "学数")],
)
def test_other_numbers_and_words_are_other_tokens(one, other):
    assert not same(one, other)


def test_english_words_that_are_commands_in_latex_count():
    assert written("How many are left? Turn right") == [
        "How",
        "many",
        "are",
        "left",
        "Turn",
        "right",
    ]
    assert written(r"\left( 1 \right)") == ["1"]


def test_tokens_have_kinds():
    text = r"Let x = 2, \sin x ≤ 数"
    assert written(text) == ["Let", "x", "2", "sin", "x", "≤", "数"]
    assert tokenize(text).kinds.tolist() == [WORD, LETTER, NUMBER, SIGN, LETTER, SIGN, CHARACTER]


def test_tokens_are_where_the_text_has_them():
    assert written("x²y ½ ﬁne d\u200be𠀀") == ["x", "²", "y", "½", "½", "ﬁne", "d\u200be", "𠀀"]
    assert written("") == written(" \n$") == []


@given(st.text(max_size=60))
def test_every_token_has_a_character_of_the_text_and_they_are_in_order(text):
    tokens = tokenize(text)
    assert (tokens.starts < tokens.ends).all()
    assert (np.diff(tokens.starts) >= 0).all()
    assert len(tokens) == len(tokens.kinds) == len(tokens.starts) == len(tokens.ends)
    assert not len(tokens) or tokens.ends[-1] <= len(text)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_texts_that_are_tokenized_together_have_their_own_tokens(texts):
    together, bounds = tokenize_all(texts)
    assert len(bounds) == len(texts) + 1
    for i, text in enumerate(texts):
        tokens = tokenize(text)
        for name in ("hashes", "kinds", "starts", "ends"):
            of_text = getattr(together, name)[bounds[i] : bounds[i + 1]]
            assert of_text.tolist() == getattr(tokens, name).tolist()


def test_long_texts_are_tokenized_together_too():
    texts = [f"{letter} word " * 8_000 for letter in "abc"]
    tokens, bounds = tokenize_all(texts)
    assert bounds.tolist() == [0, 16_000, 32_000, 48_000]
    assert tokens.hashes[16_000] == tokenize("b").hashes[0]


@given(hashes=HASHES, length=st.integers(1, 12))
def test_the_hash_of_an_ngram_is_a_polynomial_of_its_tokens_modulo_2_to_64(hashes, length):
    expected = []
    for start in range(len(hashes) - length + 1):
        value = 0
        for token in hashes[start : start + length]:
            value = (value * MULTIPLIER + token) % 2**64
        expected.append(value)
    assert hash_ngrams(np.array(hashes, np.uint64), length).tolist() == expected


def test_words_of_all_lengths_have_different_hashes():
    words = [f"{a}{b}{c}" for a in "abcxyz" for b in "defuvw" for c in "ghirst"] + list("abcxyz")
    assert len(set(tokenize(" ".join(words)).hashes.tolist())) == len(words)


def test_text_is_composed_or_not_to_the_same_tokens():
    text = "Ångström déjà ñ が"
    assert same(text, unicodedata.normalize("NFC", text))
