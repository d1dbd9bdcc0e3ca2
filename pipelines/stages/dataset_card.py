"""Write the dataset card of a corpus: `README.md` of a dataset repository of Hugging Face.

The repository is the output folder: the card, `manifest.json` and `corpus/`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.round_report import BASES
from schemas import shards
from schemas.manifest import NO_BENCHMARKS

CARD = "README.md"
_SIZES = (  # of Hugging Face: fewer rows than the number, and the name
    *((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M")),
    *((10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B")),
)
_LANGUAGES = 10  # in the table of languages
_LANGUAGE = "language."  # begins the names of counters
_TYPES = {pa.timestamp("ms", "UTC"): "timestamp[ms, tz=UTC]", pa.float32(): "float32"}
_NAMES = {"math": "mathematics"}  # of topics; others are named as they are


def dataset_card(manifest: Mapping[str, Any]) -> str:
    """Return the card of a corpus, given the content of its `manifest.json`."""
    topic = manifest["settings"]["write"]["topic"]
    sections = (
        _front_matter(topic, manifest),
        _introduction(_NAMES.get(topic, topic), manifest),
        f"## Load it\n\n{_how_to_load(topic)}",
        f"## Columns\n\n{_columns()}",
        f"## How it was made\n\n{_how_made(manifest)}",
        f"## Licence\n\n{_LICENCE}",
        f"## Check it\n\n{_CHECK}",
    )
    return "\n".join(f"{section.rstrip()}\n" for section in sections)


def _front_matter(topic: str, manifest: Mapping[str, Any]) -> str:
    rows = manifest["corpus"]["pages"]
    codes = sorted(code for code in _languages(manifest) if code != "und")
    size = next((name for most, name in _SIZES if rows < most), "10B<n<100B")
    files = f"corpus/{topic}-*.parquet"
    return "\n".join(
        [
            "---",
            f"pretty_name: {_NAMES.get(topic, topic).capitalize()} from the web",
            *(["language:", *(f"- {code!r}" for code in codes)] if codes else []),
            "license: other",
            "license_name: rights-of-the-pages",
            "task_categories:\n- text-generation",
            f"size_categories:\n- {size}",
            f"tags:\n- {_NAMES.get(topic, topic)}\n- pretraining\n- mathmine",
            "configs:\n- config_name: default",
            f"  data_files:\n  - split: train\n    path: {files}",
            "dataset_info:\n  features:",
            *(f"  - name: {field.name}\n    {_feature(field.type)}" for field in shards.CORPUS),
            f"  splits:\n  - name: train\n    num_bytes: {manifest['corpus']['text_bytes']}",
            f"    num_examples: {rows}",
            f"  download_size: {_bytes(manifest)}",
            f"  dataset_size: {manifest['corpus']['text_bytes']}",
            "---",
        ]
    )


def _feature(data_type: pa.DataType) -> str:
    """Return a type as `datasets` names it.

    >>> _feature(pa.float32()), _feature(pa.list_(pa.string()))
    ('dtype: float32', 'list: string')
    """
    if pa.types.is_list(data_type):
        return f"list: {_dtype(data_type.value_type)}"
    return f"dtype: {_dtype(data_type)}"


def _dtype(data_type: pa.DataType) -> str:
    return _TYPES.get(data_type, str(data_type))


def _introduction(topic: str, manifest: Mapping[str, Any]) -> str:
    counters, result = manifest["corpus"], manifest["result"]
    figures = [
        ("pages", f"{counters['pages']:,}"),
        (f"tokens ({_tokens_by(manifest)})", f"{counters['tokens']:,}"),
        ("formulas", f"{counters['formulas']:,}"),
        ("bytes of text", f"{counters['text_bytes']:,}"),
        ("files", f"{len(manifest['files']):,}"),
        ("bytes of the files", f"{_bytes(manifest):,}"),
    ]
    languages = sorted(_languages(manifest).items(), key=lambda item: (-item[1], item[0]))
    shown = [(code, f"{pages:,}") for code, pages in languages[:_LANGUAGES]]
    if rest := languages[_LANGUAGES:]:
        shown.append((f"{len(rest)} others", f"{sum(pages for _, pages in rest):,}"))
    quality = [f"**{result['certificate'][:1].upper()}{result['certificate'][1:]}.**"]
    quality += [line for line in (_estimates(result["estimates"]), result["unattended"]) if line]
    return "\n\n".join(
        [
            f"# {topic.capitalize()} from the web",
            f"Web pages about {topic} as text, with formulas as LaTeX between `$` and `$$`, mined "
            "from WARC files with mathmine, an implementation of the loop of "
            "[DeepSeekMath](https://arxiv.org/abs/2402.03300). `manifest.json` has all figures, "
            "settings and digests.",
            _markdown(("", "number"), figures),
            _markdown(("language (ISO 639-1)", "pages"), shown),
            *quality,
        ]
    )


def _estimates(estimates: Mapping[str, Any]) -> str:
    """Return the precision and recall on judged pages as a sentence; "" without such pages."""
    if not (overall := estimates.get("overall")):
        return ""
    shares = [
        f"{name} {value['estimate']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
        for name in ("precision", "recall")
        if (value := overall.get(name)) and value["estimate"] is not None
    ]
    return (
        f"{overall['judged']:,} pages were judged: {', '.join(shares) or 'too few to say'}; "
        "intervals with 95 % confidence."
    )


def _how_to_load(topic: str) -> str:
    files = f"PATH/corpus/{topic}-*.parquet"
    return f"""`PATH` is this folder, or for `load_dataset` also the name of its copy on the Hub.

```python
from datasets import load_dataset

corpus = load_dataset("PATH", split="train", streaming=True)
for page in corpus.filter(lambda page: page["probability"] > 0.9):
    print(page["url"], page["text"][:100])

import duckdb

duckdb.sql("SELECT domain, sum(tokens) FROM '{files}' GROUP BY domain").show()

import pandas

pandas.read_parquet("PATH/corpus", columns=["url", "text", "tokens"])

import polars

polars.scan_parquet("{files}").filter(polars.col("formulas") > 10).collect()
```"""


def _columns() -> str:
    meanings = [(field.name, field.metadata[b"meaning"].decode()) for field in shards.CORPUS]
    rows = [(f"`{name}`", meaning.replace("|", "\\|")) for name, meaning in meanings]
    return (
        f"{_markdown(('column', 'meaning'), rows)}\n\nRows are sorted by `domain` and `url` within "
        "a file; texts are unique up to nearly equal copies."
    )


def _how_made(manifest: Mapping[str, Any]) -> str:
    prepare, result = manifest["prepare"], manifest["result"]
    figures = manifest["rounds"][result["round"] - 1]
    duplicates = _total(manifest["dedup"], "duplicates.")
    lines = [
        f"- {len(manifest['crawl']):,} WARC files with {prepare.get('records', 0):,} records: "
        f"{prepare.get('pages', 0):,} pages, {_total(prepare, 'dropped.'):,} records dropped by "
        f"rule, {_total(prepare, 'failed.'):,} failed.",
        *_fetched(manifest),
        f"- {duplicates:,} pages were copies of others by URL, text or MinHash; the best copy of "
        "each is kept.",
        f"- Round {result['round']} of mining collected the pages with a score of at least "
        f"{figures['cutoff']:.4f} (probability {figures['probability']:.2f}, fitted to "
        f"{BASES[figures['calibrated_on']]}); the cutoff was found by `{figures['cut']}`. "
        f"{result['stopped']}",
        *(f"- {line}" for line in _cleaning(manifest)),
        f"- Code: mathmine {manifest['code'].get('write', '')}; layout {manifest['layout']}.",
    ]
    return "\n".join(lines)


def _fetched(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many of the records are not of the WARC files of the crawl."""
    if expansions := manifest.get("expansions"):
        yield (
            f"- {manifest['prepare'].get('fetched', 0):,} of the records were fetched from "
            f"{len(expansions['warc_files']):,} other WARC files, in whose index their URLs match "
            "accepted patterns."
        )


def _cleaning(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was removed from the text of collected pages, and from which of them all."""
    counters = manifest["corpus"]
    if "repeated_lines" in counters:
        yield (
            f"{counters['repeated_lines']:,} lines that most pages of their host share were "
            f"removed, and {counters.get('copies_without_lines', 0):,} pages that are equal to "
            "others without such lines."
        )
    yield _decontamination(manifest["benchmarks"], manifest["settings"]["write"], counters)
    if emptied := counters.get("emptied_pages", 0):
        yield f"{emptied:,} pages of which nothing was left were dropped."


def _decontamination(
    benchmarks: Mapping[str, str] | str, settings: Mapping[str, Any], counters: Mapping[str, int]
) -> str:
    if benchmarks == NO_BENCHMARKS:
        return "**Text of benchmarks was not removed.**"
    pages = f"{counters.get('contaminated_pages', 0):,} pages"
    done = {
        "segment": f"{counters.get('contaminated_segments', 0):,} lines of {pages} were removed",
        "page": f"{pages} were dropped",
        "mark": f"nothing was removed from the {pages} that have some",
    }[settings["decontamination"]["policy"]]
    return (
        f"Text of {len(benchmarks):,} benchmark files was looked for: {done}. `manifest.json` has "
        "their names and digests, the column `benchmark_items` what was found."
    )


_LICENCE = (
    "The pages are copyright of their authors, who have not licensed them here; what rights you "
    "have in them depends on each page and on your jurisdiction. Data of Common Crawl come with "
    "[its terms of use](https://commoncrawl.org/terms-of-use). Every row has the `url`, the time "
    "of the fetch and the position in the WARC file, so that you can look up the terms of a page "
    "and honour requests to remove it. Nobody has looked for personal data, or for opt-outs that "
    "sites stated after the crawl. State the licence of your compilation, if any, in the metadata "
    "above."
)

_CHECK = (
    "`mathmine verify PATH` compares every file with `manifest.json`, also after a download: "
    "digests, rows and counts. In the output folder of the run, `mathmine trace ID --out PATH` "
    "says where a row comes from, why it was collected and what was removed from it."
)


def _languages(manifest: Mapping[str, Any]) -> dict[str, int]:
    counters = manifest["corpus"].items()
    return {
        name.removeprefix(_LANGUAGE): count
        for name, count in counters
        if name.startswith(_LANGUAGE)
    }


def _tokens_by(manifest: Mapping[str, Any]) -> str:
    counted = manifest["tokens_by"]
    return "estimated" if isinstance(counted, str) else f"by {', '.join(counted)}"


def _bytes(manifest: Mapping[str, Any]) -> int:
    return sum(file["bytes"] for file in manifest["files"])


def _total(counters: Mapping[str, int], prefix: str) -> int:
    return sum(count for name, count in counters.items() if name.startswith(prefix))


def _markdown(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
