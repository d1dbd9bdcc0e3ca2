"""Checks that settings make of their own values: `positive(...)`, `one_of(...)`."""

from typing import Any


def positive(settings: Any, *names: str) -> None:
    """Raise ValueError unless the attributes of these names are above 0."""
    for name in names:
        if getattr(settings, name) <= 0:
            raise ValueError(f"{name} must be positive, not {getattr(settings, name)}")


def one_of(settings: Any, name: str, *choices: str) -> None:
    """Raise ValueError unless an attribute is one of the choices."""
    if getattr(settings, name) not in choices:
        said = ", ".join(choices[:-1]) + f" or {choices[-1]}"
        raise ValueError(f"{name} must be {said}, not {getattr(settings, name)!r}")
