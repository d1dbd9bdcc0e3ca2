"""A question with what may hold its answer, before either is checked."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "worked_example",  # an example and its solution
    "exercise",  # an exercise and the answer or solution after it
    "answer_key",  # an exercise and the answer with its number in another section
    "multiple_choice",
    "question_answer",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and its answer as the page labels it ("" if it does not) or its solution.

    `refused` is the reason for which the rule itself refuses the pair, "" if it does not.
    """

    kind: Kind
    question: str
    answer: str
    solution: str
    refused: str = ""
