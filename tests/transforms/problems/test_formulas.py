from transforms.problems.formulas import formulas, masked


def test_formulas_are_masked_in_place():
    text = r"Pay \$5 if $x>1$ and $$a$$ holds"
    assert masked(text, "#") == r"Pay \$5 if ##### and ##### holds"
    assert len(masked(text)) == len(text)


def test_formulas_are_listed_without_delimiters():
    assert formulas(r"$a$ and $$b \text{ for \$3}$$ cost \$5") == ["a", r"b \text{ for \$3}"]
