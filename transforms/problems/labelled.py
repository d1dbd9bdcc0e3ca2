"""Worked examples and exercises: a labelled statement, and after it its answer or solution."""

from collections.abc import Iterator, Sequence

from transforms.problems.candidate import Candidate, Kind
from transforms.problems.pairing import pair
from transforms.problems.segments import Segment

_MOST_REPLIES = 6  # segments after a statement that may answer it
_KINDS: dict[str, Kind] = {"example": "worked_example", "question": "question_answer"}


def labelled_candidates(segments: Sequence[Segment]) -> Iterator[Candidate]:
    """Yield a candidate for each statement that an answer or a solution follows."""
    for index, segment in enumerate(segments):
        if not segment.is_statement or not segment.blocks:
            continue
        answer, solution = replies(segments, index)
        if answer or solution:
            outermost = [*segment.parents, segment][0]
            kind = _KINDS.get(outermost.kind, "exercise")
            yield from pair(kind, _statement(segment), answer, solution)


def _statement(segment: Segment) -> str:
    """Return the text of a statement after those that it is a part of."""
    return "\n\n".join(part.text for part in (*segment.parents, segment) if part.blocks)


def replies(segments: Sequence[Segment], index: int) -> tuple[str, str]:
    """Return the labelled answer and the solution that follow a segment, each "" if missing.

    An answer is one block, for what follows may be anything; a solution ends at the next label.
    """
    answer = solution = ""
    for segment in segments[index + 1 : index + 1 + _MOST_REPLIES]:
        if segment.kind == "answer" and segment.blocks:
            answer = answer or segment.blocks[0].text
        elif segment.kind == "solution":
            solution = solution or segment.text
        elif segment.kind != "hint":
            break
    return answer, solution or answer
