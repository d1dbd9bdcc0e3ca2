import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from tests.helpers.trees import read, tree
from transforms.decontamination.count_hosts import CountHosts, add_hosts
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import load_index, save_index
from transforms.decontamination.normalise import hash_ngrams, tokenize

WORDS = "one two three four five six seven eight nine ten eleven twelve"
SETS = st.lists(st.lists(st.integers(0, 1000), max_size=400), max_size=4)


def test_ngrams_are_counted_by_host(tmp_path):
    output = tree(tmp_path)
    benchmarks = index_benchmarks([BenchmarkItem("b", 0, WORDS, "")], 10, 3)
    index = save_index(benchmarks, output)
    first = " ".join(WORDS.split()[:10])
    files = {
        "x": [("a.org", WORDS), ("a.org", WORDS), ("b.org", "other words")],
        "y": [("b.org", f"so {first} so"), ("c.org", first)],
    }
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        counted = pipeline | beam.Create(list(files)) | CountHosts(files.get, index, output)
        assert_that(counted | beam.Map(lambda file: file.rows), equal_to([1]))
    [row] = read(output, "decontamination/hosts.parquet")
    [number] = load_index(index, output).find(hash_ngrams(tokenize(first).hashes, 10))[1]
    assert row == {"ngram": number, "hosts": 3}


@given(SETS)
def test_hosts_are_added_up_in_any_order_to_the_same_count(sets):
    together = add_hosts(sets)
    assert add_hosts([together, *sets[:1]]) == together
    assert add_hosts(map(lambda hosts: add_hosts([hosts]), reversed(sets))) == together
    assert len(together) == min(256, len(set().union(*sets)))
