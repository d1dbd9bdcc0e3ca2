from hypothesis import given
from hypothesis import strategies as st

from transforms.line_cleaning.find_repeated import count_lines, repeated_keys
from transforms.line_cleaning.repeatable_lines import line_key

BANNER = "Skip to the main content of this page"  # seven words
SHORT = "PrevTopNext"


def repeated(shards, hosts, share=0.5):
    """The keys that are repeated in the pages of shards: lists of (host, text)."""
    packed = {}
    for pages in shards:
        for partition, rows in count_lines(pages, hosts, share):
            packed.setdefault(partition, []).append(rows)
    return {key for item in packed.items() for key in repeated_keys(item)}


def pages(host, *texts):
    return [(host, text) for text in texts]


def test_a_line_is_repeated_if_the_share_of_pages_has_it():
    key = line_key("a.org", BANNER)
    with_line, without = pages("a.org", BANNER), pages("a.org", "other")
    assert repeated([with_line * 10, without * 10], {"a.org": 20}) == {key}
    assert repeated([with_line * 9, without * 11], {"a.org": 20}) == set()


def test_a_short_line_is_repeated_if_nearly_all_pages_have_it():
    key = line_key("a.org", SHORT)
    assert repeated([pages("a.org", *[SHORT] * 18)], {"a.org": 20}) == {key}
    assert repeated([pages("a.org", *[SHORT] * 17)], {"a.org": 20}) == set()


def test_a_line_that_one_page_repeats_counts_once():
    assert repeated([pages("a.org", f"{BANNER}\n" * 20)], {"a.org": 20}) == set()


def test_hosts_of_few_pages_are_left_out():
    assert repeated([pages("a.org", *[BANNER] * 19)], {}) == set()


def test_lines_of_two_hosts_are_counted_apart():
    shards = [pages("a.org", *[BANNER] * 12), pages("b.org", *[BANNER] * 12)]
    assert repeated(shards, {"a.org": 20, "b.org": 40}) == {line_key("a.org", BANNER)}


@given(st.lists(st.sampled_from([BANNER, SHORT, "x", f"{BANNER}\n{SHORT}"]), max_size=40))
def test_shards_do_not_matter(texts):
    rows = pages("a.org", *texts)
    hosts = {"a.org": max(len(rows), 1)}
    half = len(rows) // 2
    assert repeated([rows], hosts) == repeated([rows[half:], rows[:half]], hosts)
