import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.html.decode import decode_html
from transforms.html.guess_encoding import _first, _non_ascii_runs, guess_encoding

TEXTS = {
    "cs": "Věta: každá omezená posloupnost má konvergentní podposloupnost.",
    "pl": "Każdy ciąg ograniczony zawiera podciąg zbieżny; dowód jest łatwy.",
    "hu": "Minden korlátos sorozatnak van konvergens részsorozata; nézzük az űrlapot is.",
    "ro": "Orice şir mărginit are un subşir convergent; demonstraţia este uşoară.",
    "de": "Jede beschränkte Folge hat eine konvergente Teilfolge; für größere gilt es auch.",
    "fr": "Toute suite bornée possède une sous-suite convergente\u00a0; démonstration à voir.",
    "es": "Toda sucesión acotada tiene una subsucesión convergente. ¿Por qué? El año próximo.",
    "tr": "Sınırlı her dizinin yakınsak bir alt dizisi vardır; örneğin şu dizi.",
    "lt": "Kiekviena aprėžta seka turi konverguojantį posekį; įrodymas yra šiame skyriuje.",
    "ru": "Всякая ограниченная последовательность",
    "uk": "Кожна обмежена послідовність має збіжну; її межа",
    "el": "κάθε φραγμένη ακολουθία. Άλλα είναι",
    "he": "לכל סדרה חסומה יש תת סדרה",
    "ar": "لكل متتالية محدودة متتالية جزئية",
    "th": "ลำดับที่มีขอบเขตของจำนวนจริง",
    "zh": "有界数列必有收敛子列，证明如下。设函数在区间上连续。",
    "tw": "有界數列必有收斂子列，證明如下。設函數在區間上連續。",
    "ja": "有界な数列は収束する部分列をもつ。テストである。",
    "ko": "유계인 수열은 수렴하는 부분수열을 가진다. 함수가 연속일 때",
}
MENU = '<ul class="nav"><li><a href="/index.html">Home</a></li></ul>\n'
CASES = [
    *(("cs", encoding) for encoding in ("cp1250", "iso-8859-2")),
    *(("pl", encoding) for encoding in ("cp1250", "iso-8859-2")),
    *(("hu", encoding) for encoding in ("cp1250", "iso-8859-2")),
    *(("ro", encoding) for encoding in ("cp1250", "iso-8859-2")),
    *(("de", encoding) for encoding in ("cp1252", "latin-1", "iso-8859-15")),
    *(("fr", encoding) for encoding in ("cp1252", "latin-1", "iso-8859-15")),
    *(("es", encoding) for encoding in ("cp1252", "latin-1")),
    *(("tr", encoding) for encoding in ("cp1254", "iso-8859-9")),
    ("lt", "cp1257"),
    *(("ru", encoding) for encoding in ("cp1251", "koi8-r", "iso-8859-5")),
    *(("uk", encoding) for encoding in ("cp1251", "koi8-u")),
    *(("el", encoding) for encoding in ("cp1253", "iso-8859-7")),
    *(("he", encoding) for encoding in ("cp1255", "iso-8859-8")),
    *(("ar", encoding) for encoding in ("cp1256", "iso-8859-6")),
    ("th", "cp874"),
    *(("zh", encoding) for encoding in ("gbk", "gb18030")),
    ("tw", "big5"),
    *(("ja", encoding) for encoding in ("cp932", "euc-jp")),
    *(("ko", encoding) for encoding in ("euc-kr", "cp949")),
]


@pytest.mark.parametrize(("language", "encoding"), CASES)
@pytest.mark.parametrize("menus", [0, 200])
def test_one_sentence_identifies_its_encoding_among_any_amount_of_ascii(language, encoding, menus):
    html = f"<p>{TEXTS[language]}</p>{MENU * menus}"
    assert decode_html(html.encode(encoding)) == html
    assert decode_html((MENU * menus + html).encode(encoding), "text/html; charset=utf-8") == (
        MENU * menus + html
    )


def test_korean_with_syllables_outside_the_standard_is_korean():
    html = f"<p>{TEXTS['ko']} 똠방각하</p>"
    assert decode_html(html.encode("cp949")) == html


def test_rows_of_dashes_are_not_chinese():
    html = "<!-- CSS " + "–" * 60 + f" --><p>{TEXTS['es']} {TEXTS['es']}</p>"
    assert decode_html(html.encode("cp1252")) == html


def test_a_euro_sign_distinguishes_western_encodings():
    price = "<p>Preis für Bücher: 20 €, œuvre</p>"
    assert decode_html(price.encode("iso-8859-15")) == price
    assert decode_html(price.encode("cp1252")) == price


@given(st.binary())
def test_the_guess_for_any_bytes_is_an_existing_encoding(data):
    codecs.lookup(guess_encoding(data))


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("zh", "gbk"), ("zh", "gb18030"), ("tw", "big5"), ("ja", "euc_jp"), ("ja", "cp932")],
)
@pytest.mark.parametrize("lead", ["", "x", "See "])
def test_a_long_paragraph_without_tags_cuts_no_character(language, encoding, lead):
    text = f"<p>{lead}{TEXTS[language] * 60}</p>"
    assert decode_html(text.encode(encoding)) == text


@pytest.mark.parametrize("lead", range(8))
def test_pieces_of_text_are_cut_between_characters_only(lead):
    word = TEXTS["zh"] * 20
    runs = list(_non_ascii_runs(f"{'a' * lead}{word} b {word}<i>{word}</i>".encode("gbk")))
    decoded = [run.decode("gbk") for run in runs]
    assert all(piece.strip("a b") == word for piece in decoded)
    assert len(decoded) == 3


def test_statistics_read_a_bounded_sample_of_a_page():
    page = ("<p>" + TEXTS["fr"] + "</p>").encode("cp1252") * 1000
    assert sum(map(len, _first(list(_non_ascii_runs(page))))) < 10_000
    assert guess_encoding(page) == "cp1252"
