"""Evaluate a model on held-out sums. `evaluate_arithmetic(model)`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from schemas.strict_toml import read_toml
from training.data.problems import draw_items, read_items
from training.evaluation.evaluate import evaluate
from training.evaluation.judge import default_judge
from training.evaluation.report import read_result, write_result
from training.evaluation.types import EvalResult
from training.models.local_model import load_local_model
from training.settings.evaluation import EvalSettings

_FOLDER = Path(__file__).resolve().parent / "arithmetic"
_ROWS = 256  # prompts at a time


def evaluate_arithmetic(
    model: Path, overrides: Sequence[str] = (), result_path: Path | None = None
) -> EvalResult:
    """Evaluate the model in a directory with `arithmetic/eval.toml` and `key=value` overrides.

    The result is saved to `result_path`. If that file already has a result with equal settings, it
    is returned instead.
    """
    settings = read_toml(EvalSettings, _FOLDER / "eval.toml", overrides)
    if result_path is not None and _settings_in(result_path) == _as_json(settings):
        return read_result(result_path)
    items = read_items(_FOLDER / "held_out.jsonl")
    items = draw_items(items, settings.problems, settings.problems_seed)
    evaluation = evaluate(
        load_local_model(model, "cpu"),
        items,
        [],
        settings,
        default_judge(),
        name=str(model),
        batch_rows=_ROWS,
    )
    if result_path is not None:
        result_path.parent.mkdir(parents=True, exist_ok=True)
        partial = result_path.with_suffix(".partial")
        write_result(evaluation.result, {"settings": asdict(settings)}, partial)
        partial.replace(result_path)
    return evaluation.result


def _settings_in(path: Path) -> object:
    """Return the settings of a saved result, None if there is none."""
    if not path.exists():
        return None
    return json.loads(path.read_text(encoding="utf-8")).get("settings")


def _as_json(settings: EvalSettings) -> object:
    return json.loads(json.dumps(asdict(settings)))
