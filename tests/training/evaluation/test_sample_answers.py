import pytest
import torch

from tests.helpers.tiny_models import reciting, tiny_model
from training.evaluation.sample_answers import Decoding, sample_answers

PROMPTS = ["Question: 1+1?\nAnswer: ", "Q", "a much longer prompt than the other two are \u4e2d"]
GREEDY = Decoding(max_new_tokens=12)


def test_batches_and_order_change_no_greedy_answer():
    model = tiny_model()
    alone = [sample_answers(model, [prompt], GREEDY, 1)[0] for prompt in PROMPTS]
    assert sample_answers(model, PROMPTS, GREEDY, 3) == alone
    assert sample_answers(model, PROMPTS[::-1], GREEDY, 2) == alone[::-1]


def test_an_answer_ends_with_its_end_of_text():
    [answer] = sample_answers(reciting("42."), ["Q: "], GREEDY, 1)
    assert (answer.text, answer.finished) == ("42.", True)
    assert answer.tokens == (*b"42.", 257)  # <eos> comes after 256 bytes and <bos>


def test_the_end_of_text_is_kept_where_it_is_the_pad_too():
    model = reciting("7", bos_token="<end>", eos_token="<end>", pad_token="<end>")
    assert (model.bos, model.eos, model.pad) == (256, {256}, 256)
    answers = sample_answers(model, ["Q: ", "a longer prompt: "], GREEDY, 2)
    assert [answer.tokens[-1] for answer in answers] == [256, 256]
    assert [answer.text for answer in answers] == ["7", "7"]
    assert [len(answer.tokens) for answer in answers] == [2, 2]


def test_an_answer_stops_where_it_would_ask_the_next_question():
    decoding = Decoding(max_new_tokens=40, stop="\n\u00e9Q")
    [answer] = sample_answers(reciting("5\n\u00e9Q: and so on"), ["?"], decoding, 1)
    assert (answer.text, answer.finished) == ("5", True)
    assert answer.tokens == tuple("5\n\u00e9Q".encode())  # not to the end of text


def test_a_stop_in_the_prompt_stops_nothing():
    [answer] = sample_answers(
        reciting("42!"), ["a\nQ: b\nQ"], Decoding(max_new_tokens=9, stop="\nQ"), 1
    )
    assert answer.text == "42!"


def test_an_answer_that_is_cut_is_not_finished():
    [answer] = sample_answers(reciting("0123456789"), ["?"], Decoding(max_new_tokens=4), 1)
    assert (answer.text, answer.finished) == ("0123", False)


def test_a_seed_gives_one_set_of_samples_and_another_seed_another():
    model = tiny_model()
    decoding = Decoding(max_new_tokens=8, temperature=1.0, seed=3)
    first = sample_answers(model, PROMPTS * 2, decoding, 4)
    torch.rand(5)
    assert sample_answers(model, PROMPTS * 2, decoding, 4) == first
    assert len({answer.tokens for answer in first}) > 3
    other = Decoding(max_new_tokens=8, temperature=1.0, seed=4)
    assert sample_answers(model, PROMPTS * 2, other, 4) != first


def test_what_a_models_folder_says_of_generation_is_taken_off():
    model = tiny_model()
    before = sample_answers(model, PROMPTS, GREEDY, 3)
    assert model.model.generation_config.eos_token_id == sorted(model.eos)
    assert model.model.generation_config.repetition_penalty in (None, 1.0)
    assert sample_answers(model, PROMPTS, GREEDY, 3) == before


def test_a_prompt_without_room_loses_its_beginning():
    model = tiny_model(context=32)
    long = "x" * 100 + "the end"
    [whole] = sample_answers(model, [long], GREEDY, 1)
    cut = model.decode(model.prompt(long)[-20:])
    assert cut == "xxxxxxxxxxxxxthe end"
    assert len(whole.tokens) <= 12


def test_answers_as_long_as_the_context_are_an_error():
    with pytest.raises(ValueError, match="leaves no room"):
        sample_answers(tiny_model(context=32), ["?"], Decoding(max_new_tokens=32), 1)


def test_one_mark_of_beginning_and_names_of_marks_are_text():
    model = tiny_model()
    tokens = model.prompt("<bos>a<eos>")
    assert tokens.count(model.bos) == 1
    assert not set(tokens) & model.eos
    assert model.decode(tokens) == "<bos>a<eos>"


def test_a_model_without_an_end_is_an_error():
    with pytest.raises(ValueError, match="which token ends a text"):
        tiny_model(bos_token="<bos>")
