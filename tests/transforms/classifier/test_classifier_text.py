import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.classifier.classifier_text import MAX_CHARACTERS, classifier_text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "设函数 $f(x)=x^2$ 在区间上连续，求证。",
            "设 函 数 $ f x = x ^ $ 在 区 间 上 连 续 求 证",
        ),
        ("因为A是矩阵", "因 为 a 是 矩 阵"),
        ("ベクトル空間と行列", "ベ ク ト ル 空 間 と 行 列"),
        ("함수의 극한", "함 수 의 극 한"),
        ("價格 $ 5 元", "價 格 元"),
        ("", ""),
        ("12.5 % -- 7", ""),
    ],
)
def test_scripts_without_spaces_are_split_by_character(text, line):
    assert classifier_text(text) == line


def test_the_end_of_a_long_text_is_not_read():
    assert classifier_text("数" * (MAX_CHARACTERS + 5)).count("数") == MAX_CHARACTERS


@given(st.text())
def test_any_text_becomes_one_line_that_stays_as_it_is(text):
    line = classifier_text(text)
    assert line.split() == line.split(" ") or line == ""
    assert len(line.splitlines()) <= 1
    assert "__label__" not in line
    assert classifier_text(line) == line
