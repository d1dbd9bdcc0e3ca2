import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.match import remove_contaminated

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
    "in May. How many clips did Natalia sell altogether in April and May?"
)
CHINESE = "妈咪买了3盒茶叶，一盒茶叶有6小包，一共买了多少小包茶叶？"


def remove(text, *questions, solution="", ngram=10, short_ngram=3):
    items = [BenchmarkItem("bench", i, question, solution) for i, question in enumerate(questions)]
    return remove_contaminated(text, index_benchmarks(items, ngram, short_ngram))


def words(count, start=0):
    return " ".join(f"w{i}" for i in range(start, start + count))


def test_a_line_with_ten_words_of_a_benchmark_is_removed_and_the_others_stay():
    text = f"Before it.\nHere: {QUESTION}\nAfter it."
    assert remove(text, QUESTION) == ("Before it.\nAfter it.", 1)


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
    assert remove(f"a\n{change(QUESTION)}\nb", QUESTION) == ("a\nb", 1)


def test_an_item_that_spans_several_lines_removes_all_of_them():
    text = QUESTION.replace("April, ", "April,\n").replace("May. ", "May.\n")
    assert remove(f"a\n{text}\nb", QUESTION) == ("a\nb", 3)


def test_nine_consecutive_words_are_not_contamination():
    nine = " ".join(QUESTION.split()[:9])
    assert remove(f"{nine} but otherwise", QUESTION) == (f"{nine} but otherwise", 0)


def test_solutions_contaminate_too():
    solution = "Natalia sold 48 / 2 = 24 clips in May and 48 + 24 = 72 altogether."
    assert remove(solution, "What?", solution=solution) == ("", 1)


def test_short_questions_match_whole_and_shorter_ones_not_at_all():
    assert remove("so: What is six times seven? yes", "What is six times seven?") == ("", 1)
    assert remove("What is six times eight?", "What is six times seven?")[1] == 0
    assert remove("Why is it so?", "Why is", solution="Why is it") == ("Why is it so?", 0)


@pytest.mark.parametrize(("ngram", "short_ngram"), [(10, 3), (13, 8), (5, 5), (2, 1)])
def test_a_question_matches_from_exactly_short_ngram_words_on(ngram, short_ngram):
    question, shorter = words(short_ngram), words(short_ngram - 1)
    settings = {"ngram": ngram, "short_ngram": short_ngram}
    assert remove(f"so {question} then", question, **settings) == ("", 1)
    assert remove(f"so {shorter} then", shorter, **settings) == (f"so {shorter} then", 0)


def test_a_question_of_fewer_than_ngram_words_matches_only_whole():
    question = words(9)
    assert remove(f"so {question} then", question) == ("", 1)
    for part in (words(8), words(8, start=1)):
        assert remove(f"so {part} then", question) == (f"so {part} then", 0)


def test_a_question_of_exactly_ngram_words_matches_whole_and_a_longer_one_by_any_ngram():
    question = words(10)
    assert remove(f"so {question} then", question) == ("", 1)
    assert remove(f"so {words(9)} then", question) == (f"so {words(9)} then", 0)
    for start in (0, 1, 2):
        part = words(10, start)
        assert remove(f"so {part} then", words(12)) == ("", 1)


def test_a_solution_matches_from_exactly_ngram_words_on():
    ten, nine = words(10), words(9)
    assert remove(ten, "Q", solution=ten) == ("", 1)
    assert remove(nine, "Q", solution=nine) == (nine, 0)


def test_only_the_lines_of_the_ngram_are_removed():
    text = f"{words(3, start=90)}\n{words(5)}\n{words(5, start=5)}\n{words(3, start=10)}"
    assert remove(text, words(10)) == (f"{words(3, start=90)}\n{words(3, start=10)}", 2)


def test_chinese_is_compared_by_characters():
    assert remove(f"第一题\n1、{CHINESE}\n第二题", CHINESE) == ("第一题\n第二题", 1)


def test_no_benchmarks_remove_nothing():
    assert remove(QUESTION) == (QUESTION, 0)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_every_line_that_is_left_was_a_line_of_the_text(lines):
    text = "\n".join(lines)
    cleaned, removed = remove(text, QUESTION, "a b c")
    assert removed == 0 or len(cleaned) < len(text)
    assert set(cleaned.split("\n")) <= {*text.split("\n"), ""}
