from pathlib import Path

from examples.make_arithmetic import solution
from schemas.strict_toml import read_toml
from training.data.problems import read_problems
from training.settings.evaluation import EvalSettings
from training.settings.grpo import GrpoOptimizer, GrpoSettings, Objective, Updates
from training.settings.pretrain import SftSettings
from training.settings.reward import RewardSettings

ROOT = Path(__file__).resolve().parents[3]


def test_the_papers_preset_has_the_papers_numbers():
    settings = read_toml(GrpoSettings, ROOT / "configs" / "grpo_paper.toml")
    rollout = settings.rollout
    assert (rollout.group, rollout.prompts * rollout.group) == (64, 1024)
    assert (rollout.max_new_tokens, rollout.temperature) == (1024, 1.0)
    assert settings.optimizer == GrpoOptimizer(peak=1e-6)
    assert settings.objective == Objective(beta=0.04)
    assert settings.updates_per_rollout == 1
    assert (settings.updates.epochs, settings.updates.batches) == (Updates.epochs, Updates.batches)


def test_the_default_preset_needs_only_the_files_of_the_example():
    settings = read_toml(GrpoSettings, ROOT / "configs" / "grpo.toml")
    assert (ROOT / settings.model.path / "model.safetensors").is_file()
    assert len(list(read_problems(settings.problems))) == 5000
    assert settings.steps * settings.rollout.prompts <= 5000  # no problem is repeated


def test_reward_models_of_the_example_are_trained_on_its_own_files():
    folder = ROOT / "examples" / "arithmetic"
    first = read_toml(RewardSettings, folder / "reward.toml")
    renewed = read_toml(GrpoSettings, folder / "renewal.toml")
    learns = read_toml(GrpoSettings, ROOT / "configs" / "grpo.toml")
    assert first.policy == first.model.path == renewed.model.path == learns.model.path
    assert first.problems == renewed.problems == learns.problems
    assert first.labels.questions + first.labels.held_out <= 5000
    assert renewed.renewal.labels.replay_share == 0.1
    assert renewed.iterations * renewed.steps == learns.steps


def test_prompts_are_those_of_training():
    folder = ROOT / "examples" / "arithmetic"
    trained = read_toml(SftSettings, folder / "sft.toml", ["examples.files=none"])
    learns = read_toml(GrpoSettings, ROOT / "configs" / "grpo.toml")
    evaluated = read_toml(EvalSettings, folder / "eval.toml")
    prompts = {trained.examples.prompt, learns.problems.prompt, evaluated.prompt.format}
    assert prompts == {"{question}="}
    longest = len(solution((99, 99), 198)) + 1  # with EOS
    assert longest <= learns.rollout.max_new_tokens == evaluated.sampling.max_new_tokens
