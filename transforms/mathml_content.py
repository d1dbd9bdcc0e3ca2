"""Content MathML to LaTeX."""

from collections.abc import Callable

from transforms.mathml_tree import Element

CONTENT: dict[str, Callable[[Element], str]] = {}
