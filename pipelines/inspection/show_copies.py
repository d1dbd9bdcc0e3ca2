"""Print the copies of a page, and how its text differs from that of the most similar one.

URLs and texts are those of strangers: characters that a terminal might act on are escaped.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipelines.inspection.copies_of_page import Copy, Group, read_group
from pipelines.progress import printable, table
from pipelines.stages.old_crawls import OldCrawl
from schemas.errors import InputError
from transforms.dedup.minhash import padded, similarities
from transforms.storage.output_tree import OutputTree

_URL_LENGTH = 200  # characters of a URL
_SENTENCES = 1000  # of each text that are compared: difflib takes quadratic time
_DIFF_LINES = 100
# A sentence, or 200 characters of a longer one: a whole paragraph would hide what differs in it.
_SENTENCE = re.compile(r"[^\n]{1,200}?[.!?。](?=\s|$)|[^\n]{1,200}", re.M)


def show_copies(page_id: int, tree: OutputTree, against: Sequence[OldCrawl] = ()) -> str:
    """Return the group of a page as a table, its matched pair, and a unified diff of their texts.

    Raises InputError if there is no such page.
    """
    if not -(2**63) <= page_id < 2**63:
        raise InputError(f"--show {page_id}: an id has 64 bits")
    group = read_group(page_id, tree, against)
    page, others = group.page(), [copy for copy in group.copies if copy is not group.page()]
    parts = [_table(group)]
    if all(copy.reason for copy in group.copies):
        parts.append("The copy that is kept is of an older crawl: add --against with its output.")
    if others:
        parts.append(_pair(page, matched_copy(page, others)))
    elif not page.reason:
        parts.append("The page has no copy.")
    return "\n\n".join(parts)


def matched_copy(page: Copy, others: Sequence[Copy]) -> Copy:
    """Return the copy that a page was matched with; for the kept page, the most similar one.

    The sidecar has the reason and the similarity of the pair, but not the other page.
    """

    def rank(other: Copy) -> tuple[bool, float]:
        reason, similarity = _compared(page, other)
        return reason != page.reason, abs(
            similarity - (1 if page.similarity is None else page.similarity)
        )

    return min(others, key=rank)


def _compared(page: Copy, other: Copy) -> tuple[str, float]:
    """Return the first reason for which two pages may be copies, and their similarity."""
    [similarity] = similarities(padded(page.sketch), padded(other.sketch)[None]).tolist()
    if page.url_hash == other.url_hash:
        return "url", similarity
    return ("text", 1.0) if page.text_digest == other.text_digest else ("minhash", similarity)


def _table(group: Group) -> str:
    rows = [
        (
            str(copy.id),
            copy.reason or ("kept, of an older crawl" if copy.is_old else "kept"),
            "" if copy.similarity is None else copy.similarity,
            _shown_url(copy),
        )
        for copy in group.copies
    ]
    lines = [table(rows, ("id", "reason", "similarity", "url"))]
    if group.more:
        lines.append(f"and {group.more:,} more")
    return "\n".join(lines)


def _pair(page: Copy, other: Copy) -> str:
    """Return the heading of a pair, and the unified diff of its texts."""
    reason, similarity = _compared(page, other)
    heading = f"{page.id} and {other.id}: {reason}, similarity {similarity:.4f}"
    sentences = [list(islice(_sentences(copy.text()), _SENTENCES + 1)) for copy in (other, page)]
    old, new = (some[:_SENTENCES] for some in sentences)
    before, after = (f"{copy.id} {_shown_url(copy)}" for copy in (other, page))
    diff = difflib.unified_diff(old, new, before, after, n=1, lineterm="")
    lines = [printable(line) for line in islice(diff, _DIFF_LINES + 1)]
    if len(lines) > _DIFF_LINES:
        lines[_DIFF_LINES:] = [f"The rest is left out: these are {_DIFF_LINES} lines."]
    if any(len(some) > _SENTENCES for some in sentences):
        lines.append(f"Only the first {_SENTENCES:,} sentences of each text are compared.")
    return "\n".join([heading, *(lines or ["The texts do not differ."])])


def _sentences(text: str) -> Iterator[str]:
    return (match[0].strip() for match in _SENTENCE.finditer(text) if match[0].strip())


def _shown_url(copy: Copy) -> str:
    url = printable(copy.url)
    return url if len(url) <= _URL_LENGTH else f"{url[:_URL_LENGTH]}..."
