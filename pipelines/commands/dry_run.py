"""`--dry_run`: print the jobs that a command would submit."""

import argparse
from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.cli_flags import jobs_from_flags
from pipelines.dry_run.job_graphs import JobGraph, build_graphs
from pipelines.progress import print_text, table
from schemas.errors import InputError
from schemas.settings import load_settings

_JOBS_OF = {  # commands: the folders of their jobs
    "run": ("",),
    "prepare": ("pages",),
    "dedup": ("dedup",),
    "round": ("rounds/",),
    "write": ("lines", "corpus"),
}


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Build the jobs of a command on a made-up crawl, and print them; submit and write nothing."""
    jobs = jobs_from_flags(args, flags)
    if not args.config:
        raise InputError("--dry_run needs --config")
    graphs = [
        graph
        for graph in build_graphs(load_settings(args.config), jobs)
        if graph.folder.startswith(_JOBS_OF[args.command])
    ]
    print_text(describe(graphs, jobs.runner(), flags))


def describe(graphs: Sequence[JobGraph], runner: str, flags: Sequence[str]) -> str:
    """Return the table of the jobs, and what they have in common."""
    rows = [
        (graph.folder, f"{graph.transforms:,}", _gigabytes(graph.min_ram), ", ".join(graph.steps))
        for graph in graphs
    ]
    options = PipelineOptions(list(flags)).get_all_options(drop_default=True)
    options.pop("runner", None)
    return "\n".join(
        [
            table(rows, ("job", "transforms", "memory", "steps")),
            "",
            _summary(graphs, runner),
            *(f"image of the workers: {image}" for image in _images(graphs)),
            *(f"--{name}={value}" for name, value in sorted(options.items())),
        ]
    )


def _summary(graphs: Sequence[JobGraph], runner: str) -> str:
    if len(graphs) == 1:
        return f"1 job for {runner}: built, not submitted."
    sentence = f"{len(graphs)} jobs for {runner}: built, none submitted."
    if any(graph.folder.startswith("dedup/") for graph in graphs):
        sentence += (
            " Those of dedup/rounds and the last follow only if there are more than 10 million "
            "pairs of copies."
        )
    return sentence


def _images(graphs: Sequence[JobGraph]) -> list[str]:
    return sorted({graph.image for graph in graphs} - {""})


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.0f} GB" if size else ""
