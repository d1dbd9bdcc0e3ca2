"""Name a WARC file, its shard and its crawl."""

import hashlib
import json
import re
from dataclasses import dataclass
from urllib.parse import quote

_MAX_SHARD_NAME = 200  # bytes, without suffix; file systems allow 255


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file: its path, its name in the corpus, which no other has, its size and age.

    `modified` is the time of the last change, in seconds since 1970. `plan` is the path of the list
    of its records, if `mathmine expand` fetched them from other files.
    """

    path: str
    name: str
    bytes: int = 0
    modified: float = 0.0
    plan: str = ""

    @classmethod
    def from_json(cls, text: str) -> "WarcFile":
        """Parse a line that `write_items` wrote."""
        return cls(**json.loads(text))

    @property
    def shard(self) -> str:
        """Return the name of the file's shards of pages and of failures: of no other file.

        >>> WarcFile("/data/a/x.warc.gz", "a/x.warc.gz").shard
        'a%2Fx.warc.gz.parquet'
        """
        name = quote(self.name, safe="")
        if len(name) > _MAX_SHARD_NAME:
            digest = hashlib.sha256(name.encode()).hexdigest()
            name = f"{name[: _MAX_SHARD_NAME - len(digest)]}{digest}"
        return f"{name}.parquet"


def crawl_by_name(warc: WarcFile) -> str:
    """Return the name of the crawl from a folder as Common Crawl names it, or from the file name.

    >>> crawl_by_name(WarcFile("CC-MAIN-2024-22/segments/1/warc/a.warc.gz", "a.warc.gz"))
    'CC-MAIN-2024-22'
    >>> crawl_by_name(WarcFile("x", "CC-MAIN-20260115000000-20260115030000-00001.warc.gz"))
    'CC-MAIN-20260115000000-20260115030000'
    """
    if folder := re.search(r"CC-MAIN-\d{4}-\d{2}(?=/)", warc.path):
        return folder[0]
    stem = warc.name.rpartition("/")[2].partition(".warc")[0]
    return re.sub(r"-\d+$", "", stem)
