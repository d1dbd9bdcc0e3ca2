"""Find the problems of a page: candidates of all rules that pass every check."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from transforms.problems.answer import answer_fault
from transforms.problems.answer_key import key_candidates
from transforms.problems.candidate import Candidate, Kind
from transforms.problems.final_answer import FinalAnswer, final_answer
from transforms.problems.labelled import labelled_candidates
from transforms.problems.question import question_fault
from transforms.problems.question_answer import forum_candidates, plain_candidates
from transforms.problems.segments import split_segments

Check = Callable[[str, str], str]  # of a question and an answer: why they are refused, or ""

_RULES = (labelled_candidates, plain_candidates, forum_candidates, key_candidates)
_LONGEST_SOLUTION = 8000  # characters; a longer one holds more than the solution


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with a final answer; `solution` may be the answer alone."""

    kind: Kind
    question: str
    answer: str
    solution: str


def find_problems(
    text: str, checks: tuple[Check, ...], counters: Counter[str]
) -> Iterator[Problem]:
    """Yield the problems of a page, of which `checks` refuse none.

    Counters: `candidates`, `found.KIND`, and `refused.REASON` of the others.
    """
    segments = split_segments(text)
    for rule in _RULES:
        for candidate in rule(segments):
            counters["candidates"] += 1
            found = _answer(candidate)
            reason = found.refused or _fault(candidate, found.answer, checks)
            counters[f"refused.{reason}" if reason else f"found.{candidate.kind}"] += 1
            if not reason:
                solution = _without_rest(candidate.solution, found.answer)
                yield Problem(candidate.kind, candidate.question, found.answer, solution)


def _answer(candidate: Candidate) -> FinalAnswer:
    is_choice = candidate.kind == "multiple_choice"
    refused = candidate.refused or question_fault(candidate.question, is_choice)
    if refused:
        return FinalAnswer(refused=refused)
    if is_choice:
        return FinalAnswer(candidate.answer)
    return final_answer(candidate.answer, candidate.solution)


def _fault(candidate: Candidate, answer: str, checks: tuple[Check, ...]) -> str:
    is_choice = candidate.kind == "multiple_choice"
    if not is_choice and (fault := answer_fault(candidate.question, answer)):
        return fault
    return next((fault for check in checks if (fault := check(candidate.question, answer))), "")


def _without_rest(solution: str, answer: str) -> str:
    """Return a solution up to the last paragraph that has the answer, where one does."""
    blocks = solution.split("\n\n")
    last = max((number for number, block in enumerate(blocks) if answer in block), default=None)
    text = solution if last is None else "\n\n".join(blocks[: last + 1])
    return text.strip() if len(text) <= _LONGEST_SOLUTION else answer
