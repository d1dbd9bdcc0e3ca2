import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from transforms.decontamination.decontaminate import index_benchmarks, remove_contaminated

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
    "in May. How many clips did Natalia sell altogether in April and May?"
)
CHINESE = "妈咪买了3盒茶叶，一盒茶叶有6小包，一共买了多少小包茶叶？"


def index(*questions, solution="", ngram=10, short=3):
    items = [BenchmarkItem("bench", i, text, solution) for i, text in enumerate(questions)]
    return index_benchmarks(items, ngram, short)


def cleaned(text, *questions, **options):
    return remove_contaminated(text, index(*questions, **options))


def test_a_line_with_ten_words_of_a_benchmark_goes_and_the_others_stay():
    text = f"Before it.\nHere: {QUESTION}\nBehind it."
    assert cleaned(text, QUESTION) == ("Before it.\nBehind it.", 1)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace(", ", " - "),
        lambda text: text.replace(" ", "  "),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in text),
    ],
)
def test_case_punctuation_spaces_and_full_width_letters_do_not_hide_it(change):
    assert cleaned(f"a\n{change(QUESTION)}\nb", QUESTION) == ("a\nb", 1)


def test_an_item_broken_over_lines_takes_all_of_them():
    broken = QUESTION.replace("April, ", "April,\n").replace("May. ", "May.\n")
    assert cleaned(f"a\n{broken}\nb", QUESTION) == ("a\nb", 3)


def test_nine_words_in_a_row_are_no_contamination():
    nine = " ".join(QUESTION.split()[:9])
    assert cleaned(f"{nine} but otherwise", QUESTION) == (f"{nine} but otherwise", 0)


def test_solutions_contaminate_too():
    solution = "Natalia sold 48 / 2 = 24 clips in May and 48 + 24 = 72 altogether."
    assert cleaned(solution, "What?", solution=solution) == ("", 1)


def test_short_questions_match_whole_and_shorter_ones_not_at_all():
    assert cleaned("so: What is six times seven? yes", "What is six times seven?") == ("", 1)
    assert cleaned("What is six times eight?", "What is six times seven?")[1] == 0
    assert cleaned("Why is it so?", "Why is", solution="Why is it") == ("Why is it so?", 0)


def test_chinese_is_compared_by_characters():
    assert cleaned(f"第一题\n1、{CHINESE}\n第二题", CHINESE) == ("第一题\n第二题", 1)


def test_no_benchmarks_remove_nothing():
    assert cleaned(QUESTION) == (QUESTION, 0)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_what_is_left_is_a_part_of_what_was_there(lines):
    text = "\n".join(lines)
    left, removed = cleaned(text, QUESTION, "a b c")
    assert removed == 0 or len(left) < len(text)
    assert set(left.split("\n")) <= {*text.split("\n"), ""}
