"""Divide a page into segments: statements, solutions, answers, and what lies between them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from transforms.problems.blocks import Block, split_blocks
from transforms.problems.labels import Role, read_item, read_label, split_at_labels

Kind = Role | Literal["item", "section", "text"]
_ASKS = re.compile(r"[$?\uff1f]")  # in the title of a statement that is the statement itself
OPTION = re.compile(r"[ \t]*(?:[-*] )?[(\uff08]?[A-H][)\uff09.\uff0e\u3001:\uff1a]")
_NUMBERED = re.compile(r"\(?\d{1,3}[.)\u3001\uff0e]")
_REPLIES = frozenset(("answer", "solution"))
_TITLE = re.compile(r"[A-Z][A-Za-z\s'-]{2,60}")  # after a label: "Complement Rule"
_STATEMENTS = ("example", "exercise", "question", "item")


@dataclass
class Segment:
    """Blocks under one label or heading.

    `level` is that of its heading, 0 without one. `parents` are the statements that the heading of
    an item is under, from the outermost: exercise 3 of its part (a). A `section` has its `title`.
    """

    kind: Kind
    number: str = ""
    level: int = 0
    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    parents: list["Segment"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of all blocks."""
        return "\n\n".join(block.text for block in self.blocks).strip()

    @property
    def is_statement(self) -> bool:
        """Whether it may ask something."""
        return self.kind in _STATEMENTS


def split_segments(text: str) -> list[Segment]:
    """Return the segments of a page, in order; the first holds what has no heading or label."""
    segments = [Segment("text")]
    headings: list[Segment] = []  # that the current block is under, by level
    for block in _labelled_blocks(text):
        segment = _begun_segment(block, segments[-1])
        if segment is None:
            segments[-1].blocks.append(block)
            continue
        if segment.level:
            while headings and headings[-1].level >= segment.level:
                headings.pop()
        if segment.kind == "item":
            segment.parents = [heading for heading in headings if heading.is_statement]
        if segment.level:
            headings.append(segment)
        segments.append(segment)
    return list(_with_questions_apart(segments))


def _with_questions_apart(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield all segments; the numbered question at the end of a reply to another is one of its own.

    It is what stands last before the next reply: a numbered paragraph, with options after it.
    """
    for segment, following in zip_longest(segments, segments[1:]):
        yield segment
        if following and {segment.kind, following.kind} <= _REPLIES:
            last = next(
                (
                    number
                    for number in range(len(segment.blocks) - 1, 0, -1)
                    if not OPTION.match(segment.blocks[number].text)
                ),
                0,
            )
            if last and _NUMBERED.match(segment.blocks[last].text):
                yield Segment("text", blocks=segment.blocks[last:])
                segment.blocks = segment.blocks[:last]


def _labelled_blocks(text: str) -> Iterator[Block]:
    for block in split_blocks(text):
        if block.level or block.is_code or block.is_table:
            yield block
        else:
            yield from map(Block, split_at_labels(block.text))


def _begun_segment(block: Block, current: Segment) -> Segment | None:
    """Return the segment that a block begins, or None if it continues the current one."""
    if block.is_code or block.is_table:
        return None
    label = read_label(block.text)
    if label and block.text[:2].lower() == "a:" and current.kind != "question":
        label = None
    if label and (label.is_plural or (block.level and block.text.strip() == "答案")):
        return Segment("section", "", block.level, block.text)
    if label:
        rest = [Block(label.rest)] if label.rest.strip() else []
        is_title = block.level or _TITLE.fullmatch(label.rest)
        if not is_title or _ASKS.search(label.rest) or label.role not in ("example", "exercise"):
            return Segment(label.role, label.number, block.level, "", rest)
        return Segment(label.role, label.number, block.level, label.rest)
    if not block.level:
        return None
    item = read_item(block.text)
    if item:
        return Segment("item", item, block.level)
    return Segment("section", "", block.level, block.text)
