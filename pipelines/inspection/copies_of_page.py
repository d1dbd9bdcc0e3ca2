"""Read the group of copies that a page is in, from finished files alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.old_crawls import OldCrawl
from pipelines.stages.run import prepared_pages
from schemas.errors import InputError
from schemas.manifest import Output
from transforms.dedup.shard_hashes import COLLECTED
from transforms.storage.output_tree import OutputTree, read_batches
from transforms.storage.shard import Shard, shards_in

_SHOWN = 100  # pages of a group that are read
_SIDECAR = ("id", "keep", "duplicate_of", "reason", "similarity")
_PAGE = ("url", "url_hash", "text_digest", "sketch")


@dataclass(frozen=True, eq=False)
class Copy:
    """A page of a group; `reason` and `similarity` are None for the one that is kept."""

    id: int
    reason: str | None
    similarity: float | None
    is_old: bool
    tree: OutputTree
    file: Output
    row: int
    url: str = ""
    url_hash: int = 0
    text_digest: str = ""
    sketch: bytes = b""

    def text(self) -> str:
        """Read the text of the page."""
        start = 0
        with self.tree.open_parquet(self.file) as parquet:
            if "text" not in parquet.schema_arrow.names:
                raise InputError(f"`mathmine clean` removed the texts of {self.tree.folder}")
            for batch in read_batches(parquet, ["text"]):
                if self.row < start + batch.num_rows:
                    break
                start += batch.num_rows
            return str(batch.column("text")[self.row - start])


@dataclass(frozen=True)
class Group:
    """Copies of one page, the kept one first, then `page_id`, and how many more there are.

    The kept one is missing if it is of an older crawl that was not named.
    """

    page_id: int
    copies: list[Copy]
    more: int

    def page(self) -> Copy:
        """Return the page that was asked for; the first copy if it is in an unnamed crawl."""
        return next((copy for copy in self.copies if copy.id == self.page_id), self.copies[0])


def read_group(page_id: int, tree: OutputTree, against: Sequence[OldCrawl]) -> Group:
    """Return the group of a page of the new crawl, or of an older one that has copies in it.

    Raises InputError if there is no such page, and if the crawl was not compared with `against`.
    """
    copies, pages = deduplicated_pages(tree), prepared_pages(tree)
    for crawl in against:
        if crawl.digest() not in copies.identity.inputs.get("against", []):
            raise InputError(f"--against {crawl.tree.folder}: {tree.folder} was made without it")
    shards = shards_in([*pages.outputs, *copies.outputs], ["pages", "dedup"])
    kept = _kept_id(page_id, shards, tree)
    members = [member for shard in shards for member in _members(kept, shard, tree)]
    if not members:
        raise InputError(f"--show {page_id}: {tree.folder} has no page with this id")
    if all(member.reason for member in members):
        members.extend(_old_page(kept, against))
    members.sort(key=lambda member: (member.reason is not None, member.id != page_id))
    return Group(page_id, _with_columns(members[:_SHOWN]), max(0, len(members) - _SHOWN))


def _kept_id(page_id: int, shards: Sequence[Shard], tree: OutputTree) -> int:
    """Return the id of the copy that is kept of a page; that of the page if it is unknown."""
    for shard in shards:
        table = tree.read_table(shard.file("dedup"), ["id", "duplicate_of"])
        for row in table.filter(pc.equal(table.column("id"), page_id)).to_pylist():
            return page_id if row["duplicate_of"] is None else int(row["duplicate_of"])
    return page_id


def _members(kept: int, shard: Shard, tree: OutputTree) -> Iterator[Copy]:
    """Yield the pages of a new shard that are copies of the page `kept`, or are that page."""
    table = tree.read_table(shard.file("dedup"), _SIDECAR)
    is_copy = pc.equal(table.column("duplicate_of"), kept).fill_null(False)
    is_kept = pc.and_(pc.equal(table.column("id"), kept), table.column("keep"))
    rows = pc.indices_nonzero(pc.or_(is_copy, is_kept))
    facts = table.select(["id", "reason", "similarity"]).take(rows).to_pylist()
    for row, values in zip(rows.to_pylist(), facts, strict=True):
        yield Copy(**values, is_old=False, tree=tree, file=shard.file("pages"), row=row)


def _old_page(page_id: int, against: Sequence[OldCrawl]) -> list[Copy]:
    """Return the page with an id in the corpus of an older crawl, if there is one."""
    for crawl in against:
        for shard in crawl.shards():
            table = crawl.tree.read_table(shard.file(COLLECTED), ["id", "collected"])
            found = pc.and_(pc.equal(table.column("id"), page_id), table.column("collected"))
            for row in pc.indices_nonzero(found).to_pylist():
                file = shard.file("pages")
                return [Copy(page_id, None, None, True, crawl.tree, file, row)]
    return []


def _with_columns(copies: Sequence[Copy]) -> list[Copy]:
    """Return the copies with their columns of the shards, each of which is read once."""
    by_file: dict[tuple[str, str], list[int]] = {}
    for number, copy in enumerate(copies):
        by_file.setdefault((copy.tree.folder, copy.file.path), []).append(number)
    result = list(copies)
    for numbers in by_file.values():
        first = copies[numbers[0]]
        table = first.tree.read_table(first.file, _PAGE)
        rows = table.take([copies[number].row for number in numbers]).to_pylist()
        for number, row in zip(numbers, rows, strict=True):
            result[number] = replace(copies[number], **row)
    return result
