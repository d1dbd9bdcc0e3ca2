"""Remove the repeated lines of a page."""

from collections.abc import Container, Sequence

from transforms.line_cleaning.repeatable_lines import line_key, repeatable_lines


def repeated_lines(text: str, host: str, repeated: Container[int]) -> list[int]:
    """Return the numbers, from 0, of the lines of a page whose keys are in `repeated`."""
    return [
        number for number, line, _ in repeatable_lines(text) if line_key(host, line) in repeated
    ]


def remove_lines(text: str, numbers: Sequence[int]) -> str:
    r"""Return a text without the lines of these numbers, and without a blank line beside each.

    >>> remove_lines("Home > Books\n\nGroups\n\nNext page\n\nare sets.", [0, 4])
    'Groups\n\nare sets.'
    """
    removed = set(numbers)
    kept: list[str] = []
    is_after_removed = True
    for number, line in enumerate(text.split("\n")):
        if number in removed:
            is_after_removed = True
        elif line or not is_after_removed or (kept and kept[-1]):
            kept.append(line)
            is_after_removed = False
    return "\n".join(kept).rstrip("\n")
