"""Parse the values of arguments: each raises ValueError, which argparse reports."""


def number(text: str) -> int:
    """Parse a number of files."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def share_or_number(text: str) -> float:
    """Parse a share below 1, or a number of files."""
    value = float(text)
    if not value > 0 or (value >= 1 and value != int(value)):
        raise ValueError
    return value


def rate(text: str) -> float:
    """Parse a number of requests per second."""
    value = float(text)
    if not 0 < value <= 1000:
        raise ValueError
    return value
