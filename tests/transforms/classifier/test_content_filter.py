import pyarrow as pa
import pytest

from schemas.settings import Rounds
from transforms.classifier.content_filter import ContentFilter, has_content

PAGE = {"tokens": 100, "prose_words": 50, "link_share": 0.5}


def passes(content, **changes):
    [result] = has_content(pa.Table.from_pylist([PAGE | changes]), content).tolist()
    return result


def test_the_limits_themselves_pass():
    content = ContentFilter.from_settings(Rounds())
    assert content == ContentFilter(100, 50, 0.5)
    assert passes(content)


@pytest.mark.parametrize("change", [{"tokens": 99}, {"prose_words": 49}, {"link_share": 0.51}])
def test_a_page_beyond_any_limit_does_not_pass(change):
    assert not passes(ContentFilter(100, 50, 0.5), **change)
    assert passes(ContentFilter(0), **change)


def test_a_share_is_compared_in_the_precision_of_the_column():
    rows = pa.table(
        {"tokens": [1], "prose_words": [1], "link_share": pa.array([0.3], pa.float32())}
    )
    assert has_content(rows, ContentFilter(0, 0, 0.3)).tolist() == [True]
