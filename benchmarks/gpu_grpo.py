"""How fast reinforcement learning is on one GPU, beside transformers' `generate` and TRL.

    python benchmarks/gpu_grpo.py --json gpu_grpo.json
    python benchmarks/gpu_grpo.py --parts trl --json trl.json

The model has the sizes of Qwen2.5-1.5B and is drawn anew: 64 prompts of about 100 tokens, 16
outputs to each, 1,024 tokens. Outputs end where an end is drawn, which hardly ever happens, and no
answer is right, so advantages are 0 and cost what others do. Parts, which have the GPU's memory to
themselves if each is run alone; activations are made again in the backward pass, in TRL's too:

    rollout  tokens a second: our slots, `generate` with a growing cache, and with a static one
    step     a whole step of grpo_run.py with slots: rollout, reward, measure, update; memory
    ppo      the same with a critic
    trl      a whole step of TRL's GRPOTrainer without vLLM; it needs `trl`
    vllm     rollout by vLLM; where it is named, and needs `vllm`

`--cpu-miniature` runs all this with a model of a few thousand parameters, to see that it runs.
"""

import argparse
import gc
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

import torch  # noqa: E402
import transformers  # noqa: E402

from training.data.tokenizer import load_tokenizer  # noqa: E402
from training.generation.make_engine import make_engine  # noqa: E402
from training.generation.types import Request  # noqa: E402
from training.models.local_model import LocalModel, load_local_model  # noqa: E402
from training.models.padding import left_padded  # noqa: E402
from training.rl.loop import train_grpo  # noqa: E402
from training.run.distributed import World, start_world  # noqa: E402
from training.run.metrics import read_log  # noqa: E402
from training.settings.grpo import GrpoExecution, GrpoSettings, Objective, Policy, Updates  # noqa: E402
from training.settings.pretrain import Tokenizer  # noqa: E402
from training.settings.rollout import Problems, Rollout  # noqa: E402


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """A model, and what is asked of it."""

    model: Mapping[str, int]
    vocabulary: int  # bytes fill 259 of them, the rest cost as much
    prompts: int
    prompt_bytes: int
    group: int
    tokens: int  # of an output
    rows: int  # slots
    generate_rows: tuple[int, ...]  # rows of `generate`, of which the best counts
    update_tokens: int  # of a forward pass
    steps: int  # of ours; the first is to warm up
    trl_steps: int
    trl_rows: int  # of a forward pass


_NAMES = ("hidden_size", "intermediate_size", "num_hidden_layers")
_NAMES += ("num_attention_heads", "num_key_value_heads", "max_position_embeddings")
BIG = Sizes(
    model=dict(zip(_NAMES, (1536, 8960, 28, 12, 2, 4096), strict=True)),
    vocabulary=151_936,
    prompts=64,
    prompt_bytes=100,
    group=16,
    tokens=1024,
    rows=256,
    generate_rows=(128, 256),
    update_tokens=8192,
    steps=4,
    trl_steps=2,
    trl_rows=8,
)
MINIATURE = Sizes(
    model=dict(zip(_NAMES, (16, 24, 2, 2, 1, 64), strict=True)),
    vocabulary=300,
    prompts=2,
    prompt_bytes=12,
    group=2,
    tokens=6,
    rows=3,
    generate_rows=(1, 4),
    update_tokens=128,
    steps=2,
    trl_steps=2,
    trl_rows=2,
)


def main(argv: Sequence[str] | None = None) -> None:
    parts: dict[str, Callable[[Path, Sizes, World], dict[str, Any]]] = {
        "rollout": _rollout,
        "step": partial(_our_step, "grpo"),
        "ppo": partial(_our_step, "ppo"),
        "trl": _trl,
        "vllm": _vllm,
    }
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument(
        "--parts", nargs="+", choices=parts, default=["rollout", "step", "ppo", "trl"]
    )
    parser.add_argument("--cpu-miniature", action="store_true", help="a tiny model on a CPU")
    args = parser.parse_args(argv)
    if not torch.cuda.is_available() and not args.cpu_miniature:
        sys.exit("gpu_grpo.py needs a GPU; torch sees none. Nothing was measured.")
    sizes = MINIATURE if args.cpu_miniature else BIG
    with tempfile.TemporaryDirectory() as folder, start_world() as found:
        world = replace(found, device=torch.device("cpu")) if args.cpu_miniature else found
        _prepare(Path(folder), sizes, world)
        figures: dict[str, Any] = {"machine": _machine(world), "sizes": asdict(sizes)}
        for part in args.parts:
            _forget_memory(world)
            figures[part] = parts[part](Path(folder), sizes, world)
    _add_ratios(figures)
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


def _prepare(folder: Path, sizes: Sizes, world: World) -> None:
    """Write the model with its tokenizer of bytes, and problems that nobody solves."""
    vocabulary = load_tokenizer(Tokenizer())
    torch.manual_seed(0)
    marks = {"bos_token_id": vocabulary.bos, "eos_token_id": vocabulary.eos}
    config = transformers.Qwen2Config(
        vocab_size=sizes.vocabulary, tie_word_embeddings=True, **marks, **sizes.model
    )
    with world.device:
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.save_pretrained(folder / "model")
    vocabulary.save(folder / "model")
    lines = [{"question": one, "answer": "no number"} for one in _questions(sizes)]
    (folder / "problems.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))


def _questions(sizes: Sizes) -> list[str]:
    chance = random.Random(0)
    lengths = [sizes.prompt_bytes + chance.randint(-4, 4) for _ in range(sizes.prompts)]
    return ["".join(chance.choices("etaoin shrdlu+=1234567890", k=length)) for length in lengths]


def _rollout(folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    local = load_local_model(folder / "model", str(world.device))
    requests = _requests(local, sizes)
    figures = {"slots": _engine(_sampling(sizes, "slots", sizes.rows), local, requests, world)}
    for rows in sizes.generate_rows:
        batch = requests[:rows]
        name = f"generate {rows}"
        figures[name] = _engine(_sampling(sizes, "transformers", rows), local, batch, world)
        static = partial(_static, local, batch, sizes)
        static()  # it is compiled
        figures[f"{name}, static cache"] = _timed(static, world)
    return figures


def _vllm(folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    local = load_local_model(folder / "model", str(world.device))
    return _engine(_sampling(sizes, "vllm", sizes.rows), local, _requests(local, sizes), world)


def _engine(
    settings: Rollout, local: LocalModel, requests: Sequence[Request], world: World
) -> dict[str, Any]:
    engine = make_engine(settings, local)
    if settings.engine == "slots":
        engine(requests)  # graphs are recorded
    return _timed(lambda: sum(len(one.tokens) for one in engine(requests)), world)


@torch.inference_mode()
def _static(local: LocalModel, requests: Sequence[Request], sizes: Sizes) -> int:
    """Return how many tokens `generate` wrote with a static cache, which it compiles on a GPU."""
    tokens, mask = left_padded([one.prompt for one in requests], local.pad, local.model.device)
    config = transformers.GenerationConfig(
        max_new_tokens=sizes.tokens,
        do_sample=True,
        top_k=0,
        eos_token_id=sorted(local.eos),
        pad_token_id=local.pad,
        cache_implementation="static",
    )
    written = local.model.generate(input_ids=tokens, attention_mask=mask, generation_config=config)[
        :, tokens.shape[1] :
    ]
    ended = torch.isin(written, torch.tensor(sorted(local.eos), device=written.device)).cumsum(1)
    return int((ended == 0).sum() + (ended[:, -1] > 0).sum())


def _requests(local: LocalModel, sizes: Sizes) -> list[Request]:
    prompts = [local.prompt(f"Question: {one}\nAnswer: ") for one in _questions(sizes)]
    return [
        Request(tuple(prompt), (0, number, sample))
        for number, prompt in enumerate(prompts)
        for sample in range(sizes.group)
    ]


def _sampling(sizes: Sizes, engine: str, rows: int) -> Rollout:
    shape = {"prompts": sizes.prompts, "group": sizes.group, "max_new_tokens": sizes.tokens}
    return Rollout(**shape, engine=engine, rows=rows)


def _timed(run: Callable[[], int], world: World) -> dict[str, Any]:
    _forget_memory(world)
    began = time.perf_counter()
    tokens = run()
    seconds = time.perf_counter() - began
    figures = {"seconds": seconds, "tokens": tokens, "tokens_per_second": tokens / seconds}
    return figures | {"memory_gb": _memory(world)}


def _our_step(method: str, folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    out = folder / method
    settings = GrpoSettings(
        problems=Problems(files=str(folder / "problems.jsonl")),
        model=Policy(path=str(folder / "model")),
        steps=sizes.steps,
        rollout=_sampling(sizes, "slots", sizes.rows),
        objective=Objective(method=method),
        updates=Updates(tokens=sizes.update_tokens),
        run=GrpoExecution(checkpoint_steps=10**9, recompute=True),
    )
    train_grpo(settings, out, world)
    records = read_log(out)[1:]  # the first warms up
    shutil.rmtree(out)  # a checkpoint takes 12 bytes a parameter
    parts = ("rollout", "reward", "measure", "update")
    figures = {name: median(one[f"seconds/{name}"] for one in records) for name in parts}
    return {
        "seconds": sum(figures.values()),
        **figures,
        "tokens_per_second": median(one["tokens_per_second"] for one in records),
        "mismatch": median(one["mismatch"] for one in records),
        "memory_gb": _memory(world),
    }


def _trl(folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    """Return the same of TRL, whose loss is set to be GRPO's of the paper, as ours is."""
    import datasets
    import trl

    outputs = sizes.prompts * sizes.group
    on_cpu = world.device.type == "cpu"
    arguments = trl.GRPOConfig(
        output_dir=str(folder / "trl"),
        max_steps=sizes.trl_steps,
        per_device_train_batch_size=sizes.trl_rows,
        gradient_accumulation_steps=outputs // sizes.trl_rows,
        num_generations=sizes.group,
        max_completion_length=sizes.tokens,
        temperature=1.0,
        learning_rate=1e-6,
        beta=0.04,
        loss_type="grpo",
        use_bias_correction_kl=False,
        model_init_kwargs={"dtype": "float32"},
        bf16=not on_cpu,
        use_cpu=on_cpu,
        gradient_checkpointing=True,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    clock = _Clock(world)
    trl.GRPOTrainer(
        model=str(folder / "model"),
        reward_funcs=lambda completions, **_: [float(len(one) % 2) for one in completions],
        args=arguments,
        train_dataset=datasets.Dataset.from_dict({"prompt": _questions(sizes)}),
        callbacks=[clock],
    ).train()
    return {
        "seconds": median(after - before for before, after in pairwise(clock.ends)),
        "memory_gb": _memory(world),
    }


class _Clock(transformers.TrainerCallback):
    """When each step ended, on the device."""

    def __init__(self, world: World) -> None:
        self.world, self.ends = world, list[float]()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if self.world.device.type == "cuda":
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())


def _add_ratios(figures: dict[str, Any]) -> None:
    """Say how many times as fast slots and our step are, and how much memory a critic takes."""
    rollout = figures.get("rollout", {})
    others = [one["tokens_per_second"] for name, one in rollout.items() if name != "slots"]
    if others:
        figures["slots / best generate"] = rollout["slots"]["tokens_per_second"] / max(others)
    if "step" in figures and "trl" in figures:
        figures["step of trl / ours"] = figures["trl"]["seconds"] / figures["step"]["seconds"]
    ours, critic = (figures.get(part, {}).get("memory_gb") for part in ("step", "ppo"))
    if ours and critic:
        figures["memory of ppo / grpo"] = critic / ours


def _forget_memory(world: World) -> None:
    gc.collect()
    if world.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _memory(world: World) -> float | None:
    """Return the most gigabytes of the GPU since they were forgotten; a CPU does not count."""
    return torch.cuda.max_memory_allocated() / 1e9 if world.device.type == "cuda" else None


def _machine(world: World) -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    cuda = world.device.type == "cuda"
    return {
        "commit": commit.stdout.strip(),
        "device": torch.cuda.get_device_name(world.device) if cuda else "a CPU, in miniature",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


if __name__ == "__main__":
    main()
