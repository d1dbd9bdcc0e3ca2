"""Judged pages for tests."""

from transforms.judging.judged_page import GIVEN, JudgedPage


def judged_page(number, verdict, score, weight=1.0, **more):
    """Return a judged page that is its own kept copy."""
    fields = {"stratum": GIVEN, "language": "en", "kept_id": number} | more
    return JudgedPage(id=number, verdict=verdict, score=score, weight=weight, **fields)


def judged_pages(verdicts, scores, weights=None, **more):
    """Return judged pages, numbered from 0."""
    weights = weights or [1.0] * len(scores)
    rows = zip(verdicts, scores, weights, strict=True)
    return [judged_page(number, *row, **more) for number, row in enumerate(rows)]
