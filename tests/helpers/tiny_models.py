"""New models of a few thousand parameters, with byte-level or letter-level tokenizers."""

import tokenizers
import torch
from tokenizers import decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from training.models.local_model import as_local_model


def byte_tokenizer(**special_tokens):
    """One token per byte; special tokens such as eos_token="<eos>" follow the 256."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    letters = [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]
    encoder = tokenizers.Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    encoder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    encoder.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=encoder, **special_tokens)


def tiny_model(seed=0, context=256, **special_tokens):
    special_tokens = special_tokens or {"bos_token": "<bos>", "eos_token": "<eos>"}
    tokenizer = byte_tokenizer(**special_tokens)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=context,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return as_local_model(LlamaForCausalLM(config).eval(), tokenizer)


def reciting(text, **special_tokens):
    """A tiny model whose logits spell `text`, then EOS.

    No byte may occur twice in `text`, or end a prompt.
    """
    model = tiny_model(**special_tokens)
    tokens = model.encode(text)
    chain = dict(zip(tokens, [*tokens[1:], min(model.eos)], strict=True))
    head = model.model.lm_head.forward
    first, seen = tokens[0], {}

    def forward(hidden):
        logits = torch.full_like(head(hidden), -100.0)
        for row, column in enumerate(seen["ids"][:, -1].tolist()):
            logits[row, -1, chain.get(column, first)] = 100.0
        return logits

    model.model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.update(ids=kwargs["input_ids"]), with_kwargs=True
    )
    model.model.lm_head.forward = forward
    return model


def letter_tokenizer(special_tokens, letters):
    """One token per letter, after the special tokens, which are named <eos>, <pad>, ..."""
    ids = {token: i for i, token in enumerate([*special_tokens, *letters])}
    encoder = tokenizers.Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    encoder.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    encoder.decoder = decoders.Fuse()
    names = ("eos_token", "pad_token", "unk_token", "sep_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=encoder, **{name: f"<{name[:3]}>" for name in names}
    )
