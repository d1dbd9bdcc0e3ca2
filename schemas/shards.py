"""Parquet schema of every file that a stage writes; field metadata gives units and meaning.

Column names equal the field names of `records.py`, where a record exists. A changed column needs a
new layout version (`layout` in the schema's metadata) and a line in CHANGELOG.md. The meanings are
part of the files: rewording one changes their bytes.
"""

import pyarrow as pa

_INT64, _FLOAT32, _STRING, _TIME = pa.int64(), pa.float32(), pa.string(), pa.timestamp("ms", "UTC")


def _field(name: str, data_type: pa.DataType, meaning: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, data_type, nullable, metadata={"meaning": meaning})


def _schema(layout: str, *fields: pa.Field) -> pa.Schema:
    return pa.schema(list(fields), metadata={"layout": layout})


_ID = _field("id", _INT64, "XXH3-64 of WARC file name and offset, signed")
_URL = _field("url", _STRING, "as the crawler asked for it")
_HOST = _field("host", _STRING, "lower case, without port")
_DOMAIN = _field("domain", _STRING, "registered domain by the public suffix list")
_LANGUAGE = (
    _field("language", _STRING, "ISO 639-1 code of the text, und where none was sure"),
    _field("language_probability", _FLOAT32, "of that code, .5 to 1; 0 for und"),
)
_TEXT = _field("text", _STRING, "main content in UTF-8, formulas as LaTeX between $ or $$")
_TOKENS = _field(
    "tokens", pa.int32(), "estimate: .3 a character and .15 for each UTF-8 byte beyond its first"
)
_FORMULAS = (
    _field("formulas", pa.int32(), "number of formulas in text"),
    _field("formulas_lost", pa.int32(), "number of [unreadable formula] in text"),
)
_PROSE = (
    _field("prose_words", pa.int32(), "words of text outside links and headings; a formula is one"),
    _field("link_share", _FLOAT32, "characters in links / characters of text, 0 to 1"),
)
_PROVENANCE = (
    _field("crawl", _STRING, "crawl the WARC file is part of"),
    _field("warc_file", _STRING, "path of the file from crawl-data/ on, or within --crawl"),
    _field("warc_offset", _INT64, "byte at which the record's gzip member or record begins"),
    _field(
        "warc_length", _INT64, "bytes from there that hold it; 0: shares its member (RawRecord)"
    ),
    _field("fetched_at", _TIME, "WARC-Date; null where it is missing", nullable=True),
)
_DIGEST = _field("text_digest", _STRING, "BLAKE2b-128 of text with white space collapsed, hex")
_SCORE = _field("score", _FLOAT32, "of mathematics by the round's classifier, 0 to 1")

PAGE = _schema(
    "page/4",
    *(_ID, _URL, _HOST, _DOMAIN, *_LANGUAGE, _TEXT, _TOKENS, *_FORMULAS, *_PROSE, *_PROVENANCE),
    _field("url_hash", _INT64, "XXH3-64 of the canonical URL, signed"),
    _DIGEST,
    _field("minhash_bands", pa.list_(_INT64), "one hash a band; two pages near-equal share one"),
    _field("sketch", pa.binary(), "256 least hashes of shingles, uint32 little-endian, sorted"),
)

FAILURE = _schema(
    "failure/1",
    _field("warc_file", _STRING, "path of the file from crawl-data/ on, or within --crawl"),
    _field("warc_offset", _INT64, "byte at which the damage or the record begins"),
    _field("url", _STRING, 'URL of the page; "" where it is not known'),
    _field("stage", _STRING, "read, decode or extract"),
    _field("reason", _STRING, "one word of a fixed set; counted in the manifest"),
    _field("message", _STRING, "what was seen there"),
)

INDEXED = _schema(
    "indexed/1",
    _field("url", _STRING, "of the record, by the index"),
    _field("url_hash", _INT64, "XXH3-64 of the canonical URL, signed"),
    _field("warc_file", _STRING, "path of the file, relative to the root of the crawl"),
    _field("warc_offset", _INT64, "byte at which the record's gzip member begins"),
    _field("warc_length", _INT64, "bytes from there that hold it"),
    _field("crawl", _STRING, 'crawl by the index; "" where it does not say'),
    _field("fetched_at", _TIME, "time of the fetch; null where it is missing", nullable=True),
)

SAMPLE = _schema(
    "sample/2",
    _ID,
    _field("label", _STRING, "math, other, or held_out: only scored, never trained on"),
    _field("rank", _INT64, "hash of id and round; the lowest are taken"),
    _DOMAIN,
    _field("text", _STRING, "normalised as the classifier reads it"),
)

HELD_OUT = _schema(
    "held_out/2",
    _field("label", _STRING, "math: of the seed; other: any pages; judged: pages of older crawls"),
    _field("source", _STRING, "seed, page or older"),
    _field("key", _STRING, 'registered domain; "" where there is none'),
    _field("id", _INT64, "of the page; null for a text of the seed", nullable=True),
    _SCORE,
)

SCORE = _schema("score/2", _ID, _SCORE.with_nullable(True))  # null for copies

HISTOGRAM = _schema(
    "histogram/1",
    _field("bin", _INT64, "score of the bin's lower edge, times 2**24; empty bins are left out"),
    _field("tokens", _INT64, "tokens of the collectable pages with a score in the bin"),
)

DRAWN = _schema(
    "drawn/1",
    _ID,
    _field("stratum", _STRING, "of its score: see transforms/judging/strata.py"),
    _field("probability", pa.float64(), "of drawing it, the maximum over draws"),
    _SCORE,
    _field("language", _STRING, "ISO 639-1 code of the text, and where none was sure"),
    _URL,
    _field("text", _STRING, "the beginning of the page's text, on one line"),
    _field("warc_file", _STRING, "path of the file from crawl-data/ on, or within --crawl"),
    _field("warc_offset", _INT64, "byte at which the record's gzip member or record begins"),
)

LOCATED = _schema(
    "located/1",
    _ID,
    _field("kept_id", _INT64, "of the copy that is kept: its own id, or that of another page"),
    _field("language", _STRING, "ISO 639-1 code of the text, and where none was sure"),
)

JUDGED_SCORE = _schema(
    "judged_score/1",
    _ID,
    _field("score", _FLOAT32, "null: not collected at any cutoff", nullable=True),
)

KEPT = _schema(
    "kept/1",
    *(_ID, _URL, _DOMAIN, _TEXT, _TOKENS, *_PROSE),
)

CARRIED = _schema(
    "carried/1",
    *(_ID, _URL, _DOMAIN),
    _field("verdict", _STRING, "math, partly or no"),
    _field("weight", pa.float64(), "pages of its crawl that the page stands for"),
    *(_TEXT, _TOKENS, *_PROSE),
)

COLLECTED = _schema(
    "collected/1",
    _ID,
    _field("collected", pa.bool_(), "by this round: score at or above its cutoff, long enough"),
)

DOMAIN = _schema(
    "domain/2",  # those with most uncollected pages first
    _DOMAIN,
    _field("pages", _INT64, "pages of the domain, without copies"),
    _field("collected", _INT64, "of them collected by the round; domains with none are left out"),
    _field("tokens", _INT64, "tokens of its pages"),
    _field("collected_tokens", _INT64, "tokens of its collected pages"),
    _field("share", _FLOAT32, "collected / pages"),
    _field(
        "mathematical", pa.bool_(), "share above domain_share, of at least domain_min_pages pages"
    ),
)

_SAMPLE_PAGE = pa.struct(
    [
        _field("url", _STRING, "of the page"),
        _field("title", _STRING, "first heading of its text, or first line"),
        _field("opening", _STRING, "first 300 characters of its text"),
        _field("score", _FLOAT32, "by the round's classifier"),
    ]
)

CANDIDATE = _schema(
    "candidate/2",  # those with most expected_tokens first
    _field("pattern", _STRING, "as in patterns.csv"),
    _field("pages", _INT64, "pages that the pattern matches, without copies"),
    _field("collected", _INT64, "of them collected by the round"),
    _field("share", _FLOAT32, "collected / pages"),
    _field("divided", pa.bool_(), "more specific candidates match some of its pages"),
    _field("own_pages", _INT64, "pages that no more specific candidate matches"),
    _field("own_collected", _INT64, "of them collected by the round"),
    _field("probability", _FLOAT32, "mean probability of mathematics of the own pages"),
    _field("score_p10", _FLOAT32, "a tenth of the own pages have at most this score"),
    _field("score_p50", _FLOAT32, "median score of the own pages"),
    _field("score_p90", _FLOAT32, "nine tenths of the own pages have at most this score"),
    _field("uncollected_tokens", _INT64, "tokens that accepting it would add to the seed"),
    _field("expected_tokens", _INT64, "the same, each page times its probability of mathematics"),
    _field(
        "samples", pa.list_(_SAMPLE_PAGE), "ten of the own pages, evenly spaced by URL; by score"
    ),
)

DUPLICATE = _schema(
    "duplicate/3",
    _ID,
    _field("keep", pa.bool_(), "no better copy was found"),
    _field("duplicate_of", _INT64, "id of the copy that is kept", nullable=True),
    _field("reason", _STRING, "of the closest pair: url, text or minhash", nullable=True),
    _field("similarity", _FLOAT32, "of that pair: Jaccard of shingles, estimated", nullable=True),
    _field("copies", _INT64, "pages that are copies of a kept page; else null", nullable=True),
)

_REASON = _field("reason", pa.uint8(), "0 one canonical URL, 1 one text, 2 a common MinHash band")
_SIMILARITY = _field("similarity", _FLOAT32, "Jaccard of shingles, estimated")

PAIR = _schema(
    "pair/1",
    _field("a", _INT64, "number of a shard times 2**32, plus the row of a page there"),
    _field("b", _INT64, "another page, a copy of it"),
    *(_REASON, _SIMILARITY),
)

COPY = _schema(
    "copy/1",
    _field("node", _INT64, "number of a shard times 2**32, plus the row of a page there"),
    *(_ID, _FORMULAS[0], _TOKENS),
    _field("url_length", pa.int32(), "characters of the canonical URL"),
    _field("fetched", _INT64, "milliseconds since 1970"),
    _field("is_old", pa.bool_(), "of an older crawl"),
)

EDGE = _schema(
    "edge/1",
    _field("node", _INT64, "a page in a pair"),
    _field("least", _INT64, "a lesser one, connected by pairs; in the last round the least of all"),
)

REPEATED_LINES = _schema(
    "repeated_lines/1",
    _ID,
    _field("lines", pa.list_(pa.int32()), "numbers, from 0, of those that its host repeats"),
)

CLEANED_COPY = _schema(
    "cleaned_copy/1",
    _ID,
    _field("duplicate_of", _INT64, "id of the copy that is kept; equal without repeated lines"),
)

CORPUS = _schema(
    "corpus/6",
    *(_ID, _URL, _HOST, _DOMAIN, *_LANGUAGE, _TEXT, _SCORE),
    _field(
        "probability",
        _FLOAT32,
        "of mathematics, by the score; fitted_to: judged, carried or held-out",
    ),
    _field("tokens", pa.int32(), "of text, by the tokenizer or estimate that tokens_by names"),
    *_FORMULAS,
    _field("formula_share", _FLOAT32, "characters of text within formulas / characters, 0 to 1"),
    _field("prose_words", pa.int32(), "words outside links and headings; page as extracted"),
    _field("link_share", _FLOAT32, "characters in links / characters, 0 to 1; page as extracted"),
    _field("copies", _INT64, "other pages of the crawl that were dropped as copies of this one"),
    _field("round", pa.int32(), "first round that collected the page"),
    _field(
        "benchmark_items", pa.list_(pa.string()), "found in the page: path of the benchmark # row"
    ),
    *_PROVENANCE,
    _DIGEST,
)

PROBLEM = _schema(
    "problem/1",
    _field("question", _STRING, "with all that it needs, and the options of a multiple choice"),
    _field("answer", _STRING, "final answer, as training/verifier reads it"),
    _field("solution", _STRING, "what the page writes to it; the answer alone if nothing else"),
    _field("kind", _STRING, "rule that found it: see transforms/problems/candidate.py"),
    _URL,
    _field("id", _INT64, "of the page in the corpus"),
)

_FOUND = (
    _field("benchmark", _STRING, "path of the file within --benchmarks, without its suffix"),
    _field("item", _INT64, "row of the benchmark, from 0"),
    _field("part", _STRING, "question or solution"),
    _field("matched", _STRING, "the text from the first to the last token that matched"),
    _field("coverage", _FLOAT32, "tokens of the part that were found / its tokens, 0 to 1"),
    _field("start", _INT64, "character of the text, before anything was removed"),
    _field("end", _INT64, "character after the last"),
    _field("done", _STRING, "lines removed, page removed, or marked"),
)
CONTAMINATION = _schema("contamination/1", _ID, _URL, *_FOUND)
FOUND_IN_ROW = _schema("found_in_row/1", _field("row", _INT64, "of the file, from 0"), *_FOUND)

HOSTS = _schema(
    "hosts/1",
    _field("ngram", _INT64, "number in the index of benchmarks, ascending"),
    _field("hosts", _INT64, "hosts of collected pages that have it; those of one are left out"),
)
