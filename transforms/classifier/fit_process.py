"""The process that `fit_fasttext` starts: train a classifier, and score a file of texts.

It imports only what it needs, since a round starts a process for each number of epochs that it
tries: Beam and Arrow alone take a second of CPU time.
"""

import json
import sys
from typing import Any

import fasttext
import numpy as np

from transforms.classifier.probability import probability


def main(lines: str, model: str, scored: str, scores: str, parameters: str) -> None:
    """Train with `parameters`, the fields of the settings `Classifier` as JSON.

    Without a name of a `model` none is saved. The probabilities of the lines of the file `scored`
    are saved to the file `scores`.
    """
    settings: dict[str, Any] = json.loads(parameters)
    classifier = fasttext.train_supervised(
        lines,
        dim=settings["dimension"],
        lr=settings["learning_rate"],
        wordNgrams=settings["word_ngrams"],
        minCount=settings["min_count"],
        epoch=settings["epochs"],
        bucket=settings["buckets"],
        thread=settings["threads"],
        verbose=0,
    )
    if model:
        classifier.save_model(model)
    with open(scored, encoding="utf-8", newline="\n") as texts:
        probabilities = [probability(classifier, text.rstrip("\n")) for text in texts]
    np.save(scores, np.array(probabilities, np.float32))


if __name__ == "__main__":
    main(*sys.argv[1:])
