"""Turn a statement and its reply into candidates, one for each of their parts."""

import re
from collections.abc import Iterator

from transforms.problems.candidate import Candidate, Kind
from transforms.problems.multiple_choice import (
    are_distinct,
    read_choices,
    read_key,
    with_upper_case,
)
from transforms.problems.parts import split_parts

_NUMBER = re.compile(r"\A[ \t]*(?:\(?\d{1,3}[.)]\s+|\d{1,3}[\u3001\uff0e]\s*)")  # of a statement


def pair(kind: Kind, question: str, answer: str, solution: str) -> Iterator[Candidate]:
    """Yield the candidates of one statement.

    `answer` is the text that the page labels as the answer, "" if there is only a solution. Parts
    are matched by number; a reply with other parts than the statement is refused.
    """
    upper, letter = with_upper_case(question, answer)
    if choices := read_choices(_NUMBER.sub("", upper)):
        key = read_key(letter or solution, solution, choices)
        refused = "" if are_distinct(choices) else "options"
        refused = refused or ("" if key else "no_final_answer")
        yield Candidate("multiple_choice", choices.question, key, solution, refused)
        return
    statement = split_parts(question)
    if not statement.by_number:
        yield Candidate(kind, _NUMBER.sub("", question), answer, solution)
        return
    answers, solutions = split_parts(answer).by_number, split_parts(solution).by_number
    replies = answers if answers.keys() == statement.by_number.keys() else {}
    worked = solutions if solutions.keys() == statement.by_number.keys() else {}
    if not replies and not worked:
        yield Candidate(kind, question, answer, solution, "several_parts")
        return
    for number, text in statement.by_number.items():
        part = f"{statement.lead}\n\n{text}".strip()
        reply = replies.get(number, "")
        yield Candidate(kind, part, reply, worked.get(number, reply))
