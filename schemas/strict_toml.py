"""Read TOML into frozen dataclasses, strictly: an unknown key is an error."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from schemas.errors import SettingsError, reading

_T = TypeVar("_T")
_LARGEST, _SMALLEST = 10**15, 1e-20  # magnitude of a number that no setting exceeds


def read_toml(cls: type[_T], path: str | Path, overrides: Sequence[str] = ()) -> _T:
    """Read a file into `cls`, a dataclass of numbers, strings, Literals, tuples and dataclasses.

    `overrides` are `key=value` lines that take precedence over the file: the key is dotted, the
    value TOML, or else a bare string. An element of a list of tables is named by its `name` or its
    index, from 0: `sources.code.weight=0.2`.

    Raises SettingsError with the key and what to do: for an unknown key (naming the nearest known
    one), a wrong type, a number that is not finite or absurdly large or small, a value out of range
    (a ValueError of `cls`), and text that is not TOML. Raises InputError if the file cannot be
    read.
    """
    with reading(str(path)):
        text = Path(path).read_text(encoding="utf-8-sig")
    try:
        table = tomllib.loads(text)
        for override in overrides:
            _override(table, override)
        return _build(cls, table, "")
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _override(table: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign or not all(key.strip().split(".")):
        raise ValueError(f"{override!r} is not of the form key=value")
    *parents, last = key.strip().split(".")
    inner: Any = table
    for name in parents:
        inner = (
            _element(inner, name, key) if isinstance(inner, list) else inner.setdefault(name, {})
        )
        if not isinstance(inner, dict | list):
            raise ValueError(f"{key}: {name} is not a table")
    if isinstance(inner, list):
        raise ValueError(f"{key}: name a field of {last}, as in {key}.field=value")
    inner[last] = _value(text.strip())


def _element(tables: list[Any], name: str, key: str) -> Any:
    named = {
        str(table.get("name", i)): table
        for i, table in enumerate(tables)
        if isinstance(table, dict)
    }
    numbered = {str(i): table for i, table in enumerate(tables)}
    if name in (known := numbered | named):
        return known[name]
    near = get_close_matches(name, named, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(named) or 'none'}"
    raise ValueError(f"unknown key {key!r}: no {name!r}; {hint}")


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _build(cls: type[_T], table: dict[str, Any], prefix: str) -> _T:
    """Return a `cls` of the values in `table`; `prefix` is the dotted path of the table."""
    types = get_type_hints(cls)
    for key in table:
        if key not in types:
            near = get_close_matches(key, types, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(types)}"
            raise ValueError(f"unknown key {prefix + key!r}{hint}")
    for field in fields(cls):  # type: ignore[arg-type]  # _T is a dataclass; mypy cannot know
        has_default = field.default is not MISSING or field.default_factory is not MISSING
        if field.name not in table and not has_default:
            raise ValueError(f"{prefix + field.name} is missing")
    return cls(**{key: _convert(types[key], value, prefix + key) for key, value in table.items()})


def _convert(expected: Any, value: Any, key: str) -> Any:
    """Return `value` as the type `expected`; raise ValueError, with the dotted `key`, if wrong."""
    if isinstance(value, int | float):
        _check_magnitude(value, key)
    if isinstance(expected, type) and is_dataclass(expected):
        if not isinstance(value, dict):
            raise ValueError(f"{key} must be a table")
        return _build(expected, value, key + ".")
    if get_origin(expected) is Literal:
        return _choice(get_args(expected), value, key)
    if get_origin(expected) is tuple:
        values = value if isinstance(value, list) else [value]
        return tuple(_convert(get_args(expected)[0], item, key) for item in values)
    allowed = get_args(expected) or (expected,)
    tables = [option for option in allowed if is_dataclass(option)]
    if tables and isinstance(value, dict):
        return _convert(tables[0], value, key)
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        names = " or ".join(option.__name__ for option in allowed if option is not type(None))
        raise ValueError(f"{key} must be of type {names}, not {value!r}")
    return value


def _check_magnitude(value: float, key: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key} must be finite, not {value}")
    if abs(value) > _LARGEST or 0 < abs(value) < _SMALLEST:
        raise ValueError(f"{key} must be 0 or have a magnitude between {_SMALLEST} and 10**15")


def _choice(choices: Sequence[str], value: Any, key: str) -> str:
    if value not in choices:
        listed = ", ".join(choices[:-1]) + f" or {choices[-1]}"
        raise ValueError(f"{key} must be {listed}, not {value!r}")
    return str(value)
