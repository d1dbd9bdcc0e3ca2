"""Train and evaluate models on the corpus, with plain torch and transformers, never Beam.

The library surface is `from training import is_equal`. It loads the verifier on first use
(PEP 562), so importing this package imports neither torch nor transformers.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.verifier.verify import is_equal

__all__ = ["is_equal"]


def __getattr__(name: str) -> object:
    if name != "is_equal":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training.verifier.verify import is_equal

    return is_equal


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
