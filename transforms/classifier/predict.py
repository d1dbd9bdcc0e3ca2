"""Score texts with a fastText classifier."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from schemas.manifest import Output
from transforms.storage.output_tree import OutputTree

_MATH = "__label__math"


def probability(model: Any, line: str) -> float:
    """Return a model's probability that a line is mathematics; 0 if it knows none of its words."""
    # model.predict() fails with numpy 2: it calls np.array(..., copy=False), which now raises.
    predictions = model.f.predict(line + "\n", 2, 0.0, "strict")
    return next((min(p, 1.0) for p, label in predictions if label == _MATH), 0.0)


def load_classifier(file: Output, tree: OutputTree) -> Any:
    """Return a fastText model of the output tree; raises DamagedFileError."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder, tree.open(file) as source:
        local = Path(folder, "classifier.bin")
        with local.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return fasttext.load_model(str(local))
