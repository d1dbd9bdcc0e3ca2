"""The judge that evaluation uses unless another is given: the project's verifier."""

from training.evaluation.evaluate import Judge
from training.verifier.final_answer import final_answers
from training.verifier.verify import is_equal


def default_judge() -> Judge:
    """Return the verifier of this project."""
    return Judge(final_answers, is_equal)
