"""Evaluate a reward model on held-out completions: `result.json`, a table, warnings."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.models.reward_model import load_reward_model
from training.reward_models.evaluate import evaluate_reward_model
from training.reward_models.labels import load_labelled
from training.run.distributed import World
from training.settings.reward import RewardSettings


def report_reward_model(settings: RewardSettings, model: Path, out: Path, world: World) -> None:
    """Evaluate the model on held-out completions, write `result.json`, print a table."""
    context = settings.batch.context
    held_out, trained = (load_labelled(out / name) for name in ("held_out", "labels"))
    scorer = load_reward_model(model, world.device)
    result = asdict(evaluate_reward_model(scorer, held_out)) | {
        "kind": settings.kind,
        "learnt": len(trained),
        "learnt_right": sum(row.right for row in trained) / len(trained),
        "too_long": sum(len(row.prompt) + len(row.tokens) > context for row in trained),
    }
    partial = out / ".result.json.partial"
    partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    partial.replace(out / "result.json")
    print(reward_table(result))
    for warning in guessing_warnings(result):
        print(warning, file=sys.stderr)


def guessing_warnings(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each accuracy that a majority guess would reach."""
    for label, prefix in (("completions", ""), ("steps", "step_")):
        accuracy, guessing = result[f"{prefix}accuracy"], result[f"{prefix}guessing"]
        if accuracy is None or accuracy > guessing:
            continue
        if guessing == 1:
            yield (
                f"warning: all held-out {label} have the same label, so their accuracy says "
                "nothing: sample from a policy that is sometimes right, or raise labels.held_out"
            )
        else:
            yield (
                f"warning: the accuracy on held-out {label}, {accuracy:.3f}, is not above that of "
                f"always guessing the more frequent label, {guessing:.3f}: train longer or on more "
                "labels before you use the model as a reward"
            )


def reward_table(result: Mapping[str, Any]) -> str:
    """Return a table of the measures in `result.json`."""
    rows: list[tuple[str, ...]] = [
        ("held-out", "count", "right", "accuracy", "guessing", "AUC", "error")
    ]
    for label, name, prefix in (("completions", "outputs", ""), ("steps", "steps", "step_")):
        right = result["steps_right" if prefix else "right"]
        values = [right, *(result[prefix + key] for key in ("accuracy", "guessing", "auc"))]
        values.append(result["step_error"] if prefix else None)
        cells = ["-" if value is None else f"{value:.3f}" for value in values]
        rows.append((label, f"{result[name]:,}", *cells))
    lines = [f"{row[0]:<12}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]
    trained = (
        f"trained on {result['learnt']:,} completions, {result['learnt_right']:.3f} of them right"
    )
    if result["too_long"]:
        trained += f"; {result['too_long']:,} did not fit into batch.context"
    return "\n".join([f"{result['kind']} reward model {trained}", *lines])
