import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.html.decode import decode_html
from transforms.html.guess_encoding import guess_encoding

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
    *(("cs", one) for one in ("cp1250", "iso-8859-2")),
    *(("pl", one) for one in ("cp1250", "iso-8859-2")),
    *(("hu", one) for one in ("cp1250", "iso-8859-2")),
    *(("ro", one) for one in ("cp1250", "iso-8859-2")),
    *(("de", one) for one in ("cp1252", "latin-1", "iso-8859-15")),
    *(("fr", one) for one in ("cp1252", "latin-1", "iso-8859-15")),
    *(("es", one) for one in ("cp1252", "latin-1")),
    *(("tr", one) for one in ("cp1254", "iso-8859-9")),
    ("lt", "cp1257"),
    *(("ru", one) for one in ("cp1251", "koi8-r", "iso-8859-5")),
    *(("uk", one) for one in ("cp1251", "koi8-u")),
    *(("el", one) for one in ("cp1253", "iso-8859-7")),
    *(("he", one) for one in ("cp1255", "iso-8859-8")),
    *(("ar", one) for one in ("cp1256", "iso-8859-6")),
    ("th", "cp874"),
    *(("zh", one) for one in ("gbk", "gb18030")),
    ("tw", "big5"),
    *(("ja", one) for one in ("cp932", "euc-jp")),
    *(("ko", one) for one in ("euc-kr", "cp949")),
]


@pytest.mark.parametrize(("language", "encoding"), CASES)
@pytest.mark.parametrize("menus", [0, 200])
def test_one_sentence_tells_its_encoding_however_much_ascii_is_around_it(language, encoding, menus):
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


def test_a_euro_sign_tells_western_encodings_apart():
    price = "<p>Preis für Bücher: 20 €, œuvre</p>"
    assert decode_html(price.encode("iso-8859-15")) == price
    assert decode_html(price.encode("cp1252")) == price


@given(st.binary())
def test_any_bytes_look_like_an_encoding_that_exists(data):
    codecs.lookup(guess_encoding(data))
