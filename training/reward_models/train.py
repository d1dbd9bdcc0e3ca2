"""Train a reward model for the current policy: sample, label, train, evaluate.

    out/labels/part-*.parquet     labelled completions to train on
    out/held_out/part-*.parquet   those of questions that are never trained on
    out/model/                    the reward model, next to what every training run leaves
    out/result.json               how well it separates right from wrong

Each part is written once and in full. After a kill at any point, the same call resumes and produces
the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.data.problems import draw_problems, leave_out_long
from training.data.tokenizer import load_tokenizer
from training.generation.types import Engine
from training.models.local_model import LocalModel
from training.reward_models.job import reward_job
from training.reward_models.label_problems import label_problems
from training.reward_models.labels import write_labelled
from training.reward_models.report import report_reward_model
from training.run.announce import announce, device_row, model_row
from training.run.distributed import World
from training.run.folder import open_run_folder
from training.run.metrics import progress_line
from training.run.stop import defer_signals, received_signal, stop_error
from training.settings.pretrain import Tokenizer
from training.settings.reward import RewardSettings
from training.trainer.loop import train


def train_reward_model(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    out: Path,
    world: World,
) -> Path:
    """Train a reward model on completions of `policy`, sampled by `engine`; return its directory.

    Between iterations of algorithm 1, `settings.model.path` is the previous reward model, and
    `labels.replay` are the previous label files; another `rollout.seed` draws other questions.
    Every process must call it. Raises StageRefusedError if `out` belongs to another run,
    InputError if `items` are too few, and StoppedError if a signal stops the run: while it samples,
    after the current file of labels.
    """
    items = _short_enough(settings, policy, items)
    job = reward_job(settings, items, out / "labels")
    open_run_folder(out, job.identity, world)
    held_out, trained = _questions(settings, len(items))
    _announce(settings, policy, len(items), world)
    with defer_signals(world):
        for name, drawn in (("held_out", held_out), ("labels", trained)):
            _write_parts(settings, policy, engine, items, drawn, out / name, world)
        model = train(job, out, world)
    if world.is_first:
        report_reward_model(settings, model, out, world)
    world.wait()
    return model


def _short_enough(
    settings: RewardSettings, policy: LocalModel, items: Sequence[BenchmarkItem]
) -> list[BenchmarkItem]:
    """Return the problems with room for a completion and, for steps, a continuation of it."""
    completions = 2 if settings.kind == "process" else 1
    room = policy.context - completions * settings.rollout.max_new_tokens
    vocabulary = load_tokenizer(Tokenizer(file=settings.policy))
    return leave_out_long(items, settings.problems, vocabulary, room)


def _questions(settings: RewardSettings, count: int) -> tuple[list[int], list[int]]:
    """Return the indices of the problems that are held out, and of those to train on."""
    labels = settings.labels
    if count < labels.questions + labels.held_out:
        raise InputError(
            f"there are {count} problems with an answer, fewer than labels.questions "
            f"({labels.questions}) and labels.held_out ({labels.held_out}) together"
        )
    order = draw_problems(count, count, 0, settings.problems.seed)
    others = order[labels.held_out :]
    drawn = draw_problems(len(others), labels.questions, 0, settings.rollout.seed)
    return order[: labels.held_out], [others[i] for i in drawn]


def _announce(settings: RewardSettings, policy: LocalModel, problems: int, world: World) -> None:
    """Announce the sampling of labels; `train` announces the training itself."""
    labels, group = settings.labels, settings.rollout.group
    announce(
        world,
        device_row(world, settings.run.precision),
        ("policy", model_row(policy.model.parameters())[1]),
        (
            "labels",
            f"{labels.questions:,} questions to train on and {labels.held_out:,} held out of "
            f"{problems:,}, {group:,} completions each",
        ),
    )


def _write_parts(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    drawn: Sequence[int],
    folder: Path,
    world: World,
) -> None:
    """Write the parts that do not exist yet; processes take turns.

    Raises StoppedError if a process has received a signal.
    """
    size = settings.rollout.prompts
    parts = [drawn[start : start + size] for start in range(0, len(drawn), size)]
    mine = range(world.rank, len(parts), world.size)
    report = progress_line(f"{folder.name}: files of labels", len(mine))
    for done, number in enumerate(mine):
        if world.signals:
            break
        path = folder / f"part-{number:05d}.parquet"
        if not path.exists():
            write_labelled(path, label_problems(settings, policy, engine, items, parts[number]))
        if world.is_first:
            report(done + 1)
    world.wait()
    if signal := received_signal(world):
        raise stop_error(signal, f"while sampling {folder}")
