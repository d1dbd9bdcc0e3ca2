import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.html.decode import decode_html

GERMAN = "<p>Die Lösung der Gleichung heißt Wurzel; für größere Zahlen übt man.</p>"
RUSSIAN = "<p>Пусть дано простое число, тогда верно следующее утверждение о делимости.</p>"
CHINESE = "<p>设函数在区间上连续，则存在一点使得等式成立，证明如下。</p>"
TAIWANESE = "<p>設函數在區間上連續，則存在一點使得等式成立，證明如下。</p>"
JAPANESE = "<p>関数が連続であるとき、次の等式が成り立つことを証明する。</p>"
KOREAN = "<p>함수가 연속일 때 다음 등식이 성립함을 증명하여라.</p>"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "iso-8859-1"),
        (GERMAN, "windows-1252"),
        (GERMAN, "iso-8859-15"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "iso-8859-5"),
        (CHINESE, "gb2312"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso-2022-jp"),
        (KOREAN, "euc-kr"),
    ],
)
def test_a_correct_header_or_meta_element_is_used(text, encoding):
    html = text.encode(encoding)
    assert decode_html(html, f"text/html; charset={encoding}") == text
    meta = f'<meta charset="{encoding}">'
    assert decode_html(meta.encode() + html) == meta + text
    old = f"<meta http-equiv=Content-Type content='text/html; charset = {encoding}'>"
    assert decode_html(old.encode() + html) == old + text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "windows-1252"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (CHINESE, "gb18030"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
    ],
)
@pytest.mark.parametrize("content_type", [None, "text/html", "text/html; charset=utf-8"])
def test_undeclared_and_wrongly_declared_pages_are_recognised(text, encoding, content_type):
    assert decode_html((text * 5).encode(encoding), content_type) == text * 5


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gbk", "no-such-charset", "utf-7"])
def test_utf_8_is_recognised_whatever_is_declared(label):
    for text in (GERMAN, CHINESE, "<p>≤ ∈ √</p>"):
        assert decode_html(text.encode(), f"text/html; charset={label}") == text


def test_a_western_header_does_not_override_the_meta_element():
    html = b'<meta charset="gbk">' + CHINESE.encode("gbk")
    assert decode_html(html, "text/html; charset=ISO-8859-1").endswith(CHINESE)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("win-1251", "cp1251", RUSSIAN),
        ("CP-1251", "cp1251", RUSSIAN),
        ("windows1251", "cp1251", RUSSIAN),
        ("cp949", "cp949", KOREAN + "<p>똠방</p>"),
        ("ks_c_5601-1987", "cp949", KOREAN + "<p>똠방</p>"),
        ("cp936", "gbk", CHINESE),
        ("eucJP", "euc-jp", JAPANESE),
        ("tis-620", "cp874", "<p>การ \u201cพิส\u201d</p>"),
        ("big5", "cp950", TAIWANESE + "<p>碁</p>"),
        ("hz-gb-2312", "hz", CHINESE),
        ("iso-8859-8-i", "iso-8859-8", "<p>משפט</p>"),
    ],
)
def test_labels_mean_the_encodings_that_pages_use(label, codec, text):
    html = f'<meta charset="{label}">'.encode() + text.encode(codec)
    assert decode_html(html).endswith(text)
    assert decode_html(text.encode(codec), f"text/html; charset={label}") == text


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "ucs-2", "utf-7", "x-user-defined", "hex"])
def test_labels_that_cannot_be_correct_are_ignored(label):
    html = b"<p>+ADw-script+AD4- 414243</p>"
    assert decode_html(html, f"text/html; charset={label}") == html.decode()
    western = GERMAN * 3
    assert decode_html(western.encode("cp1252"), f"text/html; charset={label}") == western


def test_a_meta_element_is_used_anywhere_in_the_head():
    script = b"<script charset='utf-8'>var charset = 'gbk'; " + b"f(); " * 2000 + b"</script>"
    for start in (script, b"<!-- <meta charset=gbk> -->", b"<link charset=big5 href=x>"):
        html = start + b'<meta name=a><META CONTENT="text/html;charset=windows-1251">'
        assert decode_html(html + RUSSIAN.encode("cp1251")).endswith(RUSSIAN)


def test_an_xml_declaration_declares_the_encoding_too():
    html = b'<?xml version="1.0" encoding="windows-1253"?>\n' + "<p>ά</p>".encode("cp1253")
    assert decode_html(html).endswith("<p>ά</p>")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(encoding):
    assert decode_html(CHINESE.encode(encoding), "text/html; charset=gbk") == CHINESE
    assert decode_html(b"\xfe\xff" + CHINESE.encode("utf-16-be")) == CHINESE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_recognised_by_its_zeros(encoding):
    assert decode_html(GERMAN.encode(encoding)) == GERMAN


def test_a_truncated_last_character_does_not_spoil_the_page():
    assert decode_html(CHINESE.encode()[:-5]) == CHINESE.removesuffix("。</p>")


def test_a_few_bad_bytes_do_not_make_a_utf_8_page_western():
    html = (CHINESE * 20).encode() + b"\xff" + CHINESE.encode()
    assert decode_html(html) == CHINESE * 20 + "\ufffd" + CHINESE


def test_a_page_that_is_mostly_utf_8_stays_utf_8():
    html = GERMAN.encode() * 15 + GERMAN.encode("latin-1")
    assert decode_html(html, "text/html; charset=iso-8859-1").startswith(GERMAN * 15)


@pytest.mark.parametrize(
    ("escapes", "text"), [("iso-2022-jp", JAPANESE), ("iso-2022-jp-ext", "<p>ｶﾅ</p>")]
)
def test_escape_sequences_identify_japanese_in_ascii_bytes(escapes, text):
    assert decode_html(text.encode(escapes)) == text
    assert decode_html(b"<p>\x1b[31m no escape of an encoding</p>").endswith("encoding</p>")


def test_nul_bytes_are_removed():
    assert decode_html(b"<p>a\0b</p>") == "<p>ab</p>"


@given(st.binary(max_size=300), st.text(max_size=60) | st.none())
def test_any_bytes_decode_to_encodable_text(html, content_type):
    decode_html(html, content_type).encode()


def test_thai_declared_as_western_is_read_as_thai():
    text = "<p>ลำดับที่มีขอบเขตของจำนวนจริงมีลำดับย่อยที่ลู่เข้า</p>"
    assert decode_html(text.encode("cp874"), "text/html; charset=iso-8859-1") == text
