"""The language of a text."""

from resiliparse.parse.lang import detect_fast

UNDETERMINED = "und"
_READ = 4000  # characters looked at
_LEAST = 40  # characters that a guess needs
_WORST = 1200  # resiliparse's score above which its guess is none; lower is surer


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language of `text`, or "und".

    >>> detect_language("Every bounded sequence of real numbers has a convergent subsequence.")
    'en'
    """
    text = text[:_READ]
    if len(text.strip()) < _LEAST:
        return UNDETERMINED
    language, score = detect_fast(text, cutoff=_WORST)
    return language if score <= _WORST and language != "unknown" else UNDETERMINED
