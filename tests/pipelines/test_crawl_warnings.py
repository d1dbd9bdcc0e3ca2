from pipelines.crawl_warnings import crawl_warnings
from schemas.manifest import Identity, Manifest, Output


def pages(rows, **counters):
    """A manifest of pages: `rows` are those of each file, by name."""
    names = {"a/x.warc": "a%2Fx.warc"}
    return Manifest(
        identity=Identity(stage="prepare", settings={}, inputs={name: {} for name in rows}),
        complete=True,
        outputs=[
            Output(path=f"pages/{names.get(name, name)}.parquet", rows=count, bytes=1, sha256="")
            for name, count in rows.items()
        ],
        counters={name.replace("_", ".", 1): count for name, count in counters.items()},
    )


def test_an_ordinary_crawl_has_no_warning():
    counters = {"records": 1000, "pages": 100, "dropped_status": 50, "dropped_not_html": 40}
    ordinary = pages({"a": 60, "b": 40}, **counters, dropped_not_response=800, dropped_empty=10)
    assert crawl_warnings(ordinary) == []


def test_files_without_pages_are_named():
    files = {"a/x.warc": 0, "b": 9, "c": 0}
    assert crawl_warnings(pages(files, records=9, pages=9)) == [
        "Warning: 2 of 3 WARC files have no page: a/x.warc, c."
    ]
    many = {f"f{number:04}": 0 for number in range(1200)}
    assert crawl_warnings(pages(many)) == [
        "Warning: 1,200 of 1,200 WARC files have no page: f0000, f0001, f0002, f0003, f0004 and "
        "1,195 more."
    ]


def test_an_unusual_reason_for_more_than_a_twentieth_of_the_responses_is_named():
    counters = {"records": 1100, "dropped_not_response": 100, "pages": 1}
    warned = pages({"a": 1}, **counters, failed_bad_encoding=200, dropped_empty=51)
    assert crawl_warnings(warned) == [
        "Warning: 200 of 1,000 responses (20%) failed: bad encoding; usually less than 5% are.",
        "Warning: 51 of 1,000 responses (5%) dropped: empty; usually less than 5% are.",
    ]
    assert crawl_warnings(pages({"a": 1}, **counters, dropped_empty=50)) == []
