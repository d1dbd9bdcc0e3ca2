"""Say what `mathmine expand` found, what fetching it costs, and what it took."""

from collections.abc import Mapping
from itertools import chain

from pipelines.progress import table
from pipelines.stages.expand import Expansion, missing_lists
from pipelines.stages.expansions import folder_of
from schemas.manifest import Manifest
from schemas.plan_settings import Prices
from transforms.expansion.fetch_records import planned_counters, planned_requests
from transforms.storage.output_tree import OutputTree

_MEGABYTE = 10**6
# Dollars. Common Crawl charges nothing; whoever reads from outside the region pays for the
# transfer, and for a bucket of their own for requests too.
_PER_REQUEST = Prices().s3_million_reads[-1] / 1e6
_PER_MEGABYTE = 0.09 / 1000  # out of us-east-1: aws.amazon.com/ec2/pricing/on-demand, January 2025


def describe_plan(expansion: Expansion, rate: float, tree: OutputTree) -> str:
    """Return the tables of what was found, and of what fetching the rest of it will use.

    `rate` is the number of requests per second.
    """
    parts = [] if expansion.found is None else [_search(expansion.found), _choice(expansion.plan)]
    lists = missing_lists(expansion, tree)
    requests = list(chain(*(planned_requests(each, tree) for each in lists)))
    cost = planned_counters(requests)
    rows: list[tuple[str, object]] = [
        ("pages to fetch", cost["records"]),
        ("requests", cost["requests"]),
        ("megabytes", cost["transferred_bytes"] / _MEGABYTE),
        (f"minutes, at {rate:g} requests a second", cost["requests"] / rate / 60),
    ]
    if expansion.root.startswith("s3://"):
        transfer = cost["transferred_bytes"] / _MEGABYTE * _PER_MEGABYTE
        rows.append(("dollars for requests", cost["requests"] * _PER_REQUEST))
        rows.append(("dollars for transfer, outside us-east-1", transfer))
    return "\n\n".join([*parts, table(rows)])


def _search(found: Manifest) -> str:
    counters = found.counters
    read, size = counters.get("read_bytes", 0), counters.get("bytes", 0)
    return (
        f"Index: {len(found.outputs):,} files with {counters.get('rows', 0):,} rows. Of "
        f"{counters.get('groups', 0):,} row groups {counters.get('read_groups', 0):,} were read, "
        f"{read / _MEGABYTE:,.2f} of {size / _MEGABYTE:,.2f} MB."
    )


def _choice(plan: Manifest) -> str:
    """Return why records that patterns match are not fetched."""
    counters = plan.counters
    return table(
        [
            ("HTML pages under accepted patterns", counters["found"]),
            ("  in a WARC file that is here", counters["left_out.known_record"]),
            ("  here from another WARC file", counters["left_out.known_url"]),
            ("  older captures of the same URL", counters["left_out.repeated_url"]),
        ]
    )


def describe_fetched(
    expansion: Expansion, metrics: Mapping[str, Mapping[str, int]], tree: OutputTree
) -> str:
    """Return what fetching used, if this command did it, and what to do next."""
    folder = folder_of(expansion.number)
    records = expansion.plan.counters["records"]
    used = metrics.get(folder)
    cost = ""
    if used is not None:
        megabytes = used.get("received_bytes", 0) / _MEGABYTE
        cost = f" with {used.get('sent_requests', 0):,} requests and {megabytes:,.4f} MB"
    return (
        f"{records:,} records are fetched{cost}, in {tree.at(folder)}. Run `mathmine run` again, "
        "with the same inputs: copies and rounds start again with these pages too."
    )
