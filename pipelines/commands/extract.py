"""`mathmine extract`: print the text of one HTML page. Does not import Beam."""

import argparse
from collections.abc import Sequence

from schemas.errors import InputError, reading
from transforms.html.limits import HostilePageError
from transforms.pages.extract import extract


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print the text of an HTML file.

    Raises InputError for flags of Beam, and for a page that exceeds a limit of `check_limits`.
    """
    if flags:
        raise InputError(f"unexpected argument {flags[0]!r}")
    with reading(str(args.page)):
        html = args.page.read_bytes()
    try:
        print(extract(html, args.content_type).text)
    except HostilePageError as error:
        raise InputError(f"{args.page}: {error.reason}: {error}") from error
