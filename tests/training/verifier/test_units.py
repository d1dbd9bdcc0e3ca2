import pytest

from training.verifier.units import canonical_unit, split_unit


@pytest.mark.parametrize(
    ("latex", "number", "unit"),
    [
        (r"15\text{cm}", "15", "cm"),
        (r"15\text{cm}^{3}", "15", "cm^3"),
        ("15 cubic centimeters", "15", "cm^3"),
        (r"\frac{3}{2}\text{feet per second}", r"\frac{3}{2}", "ft/s"),
        (r"9.8\text{m}/\text{s}^{2}", "9.8", "m/s^2"),
        ("70 mph", "70", "mi/h"),
        (r"\$7.25", "7.25", "$"),
        (r"-\$7", "-7", "$"),
        ("7\u20ac", "7", "euro"),
        (r"80\%", "80", "%"),
        ("80 percent", "80", "%"),
        (r"35^{\circ}", "35", "degree"),
        (r"35^{\circ}C", "35", "celsius"),
        ("12(boxes)", "12", "?boxes"),
        ("12(pounds of flour)", "12", "lb"),
        (r"6\pi\text{units}", r"6\pi", ""),
        ("3\u5143", "3", "yuan"),
        ("3\u672c", "3", "?\u672c"),
        (r"8:30\text{p.m}", "8:30", "pm"),
    ],
)
def test_a_unit_is_cut_off_and_written_in_one_way(latex, number, unit):
    assert split_unit(latex) == (number, unit)


@pytest.mark.parametrize(
    "latex",
    ["2x", "5 m", r"\text{Monday}", r"\triangle ABC", r"\cos 30^{\circ}", r"x=1\text{or}", "3 and",
     r"121\text{base}", "7 June", r"2\log x", "1" * 400 + "cm"],
)  # fmt: skip
def test_what_is_not_a_number_with_a_unit_is_not_split(latex):
    assert split_unit(latex) == (latex, "")


def test_units_of_any_form_meet_in_one():
    forms = [r"\text{sq. in.}", r"\text{square inches}", r"\text{in}^{2}", "inches squared"]
    assert {canonical_unit(form) for form in forms} == {"in^2"}
