"""A reward model for a policy as it is now: sample, label, train, measure.

    out/labels/part-*.parquet     labelled outputs that were learnt, or will be
    out/held_out/part-*.parquet   those to questions that never are
    out/model/                    the reward model, and what else a run of training leaves
    out/result.json               how well it tells right from wrong

Each part is written once and whole: killed anywhere, the same call goes on and ends with the same
bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.benchmarks import BenchmarkItem
from training.data.problems import draw_problems, leave_out_long
from training.data.tokenizer import load_tokenizer
from training.generation.types import Engine
from training.models.local_model import LocalModel
from training.models.reward_model import load_reward_model
from training.reward_models.evaluate import measure_reward_model
from training.reward_models.job import reward_job
from training.reward_models.label_problems import label_problems
from training.reward_models.labels import load_labelled, write_labelled
from training.run.distributed import World
from training.run.folder import open_run_folder
from training.run.metrics import progress_line
from training.settings.pretrain import Tokenizer
from training.settings.reward import RewardSettings
from training.trainer.loop import train


def renew_reward_model(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    out: Path,
    world: World,
) -> Path:
    """Return the folder of a reward model that is trained on outputs of `policy`, by `engine`.

    Between iterations of algorithm 1, `settings.model.path` is the reward model before, and
    `labels.replay` the label files before; another `rollout.seed` asks other questions. Every
    process must call it. Raises ValueError if `out` is of another run or `items` are too few.
    """
    items = _short_enough(settings, policy, items)
    job = reward_job(settings, items, out / "labels")
    open_run_folder(out, job.identity, world)
    held_out, learnt = _questions(settings, len(items))
    for name, chosen in (("held_out", held_out), ("labels", learnt)):
        _write_parts(settings, policy, engine, items, chosen, out / name, world)
    model = train(job, out, world)
    if world.is_first:
        _report(settings, model, out, world)
    world.wait()
    return model


def _short_enough(
    settings: RewardSettings, policy: LocalModel, items: Sequence[BenchmarkItem]
) -> list[BenchmarkItem]:
    """Return the problems with room for an output and, for steps, for a completion behind it."""
    outputs = 2 if settings.kind == "process" else 1
    room = policy.context - outputs * settings.rollout.max_new_tokens
    vocabulary = load_tokenizer(Tokenizer(file=settings.policy))
    return leave_out_long(items, settings.problems, vocabulary, room)


def _questions(settings: RewardSettings, count: int) -> tuple[list[int], list[int]]:
    """Return the numbers of the problems that are held out, and of those that are learnt."""
    labels = settings.labels
    if count < labels.questions + labels.held_out:
        raise ValueError(
            f"there are {count} problems with an answer: labels.questions and labels.held_out want "
            f"{labels.questions} and {labels.held_out}"
        )
    order = draw_problems(count, count, 0, settings.problems.seed)
    others = order[labels.held_out :]
    drawn = draw_problems(len(others), labels.questions, 0, settings.rollout.seed)
    return order[: labels.held_out], [others[i] for i in drawn]


def _write_parts(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    chosen: Sequence[int],
    folder: Path,
    world: World,
) -> None:
    """Write the parts that are not there yet; processes take turns."""
    size = settings.rollout.prompts
    parts = [chosen[start : start + size] for start in range(0, len(chosen), size)]
    mine = range(world.rank, len(parts), world.size)
    report = progress_line(f"{folder.name}: files of labels", len(mine))
    for done, number in enumerate(mine):
        path = folder / f"part-{number:05d}.parquet"
        if not path.exists():
            write_labelled(path, label_problems(settings, policy, engine, items, parts[number]))
        if world.is_first:
            report(done + 1)
    world.wait()


def _report(settings: RewardSettings, model: Path, out: Path, world: World) -> None:
    """Measure the model on outputs that were not learnt, write `result.json`, print a table."""
    context = settings.batch.context
    held_out, learnt = (load_labelled(out / name) for name in ("held_out", "labels"))
    scoring = load_reward_model(model, world.device)
    result = asdict(measure_reward_model(scoring, held_out)) | {
        "kind": settings.kind,
        "learnt": len(learnt),
        "learnt_right": sum(one.right for one in learnt) / len(learnt),
        "too_long": sum(len(one.prompt) + len(one.tokens) > context for one in learnt),
    }
    partial = out / ".result.json.partial"
    partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    partial.replace(out / "result.json")
    print(_table(result))


def _table(result: Mapping[str, Any]) -> str:
    rows: list[tuple[str, ...]] = [("held out", "count", "right", "accuracy", "AUC", "error")]
    for name, prefix in (("outputs", ""), ("steps", "step_")):
        right = result["steps_right" if prefix else "right"]
        values = [right, result[f"{prefix}accuracy"], result[f"{prefix}auc"]]
        values.append(result["step_error"] if prefix else None)
        told = ["-" if one is None else f"{one:.3f}" for one in values]
        rows.append((name, f"{result[name]:,}", *told))
    lines = [f"{row[0]:<10}" + "".join(f"{one:>10}" for one in row[1:]) for row in rows]
    learnt = f"learnt: {result['learnt']:,} outputs, {result['learnt_right']:.3f} of them right"
    if result["too_long"]:
        learnt += f"; {result['too_long']:,} did not fit into batch.context"
    return "\n".join([f"{result['kind']} reward model; {learnt}", *lines])
