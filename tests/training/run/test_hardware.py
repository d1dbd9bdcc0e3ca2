import torch

from training.data.tokenizer import load_tokenizer
from training.models.build import make_model
from training.run.hardware import peak_flops, training_flops
from training.settings.pretrain import Model, Tokenizer


def flops(tied):
    sizes = Model(layers=2, width=8, heads=2, kv_heads=1, hidden=16, tied=tied)
    model = make_model(sizes, load_tokenizer(Tokenizer()), 16, seed=0)
    return training_flops(model, tokens=10, pairs=30)


def test_operations_equal_a_count_by_hand():
    # A layer: queries and output 8x8 each, keys and values 8x4 each, three of 8x16, two norms of 8.
    layer = 2 * 64 + 2 * 32 + 3 * 128 + 16
    weights = 2 * layer + 8 + 259 * 8  # last norm, output layer
    expected = 6 * weights * 10 + 12 * 2 * 8 * 30
    assert flops(tied=False) == expected
    assert flops(tied=True) == expected  # the output layer is the same matrix


def test_the_peak_of_a_device_is_configured_or_unknown():
    cpu = torch.device("cpu")
    assert peak_flops(cpu, torch.bfloat16, None) is None
    assert peak_flops(cpu, torch.float32, 1.5) == 1.5e12
