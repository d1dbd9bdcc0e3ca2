"""Print a digest of what `prepare` writes for each page of `examples/crawl`, one page a line.

Update the golden file after an intended change of the extraction:

    python -m tests.helpers.golden_pages > tests/transforms/pages/golden/example_crawl.tsv

Columns: WARC file, offset of the record, digest of the text with its white space, language,
formulas, URL.
"""

import sys
import tempfile
from hashlib import blake2b
from pathlib import Path

from schemas.settings import load_settings
from transforms.pages.prepare_shard import prepare_shard
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ["warc_file", "warc_offset", "text", "language", "formulas", "url"]


def golden_pages(folder):
    """Prepare the example crawl in an empty folder and return its lines, in order of the files."""
    tree = OutputTree(str(folder), Storage())
    settings = load_settings(ROOT / "configs" / "example.toml").prepare
    lines = []
    for path in sorted((ROOT / "examples" / "crawl").glob("*.warc.gz")):
        warc = WarcFile(str(path), path.name)
        [_, pages] = prepare_shard(warc, settings, tree).outputs
        rows = tree.read_table(pages, COLUMNS).to_pylist()
        lines += map(_line, rows)
    return lines


def _line(row):
    digest = blake2b(row["text"].encode(), digest_size=16).hexdigest()
    return "\t".join(map(str, (row | {"text": digest}).values()))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.writelines(f"{line}\n" for line in golden_pages(folder))
