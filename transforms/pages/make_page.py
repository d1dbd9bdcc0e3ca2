"""Turn a captured HTML page into one record with all that later stages need."""

from apache_beam.metrics import Metrics

from schemas.records import UNREADABLE_FORMULA, Page
from schemas.settings import Prepare
from transforms.dedup.minhash import signature
from transforms.html.sandbox import run_in_sandbox
from transforms.pages.cpu_time import with_cpu_time
from transforms.pages.extract import extract
from transforms.pages.language import detect_language
from transforms.storage.map_shards import METRICS
from transforms.text.fingerprints import estimate_tokens, hash64, page_id, text_digest
from transforms.text.urls import host, registered_domain, url_key
from transforms.warc.read import Capture, Dropped

_CPU_MICROSECONDS = Metrics.counter(METRICS, "cpu_microseconds")  # of pages that were extracted


def make_page(capture: Capture, warc_file: str, crawl: str, settings: Prepare) -> Page | Dropped:
    """Extract a page in a child process; this is the only time that its HTML is parsed.

    Returns Dropped for a page without text (`no_text`), and for one in a language that is not in
    the settings (`language`).
    Raises HostilePageError for a rejected page: see `check_limits` and `run_in_sandbox`.
    """
    extraction, cpu_seconds = run_in_sandbox(
        with_cpu_time, extract, capture.html, capture.content_type, seconds=settings.page_seconds
    )
    _CPU_MICROSECONDS.inc(round(1_000_000 * cpu_seconds))
    text = extraction.text.strip()
    if not text:
        return Dropped("no_text")
    language, probability = detect_language(text)
    if settings.languages and language not in settings.languages:
        return Dropped("language")
    minhash = settings.minhash
    bands, sketch = signature(text, bands=minhash.bands, rows=minhash.rows, shingle=minhash.shingle)
    page_host = host(capture.url)
    return Page(
        id=page_id(warc_file, capture.offset, capture.number),
        url=capture.url,
        host=page_host,
        domain=registered_domain(page_host),
        language=language,
        language_probability=probability,
        text=text,
        tokens=estimate_tokens(text),
        formulas=extraction.formulas,
        formulas_lost=text.count(UNREADABLE_FORMULA),
        prose_words=extraction.prose_words,
        link_share=extraction.link_share,
        crawl=crawl,
        warc_file=warc_file,
        warc_offset=capture.offset,
        warc_length=capture.length,
        fetched_at=capture.fetched_at,
        url_hash=hash64(url_key(capture.url)),
        text_digest=text_digest(text),
        minhash_bands=bands,
        sketch=sketch,
    )
