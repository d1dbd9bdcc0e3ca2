import random

import pytest

from schemas.settings import Patterns
from tests.transforms.patterns.test_url_patterns import count_calls
from transforms.patterns import propose as module
from transforms.patterns.url_patterns import path_segments


def propose(urls, collected, settings):
    return module.propose(urls, map(path_segments, urls), collected, settings)


def proposed(pages, **settings):
    """Patterns for pages of forms; each form comes with its pages and how many are collected."""
    urls, collected = [], []
    for form, (count, math) in pages.items():
        urls += [f"http://{form.format(number)}" for number in range(count)]
        collected += [number < math for number in range(count)]
    order = random.Random(0).sample(range(len(urls)), len(urls))
    return sorted(
        propose([urls[at] for at in order], [collected[at] for at in order], Patterns(**settings))
    )


def test_a_uniform_host_is_one_pattern():
    assert proposed({"a.org/x/p{}": (50, 48), "a.org/y/p{}": (50, 46)}) == ["a.org"]
    assert proposed({"a.org/x/p{}": (50, 0), "a.org/y/p{}": (50, 0)}) == ["a.org"]


def test_a_host_of_even_chance_is_not_divided():
    assert proposed({"a.org/x/p{}": (50, 26), "a.org/y/p{}": (50, 24)}) == ["a.org"]


def test_the_mathematical_part_of_a_host_is_a_pattern_and_the_host_stands_for_the_rest():
    pages = {"a.org/q/p{}": (50, 48), "a.org/u/p{}": (40, 2), "a.org/v/p{}": (40, 1)}
    assert proposed(pages) == ["a.org", "a.org/q"]


def test_a_small_part_of_a_large_host_is_found():
    assert proposed({"a.org/math/p{}": (30, 30), "a.org/p{}": (970, 0)}) == ["a.org", "a.org/math"]


def test_the_other_part_of_a_mathematical_host_is_a_pattern():
    pages = {"a.org/p{}": (70, 68), "a.org/q/x{}": (70, 60), "a.org/tags/p{}": (30, 0)}
    assert proposed(pages) == ["a.org", "a.org/tags"]
    with_rule = proposed(pages, accept_share=0.8)
    assert with_rule == ["a.org", "a.org/p{number}", "a.org/q"]


def test_parts_of_parts_are_patterns():
    pages = {"a.org/q/1/p{}": (30, 29), "a.org/q/2/p{}": (30, 1), "a.org/u/p{}": (60, 1)}
    assert proposed(pages) == ["a.org", "a.org/q/1"]


def test_pages_that_differ_in_a_number_are_one_pattern():
    pages = {"dlmf.nist.gov/3.{}": (90, 85), "dlmf.nist.gov/3.{}.F1.mag": (60, 0)}
    assert proposed(pages) == [
        "dlmf.nist.gov",
        "dlmf.nist.gov/{number}.{number}",
    ]
    questions = {"a.org/q/{0}/title-{0}": (60, 55), "a.org/q/tagged/x{}": (60, 0)}
    assert proposed(questions) == ["a.org/q", "a.org/q/{number}"]


def test_dates_and_titles_are_generalised():
    blog = {"a.org/2021/03/{}/a-title": (28, 27), "a.org/tag-{}-x": (30, 0)}
    assert proposed(blog) == ["a.org", "a.org/{date}"]


def test_a_number_with_many_pages_that_deviates_is_a_pattern_of_its_own():
    forum = {"a.org/forum/{}/x": (60, 0), "a.org/forum/7/{}": (40, 40), "a.org/{}": (40, 0)}
    assert proposed(forum) == ["a.org", "a.org/forum/7"]


def test_pages_of_one_script_are_divided_by_the_parameter_that_separates_them():
    pages = {
        "a.org/view.php?f=7&t={}&v=x": (40, 38),
        "a.org/view.php?f=8&t={}&v=y": (40, 1),
        "a.org/view.php?f=9&t={}&v=x": (40, 1),
    }
    assert proposed(pages) == ["a.org/view.php", "a.org/view.php?f=7"]
    wiki = {"a.org/w.php?action=edit&title=x{}": (40, 0), "a.org/w.php?title=x{}": (60, 60)}
    assert proposed(wiki) == ["a.org/w.php", "a.org/w.php?action=edit"]
    numbers = {"a.org/w.php?id={}": (40, 40), "a.org/w.php?user=x{}": (60, 0)}
    assert proposed(numbers) == ["a.org/w.php", "a.org/w.php?id={number}"]


def test_a_host_all_of_whose_pages_are_in_one_folder_is_replaced_by_it():
    assert proposed({"a.org/book/1/p{}": (50, 49)}) == ["a.org/book/1"]
    assert proposed({"a.org/book/1/p{}": (50, 49)}, max_depth=1) == ["a.org/book"]
    assert proposed({"a.org/view.php?t={}": (50, 49)}) == ["a.org/view.php"]


def test_patterns_are_as_deep_as_max_depth():
    pages = {"a.org/q/1/p{}": (30, 29), "a.org/q/2/p{}": (30, 1), "a.org/u/p{}": (60, 1)}
    assert proposed(pages, max_depth=0) == ["a.org"]
    assert proposed(pages, max_depth=1) == ["a.org", "a.org/q"]


def test_hosts_of_a_domain_are_separate():
    pages = {"math.a.org/p{}": (20, 20), "food.a.org/p{}": (20, 0), "x.a.org/p{}": (4, 4)}
    assert proposed(pages) == ["food.a.org", "math.a.org"]


@pytest.mark.parametrize(
    ("least", "expected"), [(5, ["a.org", "a.org/q"]), (15, ["a.org"]), (25, ["a.org"])]
)
def test_patterns_have_at_least_min_pages(least, expected):
    pages = {"a.org/q/p{}": (14, 14), "a.org/u/p{}": (14, 0)}
    assert proposed(pages, min_pages=least) == expected


def test_a_few_pages_are_no_evidence_for_a_part():
    assert proposed({"a.org/q/p{}": (38, 35), "a.org/u/p{}": (6, 2)}) == ["a.org"]
    assert proposed({"a.org/q/p{}": (5, 2), "a.org/u/p{}": (900, 2)}) == ["a.org"]


def test_the_order_of_the_pages_does_not_matter():
    urls = [f"http://a.org/{kind}/{n}?x={n % 3}" for kind in ("q", "u-v", "12") for n in range(40)]
    collected = [n % 5 != 0 if "q" in url else n % 7 == 0 for n, url in enumerate(urls)]
    expected = sorted(propose(urls, collected, Patterns()))
    for seed in range(5):
        order = random.Random(seed).sample(range(120), 120)
        shuffled = [urls[at] for at in order], [collected[at] for at in order]
        assert sorted(propose(*shuffled, Patterns())) == expected


def test_urls_that_are_not_valid_are_under_no_pattern():
    assert propose(["http://[bad/x"] * 30, [True] * 30, Patterns()) == []
    assert propose([], [], Patterns()) == []


def test_the_cost_grows_with_the_pages_whatever_their_parameters():
    costs = []
    for count in (300, 1200):
        urls = [
            f"http://a.org/x?{'&'.join(f'p{page * 7 + n}={n}' for n in range(12))}"
            for page in range(count)
        ]
        costs.append(count_calls(propose, urls, [True, False] * (count // 2), Patterns()))
    assert costs[1] < 6 * costs[0]


def test_deep_paths_are_divided_to_the_greatest_depth():
    deep = "/".join("abc" for _ in range(150))
    pages = {f"a.org/{deep}/q/{{}}": (20, 20), f"a.org/{deep}/u/{{}}": (20, 0)}
    assert proposed(pages, max_depth=100) == ["a.org/" + "/".join("abc" for _ in range(100))]
