"""The records that `mathmine expand` fetched: a second set of pages, beside those of the crawl.

expansion/01/index/00000.parquet    the records that match accepted patterns, by file of the index
expansion/01/plan/00000.parquet     those to fetch, 1,000 in one file
expansion/01/00000.warc.gz          the records of that list
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from pipelines.jobs.run_stage import read_manifest
from schemas.manifest import Manifest, Output
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import OutputTree

FOLDER = "expansion"


def folder_of(number: int) -> str:
    """Return the folder of expansion `number`."""
    return f"{FOLDER}/{number:02}"


def plan_folder(number: int) -> str:
    """Return the folder of the lists of records of expansion `number`."""
    return f"{folder_of(number)}/plan"


def fetched_expansions(tree: OutputTree) -> list[Manifest]:
    """Return the manifests of the expansions that are complete, in order."""
    return list(_fetched(tree))


def _fetched(tree: OutputTree) -> Iterator[Manifest]:
    for number in count(1):
        manifest = read_manifest(folder_of(number), tree)
        if manifest is None or not manifest.complete:
            return
        yield manifest


def expansion_inputs(expansions: Sequence[Manifest]) -> dict[str, Any]:
    """Return what identifies expansions as inputs of the pages, and the files they are from."""
    return {
        f"{number:02}": {
            "digest": manifest.digest(),
            "warc_files": manifest.identity.inputs["warc_files"],
        }
        for number, manifest in enumerate(expansions, 1)
    }


def expansion_files(expansions: Sequence[Manifest], tree: OutputTree) -> list[WarcFile]:
    """Return the files of fetched records, as `prepare` reads them."""
    return [
        WarcFile(tree.at(output.path), output.path, output.bytes, plan=tree.at(_plan_of(output)))
        for manifest in expansions
        for output in manifest.outputs
    ]


def _plan_of(output: Output) -> str:
    folder, _, name = output.path.rpartition("/")
    return f"{folder}/plan/{name.partition('.')[0]}.parquet"


def check_fetched(expansions: Sequence[Manifest], tree: OutputTree) -> None:
    """Raise DamagedFileError if a file of fetched records, or its list, is not what was written."""
    for number, manifest in enumerate(expansions, 1):
        plan = read_manifest(plan_folder(number), tree)
        for output in [*manifest.outputs, *(plan.outputs if plan else [])]:
            if not tree.is_intact(output):
                raise tree.damaged(output.path, "it is not the file that its stage wrote")
