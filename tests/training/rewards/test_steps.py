import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tiny_models import byte_tokenizer, tiny_model
from training.rewards.steps import split_steps

MODEL = tiny_model()
EOS = min(MODEL.eos)


def steps(text, step_end="\n", ended=True):
    tokens = MODEL.encode(text) + [EOS] * ended
    start, texts = 0, []
    for end in split_steps(MODEL.decode, tokens, step_end):
        texts.append(MODEL.decode(tokens[start : end + 1]))
        start = end + 1
    assert start == len(tokens)
    return texts


def test_a_step_ends_with_step_end_and_the_last_with_the_completion():
    assert steps("a\nb\nc") == ["a\n", "b\n", "c"]
    assert steps("a\nb\nc", ended=False) == ["a\n", "b\n", "c"]


def test_a_completion_that_ends_with_step_end_has_no_empty_last_step():
    assert steps("a\nb\n") == ["a\n", "b\n"]
    assert steps("a\nb\n \n\n", ended=False) == ["a\n", "b\n \n\n"]


def test_blank_lines_are_not_steps():
    assert steps("\n\na\n\n \nb") == ["\n\na\n", "\n \nb"]
    assert steps("\n") == ["\n"]
    assert steps("", ended=True) == [""]


def test_step_end_may_be_a_character_of_several_tokens_or_several_characters():
    assert steps("\u7b54\u6848\u30025\u3002", "\u3002") == ["\u7b54\u6848\u3002", "5\u3002"]
    assert steps("a\nb\n\n\nc", "\n\n") == ["a\nb\n\n", "\nc"]
    assert steps("a####b", "##") == ["a##", "##b"]


def test_a_token_that_holds_step_end_several_times_ends_one_step():
    words = ["a", "\n\n\nb\n", "c", "\n"]
    assert split_steps("".join, words, "\n") == (1, 3)


def test_long_steps_are_found_beyond_the_first_window():
    text = "x" * 100 + "\n" + "y" * 31 + "\n" + "z" * 32
    assert [len(step) for step in steps(text)] == [101, 32, 32]


def test_a_tokenizer_without_special_tokens_splits_characters_in_the_same_way():
    tokenizer = byte_tokenizer()
    tokens = tokenizer("\u00e9t\u00e9\n\u7b54")["input_ids"]
    assert split_steps(tokenizer.decode, tokens, "\n") == (5, 8)


def test_no_tokens_are_an_error():
    with pytest.raises(ValueError, match="at least one token"):
        split_steps("".join, [], "\n")


@given(st.text("ab\n \u7b54", min_size=1, max_size=80))
def test_steps_are_the_lines_that_hold_more_than_blanks(text):
    texts = steps(text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    assert "".join(texts) == text
    assert [step.strip() for step in texts] == lines or not lines
