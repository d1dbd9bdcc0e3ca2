"""Whether outputs are those of another policy than the one that learns. `is_offline(settings)`."""

from training.grpo_settings import GrpoSettings


def is_offline(settings: GrpoSettings) -> bool:
    """Say whether they are those of the model that the run began with, or of people.

    Source: DeepSeekMath (arXiv:2402.03300), section 5.2.1, table 10: data source of each method.
    """
    return settings.objective.method in ("rft", "dpo", "sft")
