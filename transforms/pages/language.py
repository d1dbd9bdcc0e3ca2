"""Detect the language of a text, and its probability, with a model bundled with its package.

py3langid: naive Bayes over byte n-grams of 139 languages, BSD licence, needs only numpy. It reads
a few short windows, evenly spaced, so that a menu at the top of a page does not outweigh the
article.
"""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
_WINDOWS, _WIDTH = 5, 40  # number, and characters of each; the time grows with their product
_MAX_CHARACTERS = 1_000_000  # at the start of a text; windows are taken from these
_MIN_PROBABILITY = 0.5  # one page in 200 has a lower one although its language is correct
_CODE = "```"
# Formulas, commands, numbers, and words with symbols: URLs, code, the rest of a formula that a
# window cuts. Only used on windows, since it is slow on long texts.
_NOT_PROSE = re.compile(
    r"\$[^$]+\$|\\[a-zA-Z]+|[!-~]*[\\_=<>{}|@/^#][!-~]*|[a-zA-Z]?\d+|(?<![^\W\d_])[a-z](?![^\W\d_])"
)
_NO_LANGUAGE = "zxx"  # the model's class of text without linguistic content
_MACROLANGUAGES = {"yue": "zh", "wuu": "zh", "ary": "ar", "arz": "ar"}  # by member


def detect_language(text: str) -> tuple[str, float]:
    """Return the ISO 639-1 code of the language of `text`, or "und", and its probability.

    Formulas and fenced code are ignored. The probability is 0 for "und", else at least 0.5.

    >>> detect_language("Every bounded sequence of real numbers has a convergent subsequence.")[0]
    'en'
    """
    sample = _sample(text)
    if not sample:
        return UNDETERMINED, 0.0
    language, probability = _identifier().classify(sample)
    if language in _MACROLANGUAGES or language in _MACROLANGUAGES.values():
        language = _MACROLANGUAGES.get(language, language)
        ranked = _identifier().rank(sample)
        probability = sum(p for code, p in ranked if _MACROLANGUAGES.get(code, code) == language)
    if probability < _MIN_PROBABILITY or language == _NO_LANGUAGE:
        return UNDETERMINED, 0.0
    # Rounded because processors differ in the last digits of a sum.
    return language, min(round(float(probability), 3), 1.0)


def _sample(text: str) -> str:
    """Return the words in evenly spaced windows of a text, including its start and its end."""
    text = text[:_MAX_CHARACTERS]
    if _CODE in text:
        text = " ".join(text.split(_CODE)[::2])
    step = (len(text) - _WIDTH) / (_WINDOWS - 1)
    if step <= _WIDTH:
        windows = text
    else:
        starts = [round(number * step) for number in range(_WINDOWS)]
        windows = " ".join(text[start : start + _WIDTH] for start in starts)
    return " ".join(_NOT_PROSE.sub(" ", windows).split())


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model once per process, limited to languages with an ISO 639-1 code."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    codes = [code for code in identifier.labels if len(code) == 2]
    identifier.set_languages([*codes, *_MACROLANGUAGES, _NO_LANGUAGE])
    return identifier
