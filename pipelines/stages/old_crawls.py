"""Read the corpora of older crawls (`--against`), with whose pages new ones are compared.

An older crawl is another output tree. It is only read, so it may lie on a read-only disk.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.jobs.run_stage import read_manifest
from schemas import shards
from schemas.errors import InputError, StageRefusedError, check_not_empty
from schemas.manifest import LAYOUT, Manifest
from transforms.dedup.shard_hashes import COLLECTED
from transforms.judging.carry import KEPT
from transforms.pages.without_text import FOLDER as WITHOUT_TEXT
from transforms.storage.files import is_remote
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in


@dataclass(frozen=True)
class OldCrawl:
    """An output tree with a corpus: its pages, and the round, by number, that collected it."""

    tree: OutputTree
    pages: Manifest
    number: int
    last_round: Manifest
    without_text: Manifest | None = None
    kept: Manifest | None = None  # of the judged pages whose texts `mathmine clean` kept

    def digest(self) -> str:
        """Return the digest of the round, on which depends which pages are compared."""
        return self.last_round.digest()

    def corpus_pages(self) -> int:
        """Return the number of pages that the round collected."""
        return self.last_round.counters["collected_pages"]

    def shards(self) -> Iterator[Shard]:
        """Yield the shards, with the files of their pages and the sidecar COLLECTED."""
        folder = in_round(self.number, "collected")
        pages, outputs = ("pages", self.pages.outputs)
        if self.without_text:  # `mathmine clean` removed the pages
            pages, outputs = (WITHOUT_TEXT, self.without_text.outputs)
        for shard in shards_in([*outputs, *self.last_round.outputs], [pages, folder]):
            yield Shard(shard.name, {"pages": shard.file(pages), COLLECTED: shard.file(folder)})

    def with_texts(self) -> list[Shard]:
        """Return the shards of all pages, or one with the judged pages if only these have texts.

        It is empty if `mathmine clean` removed the texts when no page was judged.
        """
        shards = shards_in(self.pages.outputs, ["pages"])
        if self.tree.exists(shards[0].file("pages").path):
            return shards
        outputs = self.kept.outputs if self.kept else []
        return [Shard(KEPT, {"pages": output}) for output in outputs]


def read_old_crawls(folders: Sequence[str], new: OutputTree) -> list[OldCrawl]:
    """Return the older crawls in `folders`, each once, in an order that does not depend on paths.

    `new` is the tree of the new crawl. Raises InputError for a folder without a corpus, and
    StageRefusedError for one whose corpus cannot be compared with new pages.
    """
    crawls = [_read(folder, new) for folder in folders]
    by_digest = {crawl.digest(): crawl for crawl in crawls}
    return [crawl for _, crawl in sorted(by_digest.items())]


def check_minhash(crawls: Sequence[OldCrawl], minhash: Mapping[str, int]) -> None:
    """Raise StageRefusedError if the bands or shingles of an older crawl have other settings."""
    for crawl in crawls:
        old = crawl.pages.identity.settings["minhash"]
        different = [
            f"{name} is {old.get(name)} there, {minhash.get(name)} here"
            for name in sorted(old | minhash)
            if old.get(name) != minhash.get(name)
        ]
        if different:
            raise _refused(
                crawl.tree,
                f"has pages with other [prepare.minhash]: {'; '.join(different)}",
                "prepare the new crawl with its settings, or mine it again with the new ones",
            )


def _read(folder: str, new: OutputTree) -> OldCrawl:
    check_not_empty("--against", folder)
    path = folder.rstrip("/") if is_remote(folder) else os.path.abspath(folder)
    tree = OutputTree(path, new.storage)
    if _real(tree.folder) == _real(new.folder):
        raise InputError(f"--against {folder} is --out itself: name the output of an older crawl")
    corpus = _manifest("corpus", tree)
    if corpus is None or not corpus.complete:
        raise InputError(f"--against {folder}: no corpus there; run `mathmine run` for it first")
    crawl = _written_from(corpus, tree)
    _check_page_layout(crawl)
    return crawl


def _real(folder: str) -> str:
    """Return a folder without symbolic links and a final slash."""
    return folder.rstrip("/") if is_remote(folder) else os.path.realpath(folder)


def _manifest(folder: str, tree: OutputTree) -> Manifest | None:
    """Return a manifest of an older crawl, or None; see `read_manifest`."""
    try:
        return read_manifest(folder, tree)
    except StageRefusedError as error:
        raise _of_another_version(tree, LAYOUT) from error


def _written_from(corpus: Manifest, tree: OutputTree) -> OldCrawl:
    """Return the pages and the round that a corpus was written from, if they are still there."""
    pages, number = _manifest("pages", tree), 1
    while pages and (manifest := _manifest(in_round(number), tree)):
        of_pages = manifest.identity.inputs["pages"] == pages.digest()
        if of_pages and manifest.digest() == corpus.identity.inputs["round"]:
            without_text, kept = (_copies_of(pages, name, tree) for name in (WITHOUT_TEXT, KEPT))
            return OldCrawl(tree, pages, number, manifest, without_text, kept)
        number += 1
    raise _refused(tree, "has a corpus of other pages or rounds than are there", "write it again")


def _copies_of(pages: Manifest, folder: str, tree: OutputTree) -> Manifest | None:
    """Return the manifest of copies that `mathmine clean` made of pages, if it is complete."""
    copies = _manifest(folder, tree)
    is_of_pages = copies and copies.complete and copies.identity.inputs["pages"] == pages.digest()
    return copies if is_of_pages else None


def _check_page_layout(crawl: OldCrawl) -> None:
    """Raise StageRefusedError if the pages have other columns than those that are written now."""
    layout = shards.PAGE.metadata[b"layout"]
    first = next(crawl.shards()).file("pages")
    with crawl.tree.open_parquet(first, is_verified=True) as parquet:
        if (parquet.schema_arrow.metadata or {}).get(b"layout") != layout:
            raise _of_another_version(crawl.tree, layout.decode())


def _of_another_version(tree: OutputTree, layout: str) -> StageRefusedError:
    return _refused(
        tree,
        f"was written by another version of mathmine, with another layout than {layout}",
        "mine it again with this version",
    )


def _refused(tree: OutputTree, reason: str, advice: str) -> StageRefusedError:
    return StageRefusedError(f"--against {tree.folder} {reason}: {advice}, or leave it out")
