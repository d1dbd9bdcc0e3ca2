"""The transforms of the miner, and the Beam-free functions that they apply.

The library surface is `from transforms import extract, to_latex, url_key`. Each name loads its
module on first use (PEP 562), so importing this package imports neither Beam nor the HTML stack.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.latex.mathml.convert import to_latex
    from transforms.pages.extract import extract
    from transforms.text.urls import url_key

__all__ = ["extract", "to_latex", "url_key"]

_MODULES = {
    "extract": "transforms.pages.extract",
    "to_latex": "transforms.latex.mathml.convert",
    "url_key": "transforms.text.urls",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
