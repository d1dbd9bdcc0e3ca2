"""Checks of values that a type cannot express: `positive(...)`."""

from typing import Any

from schemas.errors import SettingsError


def positive(settings: Any, *names: str) -> None:
    """Raise SettingsError unless the attributes of these names are above 0."""
    for name in names:
        if getattr(settings, name) <= 0:
            raise SettingsError(f"{name} must be positive, not {getattr(settings, name)}")
