import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.html.limits import HostilePageError, check_limits

FILLER = "<p>words</p>" * 8_000  # enough tags for every kind to be counted


def rejection(html):
    with pytest.raises(HostilePageError) as error:
        check_limits(html)
    return error.value.reason


@pytest.mark.parametrize(
    ("flood", "reason"),
    [
        ("a" * 16_000_001, "too_large"),
        ("<p>a <b>b</b></p>" * 60_000, "too_many_tags"),
        ("<select>" + "<option>o" * 200_000, "too_many_tags"),
        ("<select>" + "<OPTION value=1>o</OPTION>" * 12_000, "too_many_tags"),
        ("<select><optgroup label=x>" + "<optgroup>" * 20_000, "too_many_tags"),
        ("<ruby>" + "<rt>x" * 30_000, "too_many_tags"),
        ("<ruby>" + "<rtc>x" * 30_000, "too_many_tags"),
        ("<template>" + "<form>x" * 20_000, "too_many_tags"),
        ("<nobr><div>x</nobr>y" * 20_000, "too_many_tags"),
        ("<b><select>x" * 20_000, "too_many_tags"),
        ("<html lang=x>" * 20_000, "too_many_tags"),
        (FILLER + "<body class=x>" * 101, "too_many_tags"),
        ("<a href=x><div>" * 60_000, "too_deep"),
        ("<math></a><object class=c>" * 30_000, "too_deep"),
        ("x<input>x<fieldset>" * 60_000, "too_deep"),
        ("<div>" * 40_000 + "x</span>" * 40_000 + "</div>" * 40_000, "too_deep"),
        ("<nobr><article>" + "<article>x" * 120_000, "too_deep"),
        ("".join(f"<p a{i}=1>x</p>" for i in range(20_000)), "too_many_attributes"),
        ("<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">x</p>", "too_many_attributes"),
        ("<p " + " ".join(f"a{i}" for i in range(5_000)), "too_many_attributes"),
        ("<p " + "".join(f'a{i}=">"' for i in range(5_000)) + ">x</p>", "too_many_attributes"),
        ("<p " + "".join(f"a{i}='<'" for i in range(5_000)) + ">x</p>", "too_many_attributes"),
        ("x" * 9_000 + "<P\n" + "/".join(f"a{i}" for i in range(5_000)), "too_many_attributes"),
        ("<p>1 < 2 <p\t" + "\n".join(f"a{i}" for i in range(5_000)), "too_many_attributes"),
        ("<ul><li>x" * 200, "too_deep"),
        ("<OL>x<uL>" * 100, "too_deep"),
        ("<ul><li>" * 200 + "</li></ul>" * 200, "too_deep"),
    ],
)
def test_floods_are_rejected_with_a_reason(flood, reason):
    assert rejection(flood) == reason


def test_the_message_has_the_kind_and_the_numbers():
    with pytest.raises(HostilePageError, match=r"^20000 tags <option>, over 10000$"):
        check_limits("<select>" + "<option>" * 20_000)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "no markup at all",
        FILLER,
        "<img src='data:image/png;base64," + "iVBORw0KGgo" * 100_000 + "'>",
        '<div data-page="{&quot;' + "key words and numbers 12 " * 20_000 + '}">x</div>',
        '<p style="' + "color: red; " * 5_000 + '">x</p>',
        "<p>before</p><div " + 'a="b" ' * 100_000,
        "<p " + " ".join(f"a{i}=1" for i in range(900)) + ">x</p>",
        "<table>" + "<tr><td>1<td>2" * 20_000 + "</table>",
        "<ul><li>x</li></ul>" * 5_000,
        "<ul>" + "<li>x" * 50_000,
        "<div>" * 100_000 + "at the bottom",
        "<div><a href=x>y</a>" * 20_000,
        "<p>a</p><div>" * 50_000,
        "<div>" * 20_000 + "<p>x</p>" * 20 + "</div>" * 20_000,
        "<script>" + "x.innerHTML = '<b class=c>' + x + '<\\/b>';" * 20_000 + "</script>",
        "<select>" + "<option>o</option>" * 8_000 + "</select>",
        "<ruby>\u6f22<rt>kan</rt>\u5b57<rt>ji</rt></ruby>" * 6_000,
        "<optional>" * 30_000,
        "<!--" + "x" * 1_000_000,
    ],
)
def test_large_pages_of_ordinary_markup_pass(html):
    check_limits(html)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<script>", "</script>"),
        ("<SCRIPT src=x>", "</SCRIPT>"),
        ("<style>", "</style>"),
        ("<!-- ", " -->"),
        ("<textarea>", "</textarea>"),
    ],
)
def test_text_in_a_script_or_a_comment_has_no_attributes(before, after):
    words = " ".join(f"name{i}" for i in range(10_000))
    check_limits(f"<p>x</p>{before} if (a <b {words} ) {after}<p>x</p>")
    assert rejection(f"{before}x{after}<b {words}>") == "too_many_attributes"


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "<",
        ">",
        "<a ",
        "<a =",
        '<a b="',
        "<a b='>'",
        "</",
        "<!--",
        "<script>",
        "a=b ",
        "<p" + " a=1" * 1_500,
        "<p" + " a=1" * 1_500 + ">",
        "<script><b " + " ".join(f"a{i}" for i in range(2_500)) + "></script>",
        "<ul",
        "&",
        " ",
    ],
)
def test_the_check_takes_linear_time(unit):
    start = time.process_time()
    with contextlib.suppress(HostilePageError):
        check_limits("<p " + unit * (4_000_000 // len(unit)))
    assert time.process_time() - start < 4


@given(st.lists(st.sampled_from(["<", ">", "<p", " a=", "'", '"', "x" * 5_000, "<ul>", "</ul>"])))
def test_any_text_passes_or_is_rejected(parts):
    with contextlib.suppress(HostilePageError):
        check_limits("".join(parts))
