"""`mathmine verify`: compare all files of an output folder with its manifests."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, tree_at
from pipelines.inspection.verify import verify
from pipelines.progress import print_text, printable
from schemas.errors import VerifyError


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print what is not as its stage wrote it; raises VerifyError if there is anything."""
    tree = tree_at(args.out, jobs_from_flags(args, flags).storage)
    result = verify(tree)
    print_text("\n".join(printable(line) for line in result.describe().split("\n")))
    if result.problems:
        raise VerifyError(f"{tree.folder} is not what its manifests say")
