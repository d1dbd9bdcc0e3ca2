"""Very small runs of reinforcement learning: a model of few letters that is sometimes right."""

import json
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.helpers.tiny_models import letter_tokenizer

LETTERS = ["1", "2", "3", "\n"]
SPECIAL_TOKENS = ["<eos>", "<pad>", "<unk>", "<sep>"]

SMALL = """
steps = {steps}
[problems]
files = "{problems}"
prompt = "{{question}}"
[model]
path = "{model}"
[rollout]
prompts = 4
group = 4
max_new_tokens = 3
rows = 8
[updates]
tokens = 24
[optimizer]
peak = 1e-2
[run]
checkpoint_steps = 2
"""


def write_model(folder, seed=0):
    tokenizer = letter_tokenizer(SPECIAL_TOKENS, LETTERS)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(SPECIAL_TOKENS) + len(LETTERS),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_problems(path, count=6):
    rows = [
        {"question": "123"[i % 3] * (1 + i % 2), "answer": "123"[i % 3], "solution": "123"[i % 3]}
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_small(folder, steps=4, more=""):
    """Write model, problems and settings into a folder; return the path of the settings."""
    folder = Path(folder)
    model = write_model(folder / "start")
    problems = write_problems(folder / "problems.jsonl")
    path = folder / "small.toml"
    path.write_text(SMALL.format(steps=steps, problems=problems, model=model) + more)
    return path
