r"""Measure how often a final answer is found in a solution, and is right: MATH without its boxes.

    python benchmarks/problems.py MATH_TEST.jsonl

Each row becomes a page with an example and its solution, from which `\boxed` is removed. The rules
of `mathmine problems` read the page, and the box says what they should have found.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402
from schemas.benchmarks import read_benchmark  # noqa: E402
from training.verifier.verify import is_equal  # noqa: E402
from transforms.problems.find import find_problems  # noqa: E402

_DISPLAY = re.compile(r"\\\[(.*?)\\\]", re.DOTALL)
_ALIGN = re.compile(r"(?<!\$)(\\begin\{align\*\}.*?\\end\{align\*\})(?!\$)", re.DOTALL)


def main() -> int:
    """Print the counts of right and wrong answers, and of refusals by reason."""
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    with open(sys.argv[1], "rb") as file:
        for item in read_benchmark("math", file):
            if item.solution.count("boxed") != 1:
                continue  # it has several answers
            counts["items"] += 1
            solution = _as_in_corpus(_without_boxes(item.solution, item.answer))
            page = f"Example 1. {_as_in_corpus(item.question)}\n\nSolution. {solution}"
            for problem in find_problems(page, (), refused):
                is_right = is_equal(rf"\boxed{{{problem.answer}}}", item.answer)
                counts["right" if is_right else "wrong"] += 1
    print(json.dumps(counts))
    reasons = ((name, count) for name, count in refused.items() if name.startswith("refused"))
    print(table(sorted(reasons, key=lambda row: -row[1])))
    return 0


def _without_boxes(solution: str, answer: str) -> str:
    return solution.replace(rf"\boxed{{{answer}}}", answer)


def _as_in_corpus(text: str) -> str:
    """Return a text with the delimiters of display formulas that `prepare` writes."""
    return _ALIGN.sub(r"$$\1$$", _DISPLAY.sub(lambda match: f"$${match[1].strip()}$$", text))


if __name__ == "__main__":
    sys.exit(main())
