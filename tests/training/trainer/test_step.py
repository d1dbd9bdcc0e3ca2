"""A training step against the same step written by hand."""

import copy
import json
import math
import time
from dataclasses import asdict, replace

import pytest
import torch

from schemas.errors import NotFiniteError
from tests.training.data.test_packing import documents, draw_from
from training.data.batches import batches
from training.data.packing import Share, StreamState, pack
from training.data.tokenizer import load_tokenizer
from training.models.optimizer import make_optimizer
from training.run.distributed import World
from training.run.hardware import training_flops
from training.settings.pretrain import (
    Batch,
    Model,
    Optimizer,
    Phase,
    PretrainSettings,
    Run,
    Source,
    Tokenizer,
)
from training.trainer.job import Job
from training.trainer.start import TrainingProgress, start_run
from training.trainer.step import step_line, train_step

CPU = World(0, 1, torch.device("cpu"))
START = StreamState({})
DOCUMENTS = [  # with prompts, so that fewer positions have a loss than are used; in epoch 7
    replace(document, progress={"s": (7, 5, *document.progress["s"][2:])}, epoch_share=0.25)
    for document in documents([9, 5, 12, 7, 3, 8], learn_from=3)
]
SETTINGS = PretrainSettings(
    sources=(Source(name="s", files="unused"),),
    phases=(Phase(name="all", tokens=1000),),
    model=Model(layers=1, width=8, heads=2, hidden=12, init_std=0.3),
    optimizer=Optimizer(clip=0.05, epsilon=1e-3),
    batch=Batch(context=8, tokens=32, blocks=2, packing="fit", window=6),
    run=Run(peak_tflops=2.0),
)


@pytest.fixture
def job():
    return Job(
        stage="test",
        settings=SETTINGS,
        inputs={},
        vocabulary=load_tokenizer(Tokenizer()),
        draw=draw_from(DOCUMENTS),
        steps=7,
        rate=lambda step: 0.01 * (step + 1),
    )


def open_stream(job):
    batch = SETTINGS.batch
    blocks = pack(job.draw, batch, TrainingProgress().stream)
    return batches(blocks, 4, "")


def step_by_hand(loss, optimizer, batch, rate):
    """The whole batch at once; returns mean loss and the norm of the gradient before clipping."""
    optimizer.zero_grad()
    fields = (batch.tokens_NT, batch.labels_NT, batch.positions_NT)
    mean = loss(*(torch.from_numpy(array).long() for array in fields)) / batch.targets
    mean.backward()
    gradients = [weight.grad for weight in loss.parameters()]
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    assert norm > SETTINGS.optimizer.clip
    for gradient in gradients:
        gradient.mul_(SETTINGS.optimizer.clip / norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return mean.item(), norm


def test_steps_equal_those_by_hand(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    by_hand = copy.deepcopy(state.loss)
    optimizer = make_optimizer(by_hand, SETTINGS.optimizer, CPU)
    progress = state.progress
    with open_stream(job) as stream, open_stream(job) as same_stream:
        for step in range(3):
            progress, record = train_step(job, tmp_path, CPU, state, stream, progress)
            batch = next(same_stream)
            assert 0 < batch.targets < batch.used < batch.tokens_NT.size
            rate = 0.01 * (step + 1)
            mean, norm = step_by_hand(by_hand, optimizer, batch, rate)
            assert (record["step"], record["steps"], record["lr"]) == (step, 7, rate)
            assert record["loss"] == pytest.approx(mean, rel=1e-5)
            assert record["grad_norm"] == pytest.approx(norm, rel=1e-5)
            pairs = zip(state.loss.parameters(), by_hand.parameters(), strict=True)
            for weight, expected in pairs:
                assert torch.allclose(weight, expected, rtol=0, atol=1e-6)
                moment = state.optimizer.state[weight]["exp_avg"]
                assert torch.allclose(
                    moment, optimizer.state[expected]["exp_avg"], rtol=1e-3, atol=1e-8
                )
    assert all(weight.grad is None for weight in state.loss.parameters())
    assert record["documents"] == batch.documents > 1
    assert record["tokens/s"] == record["tokens"] == progress.tokens
    assert record["epoch/s"] == progress.shares["s"].epochs > 0


def test_the_progress_is_that_after_the_batch(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    before = TrainingProgress(
        step=4, tokens=100, shares={"r": Share(9, 0.5), "s": Share(91, 3.5)}, stream=START
    )
    with open_stream(job) as stream, open_stream(job) as same_stream:
        after, record = train_step(job, tmp_path, CPU, state, stream, before)
        batch = next(same_stream)
    assert after == TrainingProgress(
        step=5,
        tokens=100 + batch.used,
        shares={"r": Share(9, 0.5), "s": Share(91, 3.5) + batch.shares["s"]},
        stream=batch.following,
        digest=batch.digest,
        processes=1,
    )
    assert TrainingProgress.from_json(json.dumps(asdict(after))) == after
    assert (record["tokens"], record["data_digest"]) == (after.tokens, batch.digest)
    assert (record["tokens/r"], record["tokens/s"]) == (9, 91 + batch.used)
    assert (record["epoch/r"], record["epoch/s"]) == (0.5, after.shares["s"].epochs)


def test_the_progress_line_shows_what_the_batch_holds(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    with open_stream(job) as stream:
        _, record = train_step(job, tmp_path, CPU, state, stream, state.progress)
    line = step_line(record | {"epoch/s": 1.374})
    assert line.endswith(f" | documents {record['documents']} | epoch s 1.37")
    held_out = {"held_out_bits_per_byte": 3.5, "held_out_byte_entropy": 4.9}
    assert step_line(record | held_out).endswith(
        " | held out 3.5000 bits/byte (byte entropy 4.9000)"
    )


def test_speed_is_of_the_positions_that_are_not_padding(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    with open_stream(job) as stream, open_stream(job) as same_stream:
        _, record = train_step(job, tmp_path, CPU, state, stream, state.progress)
        batch = next(same_stream)
    assert record["packing"] == batch.used / 32
    assert record["tokens_per_second"] * record["seconds"] == pytest.approx(batch.used)
    assert 0 < record["data_wait"] < 1
    pairs = 0
    for row, labels in zip(batch.positions_NT, batch.labels_NT, strict=True):
        end = max(i for i in range(8) if labels[i] != -100) + 1  # padding comes after it
        pairs += sum(int(position) + 1 for position in row[:end])
    flops = training_flops(state.loss.model, batch.used, pairs)
    assert record["mfu"] * record["seconds"] * 2e12 == pytest.approx(flops)


def test_data_wait_is_the_share_of_the_step_before_the_batch_arrives(job, tmp_path):
    state = start_run(job, tmp_path, CPU)

    def slow(stream):
        for batch in stream:
            time.sleep(0.2)
            yield batch

    with open_stream(job) as stream:
        _, record = train_step(job, tmp_path, CPU, state, slow(stream), state.progress)
    assert 0.2 <= record["data_wait"] * record["seconds"] < record["seconds"]


def test_a_loss_that_is_not_finite_changes_nothing_and_names_its_microbatch(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    with open_stream(job) as stream, open_stream(job) as same_stream:
        batch = next(same_stream)
        (bad, *_), row = batch.origins[3], batch.tokens_NT[3]
        with torch.no_grad():  # the first token of a block of the second microbatch
            state.loss.model.get_input_embeddings().weight[row[0]] = torch.nan
        before = [weight.clone() for weight in state.loss.parameters()]
        with pytest.raises(NotFiniteError, match="step 1: loss nan"):
            train_step(job, tmp_path, CPU, state, stream, state.progress)
    for weight, expected in zip(state.loss.parameters(), before, strict=True):
        assert torch.equal(weight, expected) or weight.isnan().any()
    assert not state.optimizer.state
    report = json.loads((tmp_path / "nan-step-00000000.json").read_text())
    suspects = [name for origins in batch.origins[2:4] for name in origins]
    assert bad in suspects
    assert report["documents"] == suspects
    assert report["weights_not_finite"] == ["model.embed_tokens.weight"]


def test_a_gradient_that_is_not_finite_names_all_documents(job, tmp_path):
    state = start_run(job, tmp_path, CPU)
    head = state.loss.model.get_output_embeddings().weight
    head.register_hook(lambda gradient: gradient * torch.inf)
    with open_stream(job) as stream, open_stream(job) as same_stream:
        batch = next(same_stream)
        with pytest.raises(NotFiniteError, match="grad_norm nan"):
            train_step(job, tmp_path, CPU, state, stream, state.progress)
    report = json.loads((tmp_path / "nan-step-00000000.json").read_text())
    assert report["documents"] == [name for origins in batch.origins for name in origins]
    assert report["gradients_not_finite"][-1] == "lm_head.weight"
