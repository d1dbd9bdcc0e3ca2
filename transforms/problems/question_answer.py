"""Questions without a label: before a labelled answer, and on pages of questions and answers."""

import re
from collections.abc import Iterator, Sequence

from transforms.problems.candidate import Candidate
from transforms.problems.labelled import replies
from transforms.problems.pairing import pair
from transforms.problems.segments import OPTION, Segment

_ANSWERS = re.compile(
    r"(?:\d{1,3} )?(?:answers?|replies|responses)(?: \d{1,3})?"
    r"|(?:best|accepted|top|verified) answers?|(?:最佳|\d{1,3}\s?个)?回答|最佳答案",
    re.IGNORECASE,
)
_ASKED = ("section", "text", "exercise", "question")  # segments that a question may consist of
_NOISE = re.compile(  # what forums write around a post
    r"(?:up|down) ?vote|asked |edited |answered |share\b|improve this|follow\b|cite\b|\d{1,5}$"
    r"|add a comment|originally posted|posted by|reply\b|like\b|report\b|closed\b|\d+ votes?"
    r"|viewed ",
    re.IGNORECASE,
)


def plain_candidates(segments: Sequence[Segment]) -> Iterator[Candidate]:
    """Yield a candidate for each labelled answer or solution after a paragraph without a label.

    The paragraph, with options if some follow it, is the question; the segment before may be the
    answer of the previous question, of which it is not the only block.
    """
    for index, segment in enumerate(segments[:-1]):
        least = 1 if segment.kind in ("answer", "solution") else 0
        if segment.is_statement or segment.kind in ("other", "hint"):
            continue
        answer, solution = replies(segments, index)
        blocks = [block.text for block in segment.blocks[least:] if not block.is_code]
        if (answer or solution) and blocks and segments[index + 1].kind in ("answer", "solution"):
            yield from pair("question_answer", _question(blocks), answer, solution)


def _question(blocks: Sequence[str]) -> str:
    """Return the last paragraph, with the options after it."""
    first = len(blocks) - 1
    while first > 0 and OPTION.match(blocks[first]):
        first -= 1
    return "\n".join(blocks[first:])


def forum_candidates(segments: Sequence[Segment]) -> Iterator[Candidate]:
    """Yield the question of a page of questions and answers, with its first answer.

    Its title is the first heading; the answer is what follows the heading of the answers.
    """
    titles = [segment for segment in segments if segment.kind == "section"]
    for index, segment in enumerate(segments):
        if segment.kind == "section" and _ANSWERS.fullmatch(segment.title.strip()):
            before = [other for other in segments[:index] if other.kind in _ASKED]
            question = _post([block.text for other in before for block in other.blocks])
            reply = _post([block.text for block in segment.blocks])
            if titles and question and reply:
                title = titles[0].title if titles[0] is not segment else ""
                whole = question if "?" in question else f"{title}\n\n{question}".strip()
                yield Candidate("question_answer", whole, "", reply)
            return


def _post(blocks: Sequence[str]) -> str:
    """Return the first run of blocks that are text, not what forums write around it."""
    post: list[str] = []
    for block in blocks:
        if not _NOISE.match(block):
            post.append(block)
        elif post:
            break
    return "\n\n".join(post)
