"""Print how likely the bands find a pair of copies, by the similarity of its pages."""

from pipelines.progress import table
from schemas.settings import Settings
from transforms.dedup.minhash import probability_found


def explain(settings: Settings) -> str:
    """Return a table of the probability that two pages share a band, with `min_similarity`."""
    minhash, least = settings.prepare.minhash, float(settings.dedup.min_similarity)
    similarities = sorted({least, *(number / 20 for number in range(21))})
    rows = [
        (
            similarity,
            probability_found(similarity, minhash.bands, minhash.rows),
            "min_similarity" if similarity == least else "",
        )
        for similarity in similarities
    ]
    return "\n\n".join(
        [
            f"bands = {minhash.bands}, rows = {minhash.rows}, shingle = {minhash.shingle}, "
            f"min_similarity = {least:g}",
            table(rows, ("similarity", "P(found by bands)")),
            "Pairs that the bands find are copies if their similarity, which sketches estimate, is "
            "at least min_similarity. Equal URLs and equal texts are always found.",
        ]
    )
