"""The language of a text and how sure that is, by a model that comes inside its package.

py3langid: naive Bayes over byte n-grams of 139 languages, BSD licence, numpy alone. It reads some
short windows, evenly spread, so that a menu at the head of a page does not decide for the article.
"""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
_WINDOWS, _WIDTH = 5, 40  # how many, and of how many characters; time grows with their product
_READ = 1_000_000  # characters of a text that windows are taken from
_LEAST = 0.5  # probability below which nothing is said; one page in 200 has less and is right
_CODE = "```"
# Formulas, commands, numbers, and words with signs in them: addresses, code, what is left of a
# formula that a window cuts. Only ever run on windows.
_NO_LANGUAGE = re.compile(
    r"\$[^$]+\$|\\[a-zA-Z]+|[!-~]*[\\_=<>{}|@/^#][!-~]*|[a-zA-Z]?\d+|(?<![^\W\d_])[a-z](?![^\W\d_])"
)
_NO_WORDS = "zxx"  # the model's class of what is no language
_MEMBERS = {"yue": "zh", "wuu": "zh", "ary": "ar", "arz": "ar"}  # of a macrolanguage: its code


def detect_language(text: str) -> tuple[str, float]:
    """Return the ISO 639-1 code of the language of `text`, or "und", and its probability.

    Formulas and fenced code are not looked at. The probability is that of the code, 0 for "und".

    >>> detect_language("Every bounded sequence of real numbers has a convergent subsequence.")[0]
    'en'
    """
    sample = _sample(text)
    if not sample:
        return UNDETERMINED, 0.0
    language, probability = _identifier().classify(sample)
    if language in _MEMBERS or language in _MEMBERS.values():
        language = _MEMBERS.get(language, language)
        ranked = _identifier().rank(sample)
        probability = sum(p for code, p in ranked if _MEMBERS.get(code, code) == language)
    if probability < _LEAST or language == _NO_WORDS:
        return UNDETERMINED, 0.0
    # Processors differ in the last digits of a sum.
    return language, min(round(float(probability), 3), 1.0)


def _sample(text: str) -> str:
    """Return the words in some windows of a text, those at its beginning and end among them."""
    text = text[:_READ]
    if _CODE in text:
        text = " ".join(text.split(_CODE)[::2])
    step = (len(text) - _WIDTH) / (_WINDOWS - 1)
    if step <= _WIDTH:
        windows = text
    else:
        starts = [round(number * step) for number in range(_WINDOWS)]
        windows = " ".join(text[start : start + _WIDTH] for start in starts)
    return " ".join(_NO_LANGUAGE.sub(" ", windows).split())


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model once a process, limited to languages that ISO 639-1 has codes for."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    named = [code for code in identifier.labels if len(code) == 2]
    identifier.set_languages([*named, *_MEMBERS, _NO_WORDS])
    return identifier
