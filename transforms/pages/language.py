"""Detect the language of a text, and its probability, with a model bundled with its package.

py3langid: naive Bayes over byte n-grams of 139 languages, BSD licence, needs only numpy. It reads
a few short windows, evenly spaced, so that a menu at the top of a page does not outweigh the
article. Windows are taken from the words that are left without formulas and code, and only
languages that are written in the script of most of these words count.
"""

import re
from functools import lru_cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
_WINDOWS, _WIDTH = 5, 40  # number, and characters of each; the time grows with their product
_MAX_CHARACTERS = 1_000_000  # at the start of a text; windows are taken from these
_MIN_PROBABILITY = 0.5  # one page in 200 has a lower one although its language is correct
_CODE = "```"
_NEAR, _REACH = 80, 400  # characters in which the words of a window are first, and last, searched
_LONGEST_WORD = 20  # that a window does not begin within
_FORMULA = re.compile(r"(?<!\\)\$(?:\$[^$]*+\$\$|[^$\n]{1,2000}+\$)")
# Commands, numbers, and words with symbols: URLs, code, the rest of a formula that a window cuts.
# Only used on windows, since it is slow on long texts.
_NOT_PROSE = re.compile(
    r"\\[a-zA-Z]+|[!-~]*[\\_=<>{}|@/^#][!-~]*|[a-zA-Z]?\d+|(?<![^\W\d_])[a-z](?![^\W\d_])|(?<!\S)[^\w\s]{1,3}(?!\S)"
)
_NO_LANGUAGE = "zxx"  # the model's class of text without linguistic content
_MACROLANGUAGES = {"yue": "zh", "wuu": "zh", "ary": "ar", "arz": "ar"}  # by member
_SCRIPTS = (  # letters of a script, and the languages that are written in it
    ("[\u0400-\u052f]", "be bg mk ru sr uk kk ky mn tg tt ba uz"),
    ("[\u4e00-\u9fff\u3400-\u4dbf]", "zh yue wuu ja"),
    ("[\u3040-\u30ff]", "ja"),
    ("[\uac00-\ud7a3\u1100-\u11ff]", "ko"),
    ("[\u0600-\u06ff\u0750-\u077f]", "ar fa ur ug ps ku ary arz"),
    ("[\u0370-\u03ff\u1f00-\u1fff]", "el"),
    ("[\u0590-\u05ff]", "he"),
    ("[\u0900-\u097f]", "hi mr ne sa"),
    ("[\u0980-\u09ff]", "bn as"),
    ("[\u0a00-\u0a7f]", "pa"),
    ("[\u0a80-\u0aff]", "gu"),
    ("[\u0b00-\u0b7f]", "or"),
    ("[\u0b80-\u0bff]", "ta"),
    ("[\u0c00-\u0c7f]", "te"),
    ("[\u0c80-\u0cff]", "kn"),
    ("[\u0d00-\u0d7f]", "ml"),
    ("[\u0d80-\u0dff]", "si"),
    ("[\u0e00-\u0e7f]", "th"),
    ("[\u0e80-\u0eff]", "lo"),
    ("[\u0f00-\u0fff]", "dz"),
    ("[\u1000-\u109f]", "my"),
    ("[\u10a0-\u10ff]", "ka"),
    ("[\u0530-\u058f]", "hy"),
    ("[\u1200-\u137f]", "am"),
    ("[\u1780-\u17ff]", "km"),
)
_IN_SCRIPT = tuple((re.compile(letters), frozenset(codes.split())) for letters, codes in _SCRIPTS)
_WIDE = frozenset(["zh", "ja", "ko"])
_ALSO_LATIN = frozenset(["sr", "uz", "ku"])
_NOT_LATIN = frozenset().union(*(codes for _, codes in _IN_SCRIPT)) - _ALSO_LATIN
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")


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
    member = language in _MACROLANGUAGES or language in _MACROLANGUAGES.values()
    if member or not _is_possible(language, sample):
        language, probability = _most_likely(sample)
    if probability < _MIN_PROBABILITY or language == _NO_LANGUAGE:
        return UNDETERMINED, 0.0
    # Rounded because processors differ in the last digits of a sum.
    return language, min(round(float(probability), 3), 1.0)


def _most_likely(sample: str) -> tuple[str, float]:
    """Return the most likely language in the script of a sample; members of one add up."""
    sums: dict[str, float] = {}
    for code, probability in _identifier().rank(sample):
        if _is_possible(code, sample):
            code = _MACROLANGUAGES.get(code, code)
            sums[code] = sums.get(code, 0.0) + float(probability)
    language = max(sums, key=lambda code: sums[code])
    total = sum(sums.values())
    return language, sums[language] / total if total > 0 else 0.0


def _is_possible(language: str, sample: str) -> bool:
    """Return whether a language is written in the script of most letters of a sample."""
    codes = _codes_in_script(sample)
    return language in codes if codes else language not in _NOT_LATIN


@lru_cache(maxsize=16)
def _codes_in_script(sample: str) -> frozenset[str]:
    """Return the languages in the script of most letters; none for the Latin script."""
    if sample.isascii():
        return frozenset()
    counts = {codes: len(letters.findall(sample)) for letters, codes in _IN_SCRIPT}
    codes = max(counts, key=lambda codes: counts[codes])
    latin = len(_LATIN.findall(sample))
    # An ideograph or syllable is worth several letters.
    return codes if counts[codes] * (3 if codes & _WIDE else 1) > latin else frozenset()


def _sample(text: str) -> str:
    """Return the words in evenly spaced windows of a text, including its start and its end."""
    text = text[:_MAX_CHARACTERS]
    if _CODE in text:
        text = " ".join(text.split(_CODE)[::2])
    if "$" in text:
        text = _FORMULA.sub(" ", text)
    step = (len(text) - _WIDTH) / (_WINDOWS - 1)
    if step <= _WIDTH:
        return _words(text)
    starts = [round(number * step) for number in range(_WINDOWS)]
    reach = min(_REACH, int(step))
    return " ".join(filter(None, (_window(text, start, reach) for start in starts)))


def _window(text: str, start: int, reach: int) -> str:
    """Return the first words after `start`; near the end of the text, the last ones."""
    start = min(start, len(text) - reach)
    if start > 0:
        start = max(start, text.find(" ", start, start + _LONGEST_WORD))
    words = _words(text[start : start + _NEAR])
    if len(words) < _WIDTH < reach:
        words = _words(text[start : start + reach])
    return words[:_WIDTH]


def _words(text: str) -> str:
    return " ".join(_NOT_PROSE.sub(" ", text).split())


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model once per process, limited to languages with an ISO 639-1 code."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    codes = [code for code in identifier.labels if len(code) == 2]
    identifier.set_languages([*codes, *_MACROLANGUAGES, _NO_LANGUAGE])
    # Selecting languages leaves a column per language in memory; rows are read.
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc)
    return identifier
