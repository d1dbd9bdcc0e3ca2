from collections import Counter

import pytest
import torch

from tests.helpers.answers import answers_to
from tests.helpers.tiny_models import reciting, tiny_model
from training.generation.make_engine import make_engine
from training.generation.types import Request
from training.settings.rollout import Rollout

pytestmark = pytest.mark.slow  # samples

PROMPTS = ["Question: 1+1?\nAnswer: ", "Q", "a much longer prompt than the other two are \u4e2d"]


def texts(completions):
    """Completions without their log-probabilities, which batches may round differently."""
    return [(answer.text, answer.tokens, answer.finished) for answer in completions]


def test_batches_and_order_change_no_greedy_answer():
    model = tiny_model()
    alone = [answers_to([prompt], model, max_new_tokens=12)[0] for prompt in PROMPTS]
    assert texts(answers_to(PROMPTS, model, max_new_tokens=12, rows=3)) == texts(alone)
    assert texts(answers_to(PROMPTS[::-1], model, max_new_tokens=12, rows=2)) == texts(alone[::-1])


@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_the_batch_size_changes_no_sampled_answer(top_p):
    model = tiny_model()
    how = {"max_new_tokens": 6, "temperature": 0.7, "top_p": top_p}
    expected = texts(answers_to(PROMPTS * 2, model, **how, rows=6))
    assert len(set(expected)) == 6
    for rows in (1, 4):
        assert texts(answers_to(PROMPTS * 2, model, **how, rows=rows)) == expected


def test_greedy_answers_are_those_of_generate():
    model = tiny_model()
    for prompt in PROMPTS:
        [answer] = answers_to([prompt], model, max_new_tokens=12)
        tokens = torch.tensor([model.prompt(prompt)])
        expected = model.model.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=12, do_sample=False
        )
        assert answer.tokens == tuple(expected[0, tokens.shape[1] :].tolist())
        assert len(answer.logprobs) == len(answer.tokens)


def test_sampled_answers_are_those_of_the_engine_of_rl():
    model = tiny_model()
    engine = make_engine(Rollout(max_new_tokens=8, temperature=0.7, rows=3), model)
    requests = [
        Request(tuple(model.prompt(prompt)), (5, number)) for number, prompt in enumerate(PROMPTS)
    ]
    answers = answers_to(PROMPTS, model, seed=5, max_new_tokens=8, temperature=0.7)
    assert texts(answers) == texts(engine(requests))


def test_nucleus_sampling_draws_only_from_the_nucleus():
    model = tiny_model()
    logits = model.model(torch.tensor([model.prompt("Q")])).logits[0, -1].double()
    order = (logits / 0.1).softmax(-1).sort(descending=True)
    nucleus = {
        int(token) for token in order.indices[: int((order.values.cumsum(0) < 0.5).sum()) + 1]
    }
    drawn = Counter(
        answer.tokens[0]
        for answer in answers_to(
            ["Q"] * 200, model, max_new_tokens=1, temperature=0.1, top_p=0.5, rows=200
        )
    )
    assert set(drawn) == nucleus
    assert 1 < len(nucleus) < 100


def test_an_answer_ends_with_eos():
    [answer] = answers_to(["Q: "], reciting("42."), max_new_tokens=12)
    assert (answer.text, answer.finished) == ("42.", True)
    assert answer.tokens == (*b"42.", 257)  # <eos> comes after 256 bytes and <bos>


def test_eos_is_kept_if_it_is_also_the_pad_token():
    model = reciting("7", bos_token="<end>", eos_token="<end>", pad_token="<end>")
    assert (model.bos, model.eos, model.pad) == (256, {256}, 256)
    answers = answers_to(["Q: ", "a longer prompt: "], model, max_new_tokens=12)
    assert [answer.tokens[-1] for answer in answers] == [256, 256]
    assert [answer.text for answer in answers] == ["7", "7"]
    assert [len(answer.tokens) for answer in answers] == [2, 2]


def test_an_answer_stops_where_it_would_ask_the_next_question():
    model = reciting("5\n\u00e9Q: and so on")
    [answer] = answers_to(["?"], model, max_new_tokens=40, stop="\n\u00e9Q")
    assert (answer.text, answer.finished) == ("5", True)
    assert answer.tokens == tuple("5\n\u00e9Q".encode())  # not to EOS
    assert len(answer.logprobs) == len(answer.tokens)


def test_each_row_of_a_batch_stops_at_its_own_position_without_padding():
    model = reciting("0123456789")
    prompts = ["?", "7"]  # the answer to the second continues from 7, so it stops sooner
    answers = answers_to(prompts, model, max_new_tokens=20, stop="9")
    assert [answer.text for answer in answers] == ["012345678", "8"]
    assert [answer.tokens for answer in answers] == [tuple(b"0123456789"), tuple(b"89")]


def test_a_stop_in_the_prompt_stops_nothing():
    [answer] = answers_to(["a\nQ: b\nQ"], reciting("42!"), max_new_tokens=9, stop="\nQ")
    assert answer.text == "42!"


def test_an_answer_that_is_cut_is_not_finished():
    [answer] = answers_to(["?"], reciting("0123456789"), max_new_tokens=4)
    assert (answer.text, answer.finished) == ("0123", False)


def test_a_seed_gives_one_set_of_samples_and_another_seed_another():
    model = tiny_model()
    how = {"max_new_tokens": 8, "temperature": 1.0, "rows": 4}
    first = answers_to(PROMPTS * 2, model, seed=3, **how)
    torch.rand(5)
    assert answers_to(PROMPTS * 2, model, seed=3, **how) == first
    assert len({answer.tokens for answer in first}) > 3
    assert answers_to(PROMPTS * 2, model, seed=4, **how) != first


def test_sampling_does_not_advance_the_global_rng():
    model = tiny_model()
    before = torch.get_rng_state()
    answers_to(PROMPTS, model, max_new_tokens=4, temperature=1.0)
    assert torch.equal(torch.get_rng_state(), before)


def test_sampling_settings_in_the_folder_of_a_model_are_ignored():
    model = tiny_model()
    before = answers_to(PROMPTS, model, max_new_tokens=12)
    assert model.model.generation_config.eos_token_id == sorted(model.eos)
    assert model.model.generation_config.repetition_penalty in (None, 1.0)
    assert answers_to(PROMPTS, model, max_new_tokens=12) == before


def test_a_prompt_without_room_loses_its_beginning():
    model = tiny_model(context=32)
    prompt = "x" * 100 + "the end"
    [answer] = answers_to([prompt], model, max_new_tokens=12)
    assert answer.prompt == tuple(model.prompt(prompt)[-20:])
    assert model.decode(answer.prompt) == "xxxxxxxxxxxxxthe end"
    assert len(answer.tokens) <= 12


def test_answers_as_long_as_the_context_are_an_error():
    with pytest.raises(ValueError, match="leaves no room"):
        answers_to(["?"], tiny_model(context=32), max_new_tokens=32)


def test_a_prompt_has_bos_once_and_names_of_special_tokens_are_text():
    model = tiny_model()
    tokens = model.prompt("<bos>a<eos>")
    assert tokens.count(model.bos) == 1
    assert not set(tokens) & model.eos
    assert model.decode(tokens) == "<bos>a<eos>"


def test_a_model_without_an_end_is_an_error():
    with pytest.raises(ValueError, match="defines EOS"):
        tiny_model(bos_token="<bos>")
