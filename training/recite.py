"""Solutions by people in place of outputs, for supervised fine-tuning. `recite(...)`."""

from collections.abc import Callable, Sequence

from schemas.benchmarks import BenchmarkItem
from training.chosen_problems import chosen_problems
from training.completion import Completion
from training.explored import Explored
from training.grade import Grade
from training.grpo_settings import GrpoSettings


def recite(
    settings: GrpoSettings,
    items: Sequence[BenchmarkItem],
    prompt: Callable[[str], Sequence[int]],
    encode: Callable[[str], Sequence[int]],
    end: int,
    exploration: int,
) -> Explored:
    """Return the worked solutions of the problems of an exploration: outputs by people, for SFT."""
    rollout = settings.rollout
    chosen = chosen_problems(len(items), rollout.prompts, exploration, settings.problems.seed)
    completions = []
    for problem in chosen:
        item = items[problem]
        question = settings.problems.prompt.format(question=item.question)
        tokens = (*encode(item.solution), end)
        nothing = (0.0,) * len(tokens)  # nobody sampled them
        completions.append(
            Completion(tuple(prompt(question)), tokens, nothing, True, item.solution)
        )
    return Explored(tuple(chosen), tuple(completions), tuple(Grade(1.0) for _ in chosen))
