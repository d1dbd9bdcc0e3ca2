"""Load a fastText classifier."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from schemas.manifest import Output
from transforms.storage.output_tree import OutputTree


def load_classifier(file: Output, tree: OutputTree) -> Any:
    """Return a fastText model of the output tree; raises DamagedFileError."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder, tree.open(file) as source:
        local = Path(folder, "classifier.bin")
        with local.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return fasttext.load_model(str(local))
