import torch
from transformers import DynamicCache

from tests.helpers.tiny_models import tiny_model
from training.generation.prefill import _name_of_cache, call_with_cache


class Before:
    def forward(self, input_ids, past_key_values=None):
        pass


class After:
    def forward(self, input_ids, cache=None):
        pass


def test_the_cache_has_the_name_by_which_a_model_takes_it():
    assert _name_of_cache(Before) == "past_key_values"
    assert _name_of_cache(After) == "cache"


def test_the_cache_is_filled_and_read():
    model, tokens = tiny_model().model, torch.tensor([[1, 2, 3, 4]])
    cache = DynamicCache()
    with torch.no_grad():
        whole = model(tokens).logits
        call_with_cache(model, cache, input_ids=tokens[:, :3])
        last = call_with_cache(model, cache, input_ids=tokens[:, 3:]).logits
    assert cache.get_seq_length() == 4
    assert torch.allclose(last[:, 0], whole[:, 3], atol=1e-6)
