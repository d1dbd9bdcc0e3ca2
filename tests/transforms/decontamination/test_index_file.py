import dataclasses

import numpy as np
import pytest

from schemas.benchmarks import BenchmarkItem
from schemas.errors import DamagedFileError
from tests.helpers.trees import tree
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import load_index, save_index


def index(*questions):
    items = [BenchmarkItem("bench", i, text, "") for i, text in enumerate(questions)]
    return index_benchmarks(items, 4, 2)


def as_lists(part):
    return {
        field.name: as_lists(value)
        if dataclasses.is_dataclass(value := getattr(part, field.name))
        else np.asarray(value).tolist()
        for field in dataclasses.fields(part)
    }


@pytest.mark.parametrize("questions", [("a b", "a b 1", "one two three four five"), ("a b",), ()])
def test_an_index_is_read_as_it_was_saved(tmp_path, questions):
    saved, output = index(*questions), tree(tmp_path)
    file = save_index(saved, output)
    assert as_lists(load_index(file, output)) == as_lists(saved)
    assert file.rows == len(saved.ngrams.hashes)


def test_an_index_is_mapped_into_memory_and_shared(tmp_path):
    output = tree(tmp_path)
    file = save_index(index("one two three four five"), output)
    read = load_index(file, output)
    assert not read.ngrams.hashes.flags.owndata
    assert not read.ngrams.bitmap.flags.writeable
    assert load_index(file, output) is read


def test_an_index_that_was_replaced_is_read_again(tmp_path):
    output = tree(tmp_path)
    load_index(save_index(index("a b"), output), output)
    other = index("c d", "e f g h i")
    assert as_lists(load_index(save_index(other, output), output)) == as_lists(other)


def test_the_same_benchmarks_give_the_same_bytes(tmp_path):
    first, second = (save_index(index("a b", "c d e f g"), tree(tmp_path / x)) for x in "12")
    assert first == second


def test_a_damaged_index_is_refused(tmp_path):
    output = tree(tmp_path)
    file = save_index(index("one two three four"), output)
    (tmp_path / file.path).write_bytes(b"no index")
    with pytest.raises(DamagedFileError, match=r"remove .*corpus and run `mathmine write`"):
        load_index(file, output)
