"""One captured HTML page to one record with all that later stages need."""

from hashlib import blake2b

from xxhash import xxh3_64_intdigest

from schemas.records import Page
from schemas.settings import Prepare
from transforms.detect_language import detect_language
from transforms.extract_text import extract
from transforms.minhash_bands import minhash_bands
from transforms.read_warc import Capture, Dropped
from transforms.run_guarded import run_guarded
from transforms.url_keys import host, registered_domain, url_key


def make_page(capture: Capture, warc_file: str, crawl: str, settings: Prepare) -> Page | Dropped:
    """Parse the HTML, once and for all, in a process of its own.

    Dropped are pages without text (`no_text`) and in languages that are not asked for (`language`).
    Raises HostilePageError for pages that are set aside: see `check_limits` and `run_guarded`.
    """
    extraction = run_guarded(
        extract, capture.html, capture.content_type, seconds=settings.page_seconds
    )
    text = extraction.text.strip()
    if not text:
        return Dropped("no_text")
    language, probability = detect_language(text)
    if settings.languages and language not in settings.languages:
        return Dropped("language")
    minhash = settings.minhash
    page_host = host(capture.url)
    return Page(
        id=hash64(f"{warc_file}\n{capture.offset}"),
        url=capture.url,
        host=page_host,
        domain=registered_domain(page_host),
        language=language,
        language_probability=probability,
        text=text,
        tokens=estimate_tokens(text),
        formulas=extraction.formulas,
        crawl=crawl,
        warc_file=warc_file,
        warc_offset=capture.offset,
        warc_length=capture.length,
        fetched_at=capture.fetched_at,
        url_hash=hash64(url_key(capture.url)),
        text_digest=text_digest(text),
        minhash_bands=minhash_bands(
            text, bands=minhash.bands, rows=minhash.rows, shingle=minhash.shingle
        ),
    )


def hash64(text: str) -> int:
    """Return XXH3-64 of a text as a signed integer, as Parquet's int64 holds it."""
    value = xxh3_64_intdigest(text.encode())
    return value - (1 << 64) if value >> 63 else value


def text_digest(text: str) -> str:
    """Return what texts have in common that differ in white space alone."""
    return blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a language model reads in `text`.

    DeepSeek's rule of thumb: .3 a character of English, .6 a character of Chinese; between them,
    .15 for each character and each byte of UTF-8. No tokenizer is asked, so it costs nothing.

    >>> estimate_tokens("ten letters " * 10), estimate_tokens("数学" * 10)
    (36, 12)
    """
    return 3 * (len(text) + len(text.encode())) // 20
