"""`mathmine extract`: print the text of one HTML page. Does not import Beam."""

import argparse
from collections.abc import Sequence

from schemas.errors import InputError, reading
from transforms.html.limits import HostilePageError
from transforms.pages.extract import extract
from transforms.warc.decode_body import is_binary
from transforms.warc.media_type import is_blank, is_html, may_be_html, media_type


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print the text of an HTML file.

    Raises InputError for flags of Beam, for a file that is not HTML, and for a page that exceeds a
    limit of `check_limits`.
    """
    if flags:
        raise InputError(f"unexpected argument {flags[0]!r}")
    with reading(str(args.page)):
        html = args.page.read_bytes()
    declared = media_type(args.content_type or "")
    if is_blank(html):
        raise InputError(f"{args.page}: the file is empty")
    if is_binary(html) or not (may_be_html(declared) and is_html(declared, html)):
        hint = "" if declared else "; if it is a page, add --content-type text/html"
        raise InputError(f"{args.page}: the file is not HTML{hint}")
    try:
        print(extract(html, args.content_type).text)
    except HostilePageError as error:
        raise InputError(f"{args.page}: {error.reason}: {error}") from error
