"""Warn about a crawl of which much, or a whole file, did not become pages."""

from schemas.manifest import Manifest
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import pages as pages_path

_USUAL = ("not_response", "not_http", "status", "not_html", "language")  # how most records end
_UNUSUAL_SHARE = 0.05  # of the responses, for one other reason
_NAMED_FILES = 5


def crawl_warnings(pages: Manifest) -> list[str]:
    """Return a sentence for each thing that looks wrong in the outcomes of `prepare`."""
    return [*_files_without_pages(pages), *_unusual_reasons(pages)]


def _files_without_pages(pages: Manifest) -> list[str]:
    rows = {output.path: output.rows for output in pages.outputs}
    names = sorted(pages.warc_names)
    without = [name for name in names if rows.get(pages_path(WarcFile("", name).shard)) == 0]
    if not without:
        return []
    named = ", ".join(without[:_NAMED_FILES])
    more = f" and {len(without) - _NAMED_FILES:,} more" if len(without) > _NAMED_FILES else ""
    return [f"Warning: {len(without):,} of {len(names):,} WARC files have no page: {named}{more}."]


def _unusual_reasons(pages: Manifest) -> list[str]:
    counters = pages.counters
    responses = counters.get("records", 0) - counters.get("dropped.not_response", 0)
    warnings = []
    for name, count in sorted(counters.items(), key=lambda item: (-item[1], item[0])):
        outcome, _, reason = name.partition(".")
        if reason and reason not in _USUAL and count > _UNUSUAL_SHARE * responses:
            share = f"{count:,} of {responses:,} responses ({count / responses:.0%})"
            warnings.append(
                f"Warning: {share} {outcome}: {reason.replace('_', ' ')}; usually less than "
                f"{_UNUSUAL_SHARE:.0%} are."
            )
    return warnings
