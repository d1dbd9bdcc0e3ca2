from transforms.problems.question_key import text_key


def test_spellings_of_one_question_have_one_key():
    spellings = [
        "Find $\\frac{1}{2} \\cdot x$ if $x \\leq 3$.",
        "find  $\\dfrac12\\times x$ if $x\\le3$",
        "**Find** $$\\frac{1}{2}\\,\\cdot\\, x$$ if $\\left. x \\leqslant 3 \\right.$\\text{.}",
        "Find $\\tfrac{1}{2} \u00d7 x$ if $x \u2264 \uff13$.",
    ]
    assert len({text_key(text) for text in spellings}) == 1


def test_other_numbers_and_signs_make_another_question():
    texts = ["Find $3 + 4$.", "Find $3 - 4$.", "Find $3 \\cdot 4$.", "Find $34$.", "Find $3 + 5$."]
    assert len({text_key(text) for text in texts}) == len(texts)
