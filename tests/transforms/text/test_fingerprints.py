from hypothesis import given
from hypothesis import strategies as st

from transforms.text.fingerprints import (
    count_formulas,
    estimate_tokens,
    hash64,
    signed64,
    text_digest,
)


@given(st.integers(0, 2**64 - 1))
def test_signed_integers_have_the_bits_of_the_unsigned_ones(value):
    assert -(2**63) <= signed64(value) < 2**63
    assert signed64(value) % 2**64 == value


def test_the_sign_changes_at_the_highest_bit():
    values = [0, 2**63 - 1, 2**63, 2**64 - 1]
    assert [signed64(value) for value in values] == [0, 2**63 - 1, -(2**63), -1]


@given(st.text())
def test_hashes_fit_int64(text):
    assert -(2**63) <= hash64(text) < 2**63


def test_hashes_are_those_of_xxh3():
    assert hash64("") == 0x2D06800538D394C2
    assert hash64("a") == 0xE6C632B61E964E1F - 2**64


@given(
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1)), st.sampled_from("\n\t ")
)
def test_digests_ignore_white_space_and_nothing_else(words, space):
    text = " ".join(words)
    assert text_digest(f"{space}{space.join(words)}{space}{space}") == text_digest(text)
    assert text_digest(f"{text}x") != text_digest(text)
    assert len(text_digest(text)) == 32


def test_tokens_are_estimated_from_characters_and_bytes():
    assert [estimate_tokens(text) for text in ("", "abc", "abcd", "a" * 100)] == [0, 0, 1, 30]
    assert estimate_tokens("\u6570" * 100) == 60


def test_formulas_are_counted_between_dollar_signs():
    assert count_formulas(r"a $x$ b $$y$$ c $\text{cost: \$5}$ d \$5 e") == 3
    assert count_formulas("$" * 100_000) == 0
    assert count_formulas("$a" * 100_000) == 100_000 / 2
