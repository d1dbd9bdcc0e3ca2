import torch
from transformers import DynamicCache

from tests.helpers.tiny_models import tiny_model
from training.generation.forward import _cache_argument, call_with_cache


class OldModel:
    def forward(self, input_ids, past_key_values=None):
        pass


class NewModel:
    def forward(self, input_ids, cache=None):
        pass


def test_the_cache_is_passed_under_the_name_that_the_model_takes():
    assert _cache_argument(OldModel) == "past_key_values"
    assert _cache_argument(NewModel) == "cache"


def test_the_cache_is_filled_and_read():
    model, tokens = tiny_model().model, torch.tensor([[1, 2, 3, 4]])
    cache = DynamicCache()
    with torch.no_grad():
        whole = model(tokens).logits
        call_with_cache(model, cache, input_ids=tokens[:, :3])
        last = call_with_cache(model, cache, input_ids=tokens[:, 3:]).logits
    assert cache.get_seq_length() == 4
    assert torch.allclose(last[:, 0], whole[:, 3], atol=1e-6)
