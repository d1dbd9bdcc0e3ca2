import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.pages import language as module
from transforms.pages.language import detect_language

ENGLISH = "The sum of the angles of a triangle equals two right angles, as Euclid has shown. "
GERMAN = "Die Summe der Winkel eines Dreiecks ist gleich zwei rechten Winkeln. "
CHINESE = "三角形的内角和等于两个直角，这是平面几何中的一个基本定理。"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (CHINESE, "zh"),
        ("設函數在區間上連續，則存在一點使得等式成立，證明如下。", "zh"),
        ("関数が連続であるとき、次の等式が成り立つことを証明する。", "ja"),
        ("함수가 연속일 때 다음 등식이 성립함을 증명하여라.", "ko"),
        ("Пусть дано простое число, тогда верно следующее утверждение.", "ru"),
        ("Seja f uma função contínua no intervalo fechado; então ela é limitada.", "pt"),
        ("Sea f una función continua en el intervalo cerrado; entonces está acotada.", "es"),
        ("Soit f une fonction continue sur un segment; alors elle est bornée.", "fr"),
        ("Sia f una funzione continua in un intervallo chiuso; allora è limitata.", "it"),
        ("Niech będzie dana funkcja ciągła na przedziale domkniętym.", "pl"),
        ("Cho hàm số liên tục trên đoạn, chứng minh rằng hàm số bị chặn.", "vi"),
    ],
)
def test_languages_of_one_sentence(text, language):
    code, probability = detect_language(text)
    assert code == language
    assert 0.5 <= probability <= 1


@pytest.mark.parametrize(
    ("text", "language"),
    [("anneau champ", "und"), ("nombre champ", "fr"), ("Satz Beweis", "und"), ("Der Zahl", "de")],
)
def test_a_language_is_named_from_a_probability_of_a_half_on(text, language):
    sample = module._sample(text)
    _, probability = module._identifier().classify(sample)
    assert 0.47 < probability < 0.53  # the cases are close to the threshold
    assert detect_language(text)[0] == language


@pytest.mark.parametrize("text", ["nombre champ", "anneau champ", "三角形"])
def test_a_probability_at_the_threshold_is_enough_and_one_just_below_is_not(text, monkeypatch):
    monkeypatch.setattr(module, "_MIN_PROBABILITY", 0.0)
    classify = module._most_likely if text == "三角形" else module._identifier().classify
    language, probability = classify(module._sample(text))
    monkeypatch.setattr(module, "_MIN_PROBABILITY", probability)
    assert detect_language(text) == (language, round(float(probability), 3))
    monkeypatch.setattr(module, "_MIN_PROBABILITY", math.nextafter(probability, 1))
    assert detect_language(text) == ("und", 0.0)


def test_members_of_a_macrolanguage_add_up():
    sample = module._sample("三角形")
    _, probability = module._identifier().classify(sample)
    assert probability < 0.5
    assert detect_language("三角形")[0] == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        " " * 100,
        "1 2 3 4 5 6 7 8 9 10",
        "a b c d e f g",
        "$\\frac{a}{b}$ $$\\int_0^1 f(x) dx$$",
        "```\nfor i in range(3):\n    print(i)\n```",
        "https://example.org/the/sum/of/the/angles?of=a&triangle=equals",
    ],
)
def test_a_text_without_words_has_no_language(text):
    assert detect_language(text) == ("und", 0.0)


@pytest.mark.parametrize("formula", ["$x^2 + y^2$", "$\\sum_{n=1}^\\infty a_n$", "$$\\mathbb{R}$$"])
@pytest.mark.parametrize(("text", "language"), [(GERMAN, "de"), (CHINESE, "zh")])
def test_formulas_between_the_words_do_not_change_the_language(text, language, formula):
    half = len(text) // 2
    assert detect_language(f"{text[:half]} {formula} {text[half:]}")[0] == language
    assert detect_language(f"{text} {formula} " * 20)[0] == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Let {0} be a ring, and {0} an ideal of {0} such that {0} is not zero. ", "en"),
        ("Sei {0} ein Ring, und {0} ein Ideal von {0}, so dass {0} nicht verschwindet. ", "de"),
        ("设{0}是环，{0}是{0}的理想，并且{0}不等于零。", "zh"),
    ],
)
def test_pages_full_of_formulas_have_the_language_of_their_words(text, language):
    formula = r"$\frac{\partial f}{\partial x_1} \mathrm{Hom}(A, B) \otimes \mathbb{Z}/p$"
    for shift in range(0, 120, 7):
        page = " " * shift + text.format(formula) * 12
        assert detect_language(page)[0] == language
        display = formula.replace("$", "$$")
        assert detect_language(page + f"\n{display}\n" * shift)[0] == language


@pytest.mark.parametrize(
    "text",
    [
        "Theorem proof lemma QED Hom Ext Tor Spec Proj Lim Colim functor",
        "Abel Galois Noether Artin Krull Hilbert Zariski Serre Deligne",
        "Gamma psi Euler Laplace Bessel Hankel Airy Kummer Whittaker",
    ],
)
def test_a_text_in_the_latin_script_is_in_no_language_of_another_script(text):
    sample = module._sample(text)
    assert not any(module._is_possible(code, sample) for code in ("zh", "ja", "ko", "ru", "el"))
    assert detect_language(text)[0] not in ("zh", "ja", "ko", "ru", "el", "ar")


def test_a_few_characters_of_another_script_do_not_decide():
    assert detect_language(ENGLISH + "三角形 三角形")[0] == "en"
    assert detect_language(CHINESE * 3 + "QED Euclid")[0] == "zh"
    assert detect_language("Пусть дано простое число Euclid, тогда верно.")[0] == "ru"


def test_an_escaped_dollar_sign_opens_no_formula():
    assert module._sample(r"it costs \$ and more \$ than words").count("more") == 1


def test_code_does_not_make_a_text_english():
    code = "```\nimport numpy as np\nfor item in list of items if item is not None and else\n```\n"
    assert detect_language((GERMAN + "\n" + code * 4) * 5)[0] == "de"


def test_the_article_outweighs_the_menu_before_it():
    menu = "Home\nAbout us\nContact\nImprint and privacy policy\nSign in to your account\n"
    assert detect_language(menu + GERMAN * 12)[0] == "de"


def test_a_long_text_is_read_in_a_few_windows():
    assert detect_language(ENGLISH * 100_000)[0] == "en"


@given(st.text())
def test_any_text_has_a_code_and_a_probability(text):
    language, probability = detect_language(text)
    assert language == "und" or len(language) == 2
    assert (language == "und") == (probability == 0)
    assert 0 <= probability <= 1
