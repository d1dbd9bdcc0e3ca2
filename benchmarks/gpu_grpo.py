"""Time reinforcement learning on one GPU, compared with transformers' `generate` and TRL.

    python benchmarks/gpu_grpo.py --json gpu_grpo.json
    python benchmarks/gpu_grpo.py --parts trl --json trl.json

The model has the sizes of Qwen2.5-1.5B and random weights: 64 prompts of about 100 tokens, 16
completions for each, 1,024 tokens. Completions hardly ever end with EOS and no answer is right, so
all advantages are 0, which does not change the cost. Activations are recomputed in the backward
pass, also in TRL. To measure memory, run each of these parts alone:

    rollout  tokens per second: continuous batching, and `generate` with dynamic and static caches
    step     a whole step of grpo_run.py with slots: rollout, reward, measure, update; memory
    ppo      the same with a critic
    trl      a whole step of TRL's GRPOTrainer without vLLM; needs `trl`
    vllm     rollout with vLLM; only if named, and needs `vllm`

`--cpu-miniature` runs everything with a model of a few thousand parameters, as a check.
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
    """Sizes of a model and of the runs with it."""

    model: Mapping[str, int]
    vocabulary: int  # the byte tokenizer uses 259 of them; the rest cost the same
    prompts: int
    prompt_bytes: int
    group: int
    tokens: int  # of a completion
    rows: int  # slots
    generate_rows: tuple[int, ...]  # batch sizes of `generate`; the fastest counts
    update_tokens: int  # of a microbatch
    steps: int  # of grpo_run.py; the first is a warm-up
    trl_steps: int
    trl_rows: int  # of a microbatch


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
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument(
        "--parts", nargs="+", choices=parts, default=["rollout", "step", "ppo", "trl"]
    )
    parser.add_argument("--cpu-miniature", action="store_true", help="a tiny model on a CPU")
    args = parser.parse_args(argv)
    if not torch.cuda.is_available() and not args.cpu_miniature:
        sys.exit("gpu_grpo.py needs a GPU; torch sees none. Nothing was measured.")
    sizes = MINIATURE if args.cpu_miniature else BIG
    with tempfile.TemporaryDirectory() as folder, start_world() as world:
        if args.cpu_miniature:
            world = replace(world, device=torch.device("cpu"))
        _prepare(Path(folder), sizes, world)
        figures: dict[str, Any] = {"machine": _machine(world), "sizes": asdict(sizes)}
        for part in args.parts:
            _reset_memory(world)
            figures[part] = parts[part](Path(folder), sizes, world)
    _add_ratios(figures)
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


def _prepare(folder: Path, sizes: Sizes, world: World) -> None:
    """Write the model with a byte tokenizer, and problems that no completion can answer."""
    vocabulary = load_tokenizer(Tokenizer())
    torch.manual_seed(0)
    special = {"bos_token_id": vocabulary.bos, "eos_token_id": vocabulary.eos}
    config = transformers.Qwen2Config(
        vocab_size=sizes.vocabulary, tie_word_embeddings=True, **special, **sizes.model
    )
    with world.device:
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.save_pretrained(folder / "model")
    vocabulary.save(folder / "model")
    lines = [{"question": text, "answer": "no number"} for text in _questions(sizes)]
    (folder / "problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _questions(sizes: Sizes) -> list[str]:
    rng = random.Random(0)
    lengths = [sizes.prompt_bytes + rng.randint(-4, 4) for _ in range(sizes.prompts)]
    return ["".join(rng.choices("etaoin shrdlu+=1234567890", k=length)) for length in lengths]


def _rollout(folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    local = load_local_model(folder / "model", str(world.device))
    requests = _requests(local, sizes)
    figures = {"slots": _engine(_sampling(sizes, "slots", sizes.rows), local, requests, world)}
    for rows in sizes.generate_rows:
        batch = requests[:rows]
        name = f"generate {rows}"
        figures[name] = _engine(_sampling(sizes, "transformers", rows), local, batch, world)
        static = partial(_static, local, batch, sizes)
        static()  # compile it
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
        engine(requests)  # record CUDA graphs
    return _timed(lambda: sum(len(completion.tokens) for completion in engine(requests)), world)


@torch.inference_mode()
def _static(local: LocalModel, requests: Sequence[Request], sizes: Sizes) -> int:
    """Return the tokens that `generate` sampled with a static cache, compiled on a GPU."""
    tokens, mask = left_padded(
        [request.prompt for request in requests], local.pad, local.model.device
    )
    config = transformers.GenerationConfig(
        max_new_tokens=sizes.tokens,
        do_sample=True,
        top_k=0,
        eos_token_id=sorted(local.eos),
        pad_token_id=local.pad,
        cache_implementation="static",
    )
    sampled = local.model.generate(input_ids=tokens, attention_mask=mask, generation_config=config)[
        :, tokens.shape[1] :
    ]
    ended = torch.isin(sampled, torch.tensor(sorted(local.eos), device=sampled.device)).cumsum(1)
    return int((ended == 0).sum() + (ended[:, -1] > 0).sum())


def _requests(local: LocalModel, sizes: Sizes) -> list[Request]:
    prompts = [local.prompt(f"Question: {text}\nAnswer: ") for text in _questions(sizes)]
    return [
        Request(tuple(prompt), (0, number, sample))
        for number, prompt in enumerate(prompts)
        for sample in range(sizes.group)
    ]


def _sampling(sizes: Sizes, engine: str, rows: int) -> Rollout:
    shape = {"prompts": sizes.prompts, "group": sizes.group, "max_new_tokens": sizes.tokens}
    return Rollout(**shape, engine=engine, rows=rows)


def _timed(run: Callable[[], int], world: World) -> dict[str, Any]:
    _reset_memory(world)
    start = time.perf_counter()
    tokens = run()
    seconds = time.perf_counter() - start
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
    records = read_log(out)[1:]  # without the warm-up
    shutil.rmtree(out)  # a checkpoint takes 12 bytes per parameter
    parts = ("rollout", "reward", "measure", "update")
    figures = {name: median(record[f"seconds/{name}"] for record in records) for name in parts}
    return {
        "seconds": sum(figures.values()),
        **figures,
        "tokens_per_second": median(record["tokens_per_second"] for record in records),
        "mismatch": median(record["mismatch"] for record in records),
        "memory_gb": _memory(world),
    }


def _trl(folder: Path, sizes: Sizes, world: World) -> dict[str, Any]:
    """Return the figures of TRL, with its loss set to the paper's GRPO."""
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
        reward_funcs=lambda completions, **_: [float(len(text) % 2) for text in completions],
        args=arguments,
        train_dataset=datasets.Dataset.from_dict({"prompt": _questions(sizes)}),
        callbacks=[clock],
    ).train()
    return {
        "seconds": median(after - before for before, after in pairwise(clock.ends)),
        "memory_gb": _memory(world),
    }


class _Clock(transformers.TrainerCallback):
    """Records when each step ends on the device."""

    def __init__(self, world: World) -> None:
        self.world, self.ends = world, list[float]()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if self.world.device.type == "cuda":
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())


def _add_ratios(figures: dict[str, Any]) -> None:
    """Add the speed-ups of continuous batching and of a step, and the memory ratio of PPO."""
    rollout = figures.get("rollout", {})
    others = [run["tokens_per_second"] for name, run in rollout.items() if name != "slots"]
    if others:
        figures["slots / best generate"] = rollout["slots"]["tokens_per_second"] / max(others)
    if "step" in figures and "trl" in figures:
        figures["step of trl / ours"] = figures["trl"]["seconds"] / figures["step"]["seconds"]
    ours, critic = (figures.get(part, {}).get("memory_gb") for part in ("step", "ppo"))
    if ours and critic:
        figures["memory of ppo / grpo"] = critic / ours


def _reset_memory(world: World) -> None:
    gc.collect()
    if world.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _memory(world: World) -> float | None:
    """Return the peak memory of the GPU in gigabytes since the last reset; None on a CPU."""
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
