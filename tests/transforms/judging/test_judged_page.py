from tests.helpers.judged import judged_page
from transforms.judging.judged_page import collected_at


def test_a_page_is_collected_from_the_cutoff_on_and_never_without_a_score():
    pages = [judged_page(n, "math", score) for n, score in enumerate([0.5, 0.49, None, 0.9])]

    assert collected_at(pages, 0.5).tolist() == [True, False, False, True]
    assert collected_at([], 0.5).tolist() == []


def test_only_partly_counts_neither_way():
    verdicts = {verdict: judged_page(1, verdict, 0.5) for verdict in ("math", "partly", "no")}

    assert {name: page.is_decided for name, page in verdicts.items()} == {
        "math": True,
        "partly": False,
        "no": True,
    }
    assert {name: page.is_math for name, page in verdicts.items()} == {
        "math": True,
        "partly": False,
        "no": False,
    }


def test_a_page_is_drawn_unless_its_weight_was_given():
    assert not judged_page(1, "math", 0.5).is_drawn
    assert judged_page(1, "math", 0.5, stratum="below").is_drawn
