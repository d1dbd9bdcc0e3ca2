from tests.transforms.patterns.test_candidates import candidate
from transforms.patterns.candidates import Listed
from transforms.recall.format_candidates import format_candidates
from transforms.recall.sample_pages import SamplePage, candidate_rows

PAGE = SamplePage("http://a.org/1", "Groups\x1b[2J", "# Groups\u2028 A group is", 0.875)


def text_of(*candidates):
    return format_candidates(candidate_rows(Listed(candidates), [[(("a", 7), PAGE)]]).to_pylist())


def test_a_person_reads_figures_and_samples_of_each_candidate():
    first = candidate("a.org/{number}", pages=1200, collected=1100, samples=(("a", 7),))
    second = candidate("b.org", own_pages=40, own_collected=2, uncollected_tokens=1234)
    assert (
        text_of(first, second)
        == """a.org/{number}
    1,100 of 1,200 pages collected
    mean probability 0.90; scores: 80 % from 0.1000 to 0.9000, median 0.5000
    accepting it would add 100 tokens to the seed, 50 of mathematics by their probabilities

    0.8750  http://a.org/1
            Groups [2J
            # Groups  A group is

b.org
    2 of 40 pages that no longer pattern matches collected
    mean probability 0.90; scores: 80 % from 0.1000 to 0.9000, median 0.5000
    accepting it would add 1,234 tokens to the seed, 50 of mathematics by their probabilities
"""
    )


def test_no_candidates_are_an_empty_text():
    assert text_of() == ""
