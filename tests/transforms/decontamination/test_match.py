import numpy as np
import pytest

from schemas.benchmarks import BenchmarkItem
from schemas.settings import Decontamination
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.match import HostCounts, contamination

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
    "in May. How many clips did Natalia sell altogether in April and May?"
)
CHINESE = "妈咪买了3盒茶叶，一盒茶叶有6小包，一共买了多少小包茶叶？"
EVIDENCE = Decontamination()
PAPER = Decontamination(rule="paper")


def find(text, *questions, solution="", settings=EVIDENCE, hosts=None):
    """What the rule takes for contamination: the texts from the first to the last token."""
    items = [BenchmarkItem("bench", i, question, solution) for i, question in enumerate(questions)]
    index = index_benchmarks(items, settings.ngram, settings.short_ngram)
    tokens, matches = contamination(text, index, settings, *([hosts] if hosts else []))
    return [text[tokens.starts[m.tokens[0]] : tokens.ends[m.tokens[-1]]] for m in matches]


def words(count, start=0):
    """Words that differ."""
    letters = "abcdefghijklmnopqrst"
    return " ".join(f"word{letters[i // 20]}{letters[i % 20]}" for i in range(start, start + count))


@pytest.mark.parametrize("settings", [EVIDENCE, PAPER])
@pytest.mark.parametrize(
    "change",
    [
        str,
        str.upper,
        lambda text: text.replace(", ", " - "),
        lambda text: text.replace(" ", "\n"),
        lambda text: f"**Problem 3.** *(2 points)* {text} [See solution]",
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in text),
    ],
)
def test_a_question_is_found_however_it_is_typeset(change, settings):
    text = change(QUESTION)
    [found] = find(f"Before it.\n{text}\nAfter it.", QUESTION, settings=settings)
    assert found in text
    assert len(found) > 0.75 * len(QUESTION)


def test_chinese_is_compared_by_characters():
    assert find(f"第一题\n1、{CHINESE}\n第二题", CHINESE) == [CHINESE[:-1]]


@pytest.mark.parametrize(
    ("line", "question", "solution"),
    [
        (  # counting
            "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, and so on",
            "A spinner has the sectors 1, 2, 3, 4, 5, 6, 7, 8, 9, 10. How probable is the 3?",
            "",
        ),
        (  # a formula that everybody writes
            r"The formula is $x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$.",
            "For which $c$ is there one root?",
            r"By the quadratic formula $x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$ if $25 = 12c$.",
        ),
        (  # a matrix
            r"$\begin{pmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{pmatrix}$",
            r"Square $\begin{pmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{pmatrix}$ twice.",
            "",
        ),
        (  # the columns of an array
            r"\begin{array}{c c c c c c c c c c} 1 \end{array}",
            r"In the table \begin{array}{c c c c c c c c c c} 1 \end{array} which is the largest?",
            "",
        ),
        (  # a phrase in a long text
            "the smallest integer that is greater than or equal to x is its ceiling",
            f"Find the smallest integer that is greater than or equal to {words(30)}",
            "",
        ),
    ],
)
def test_what_everybody_writes_is_evidence_of_nothing(line, question, solution):
    assert find(line, question, solution=solution) == []
    assert len(find(line, question, solution=solution, settings=PAPER)) == 1


def test_a_phrase_of_many_items_is_evidence_of_nothing():
    items = [
        f"{words(9, 20 * i)} Express your answer as a common fraction in lowest terms"
        for i in range(9)
    ]
    assert find("Express your answer as a common fraction in lowest terms.", *items) == []
    assert find(items[3], *items) == [items[3]]


def test_a_question_that_is_there_as_a_whole_counts_whatever_it_consists_of():
    question = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"
    assert find(question, question) == [question]
    assert find(question[:-10], question) == []


def test_half_of_a_question_counts_if_it_has_words_of_its_own():
    question = words(40)
    assert find(words(20), question) == [words(20)]
    assert find(words(19), question) == []
    assert find(words(19), question, settings=Decontamination(min_coverage=0.47)) == [words(19)]


def test_a_long_part_counts_however_long_the_text_is():
    assert find(words(29), words(200)) == [words(29)]
    assert find(words(28), words(200)) == []


def test_a_solution_needs_more_evidence_than_a_question():
    short, long = words(18), words(20)
    assert find(short, "What is it?", solution=short) == []
    assert find(long, "What is it?", solution=long) == [long]
    assert find(short, short) == [short]


def test_what_is_on_many_hosts_weighs_less():
    question, part = words(24), words(12, 6)
    numbers = np.arange(15)
    assert find(part, question) == [part]
    assert find(part, question, hosts=HostCounts(numbers, np.full(15, 2))) == [part]
    assert find(part, question, hosts=HostCounts(numbers, np.full(15, 3))) == []
    assert find(question, question, hosts=HostCounts(numbers, np.full(15, 256))) == [question]


def test_the_beginning_of_a_question_counts_at_the_beginning_of_a_sentence():
    question = words(20)
    assert find(f"Some text. {words(10)} then", question) == [words(10)]
    assert find(f"Some text {words(10)}. Then", question) == []
    assert find(f"Some text. {words(10, 1)} then", question) == []
    assert find(f"Some text. {words(11, 1)} then", question) == [words(11, 1)]


def test_ngrams_that_are_far_apart_are_not_evidence_of_one_another():
    question = words(30)
    near = f"{words(10)}\n{words(20, 300)}\n{words(10, 20)}"
    far = f"{words(10)}\n{words(40, 300)}\n{words(10, 20)}"
    assert len(find(near, question)) == 1
    assert find(far, question) == []


@pytest.mark.parametrize("length", [10, 12, 15])
def test_a_question_below_sixteen_tokens_counts_as_a_whole_sentence_only(length):
    question = words(length)
    assert find(f"So: {question}. Then.", question) == [question]
    assert find(f"So {question}. Then.", question) == []
    assert find(f"So: {question} then.", question) == []
    assert find(f"So: {words(length - 2)}. Then.", question) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Compute $2 + 3 \\cdot 4$.", True),
        ("12. compute 2+3·4", True),
        ("Exercise 12 Compute $2+3\\cdot 4$", True),
        ("(a) Compute $2+3\\cdot4$ (b) Compute $1$", True),
        ("| Compute $2+3\\cdot 4$ | 14 |", True),
        ("Compute $2 - 3 \\cdot 4$.", False),
        ("Compute $2 + 3 \\cdot 5$.", False),
        ("First compute $2+3\\cdot 4$.", False),
        ("Compute $2+3\\cdot 4 + 5$.", False),
        ("Compute $2+3\\cdot 4.5$.", False),
    ],
)
def test_a_short_question_is_found_where_it_is_asked(line, found):
    assert bool(find(f"Some text\n{line}\nMore", r"Compute $2 + 3 \cdot 4.$")) is found


def test_short_phrases_are_no_evidence_though_they_are_questions():
    question = "Which statement is true?"
    assert find(f"Now. {question}", question) == []
    assert find(f"Now. {question}", question, settings=PAPER) == [question[:-1]]


@pytest.mark.parametrize(("ngram", "short_ngram"), [(10, 3), (13, 8), (5, 5), (2, 1)])
def test_the_rule_of_the_paper_removes_any_ngram_and_short_questions_whole(ngram, short_ngram):
    settings = Decontamination(rule="paper", ngram=ngram, short_ngram=short_ngram)
    for start in (0, 1, 2):
        part = words(ngram, start)
        assert find(f"so {part} then", words(ngram + 2), settings=settings) == [part]
    assert find(f"so {words(ngram - 1)} then", words(ngram), settings=settings) == []
    short, shorter = words(short_ngram), words(short_ngram - 1)
    assert find(f"so {short} then", short, settings=settings) == [short]
    assert find(f"so {shorter} then", shorter, settings=settings) == []


def test_no_benchmarks_find_nothing():
    assert find(QUESTION) == find(QUESTION, settings=PAPER) == []
