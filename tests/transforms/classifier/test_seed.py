import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from transforms.classifier.seed import seed_texts
from transforms.storage.files import Storage


def texts_of(path):
    return [seed.text for seed in seed_texts(str(path), Storage())]


def domains_of(path):
    return [seed.domain for seed in seed_texts(str(path), Storage())]


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


LINES = b'{"text": "one", "url": "u"}\n\n{"text": "two"}\n'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", LINES, ["one", "two"]),
        ("a.JSONL", b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n"), ["one", "two"]),
        (
            "a.jsonl.gz",
            gzip.compress(LINES[:31], mtime=0) + gzip.compress(LINES[31:], mtime=0),
            ["one", "two"],
        ),
        ("a.jsonl.ZST", zstandard.compress(LINES), ["one", "two"]),
        ("a.json", LINES, ["one", "two"]),
        ("a.json", b'[{"text": "one"},\n {"text": "two"}]', ["one", "two"]),
        ("a.json", b'{\n "text": "one"\n}\n', ["one"]),
        ("a.jsonl", b'{"text": ""}\n{"text": " \\n"}\n{"text": "one"}', ["one"]),
        ("a.jsonl", b'{"text": "x\\ud83d"}\n{"text": "\\ud83d\\ude00"}', ["x\ufffd", "\U0001f600"]),
        ("a.txt", b"\xef\xbb\xbfone\ntwo", ["one\ntwo"]),
        ("a.TXT.gz", gzip.compress("eins, zwei, fünf".encode(), mtime=0), ["eins, zwei, fünf"]),
        ("a.txt", "ñ".encode("utf-16"), ["ñ"]),
    ],
)
def test_seeds_are_text_and_json_in_many_forms(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert texts_of(tmp_path / name) == expected


def test_parquet_files_have_a_column_text(tmp_path):
    path = parquet(tmp_path / "a.Parquet", url=["u", "v", "w"], text=["one", " ", "two"])
    assert texts_of(path) == ["one", "two"]
    (tmp_path / "b.parquet.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    assert texts_of(tmp_path / "b.parquet.gz") == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", b'{"text": "x"}\nno json\n', r"a\.jsonl, line 2: not JSON: Expecting value"),
        ("a.jsonl", b'\n{"body": "x"}\n', r"a\.jsonl, line 2: no object with a string 'text'"),
        ("a.jsonl", b'{"text": 7}\n', "line 1: no object with a string 'text'"),
        ("a.jsonl", b'["x"]\n', "line 1: no object with a string 'text'"),
        ("a.jsonl", b'{"text": null}\n', "line 1: no object with a string 'text'"),
        ("a.jsonl", b'{"text": "x"}\n{"text": "\xe9"}\n', r"a\.jsonl, line 2: 'utf-8' codec"),
        ("a.jsonl", b'{"text": ' + b"[" * 100_000, "line 1: JSON that cannot be read"),
        ("a.jsonl", b'{"text": ' + b"7" * 5_000 + b"}", "line 1: JSON that cannot be read"),
        ("a.json", b'[{"text": "x"},\n {"text": "y"', r"a\.json, line 2: not JSON"),
        ("a.json", b'[{"text": "x"}, 7]', r"a\.json, element 2: no object with a string 'text'"),
        ("a.txt", b"x\n\xff", r"a\.txt, line 2: 'utf-8' codec .*: save it as UTF-8"),
        ("a.txt", "ñ".encode("utf-16-le"), r"a\.txt, line 1: .*: save it as UTF-8"),
        (
            "a.jsonl.gz",
            gzip.compress(LINES, mtime=0)[:-9],
            r"a\.jsonl\.gz: Truncated compressed stream",
        ),
        ("a.jsonl.gz", LINES, r"a\.jsonl\.gz: zlib inflate failed"),
        ("a.txt.zst", b"x", r"a\.txt\.zst: ZSTD decompress failed"),
        ("a.parquet", b"PAR1", r"a\.parquet is not a Parquet file"),
        ("a.parquet", b"", r"a\.parquet is not a Parquet file"),
    ],
)
def test_a_seed_that_cannot_be_read_is_named_with_its_line(tmp_path, name, content, complaint):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        texts_of(tmp_path / name)


def test_the_domain_of_a_text_is_that_of_its_url(tmp_path):
    urls = ["https://Math.StackExchange.com:443/q/1", "no url", "", 7, None, ["http://a.org"]]
    rows = [{"text": "x", "url": url} for url in urls] + [{"text": "x"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert domains_of(tmp_path / "a.jsonl") == ["stackexchange.com", "", "", "", "", "", ""]
    path = parquet(tmp_path / "a.parquet", text=["x", "y"], url=["http://en.a.co.uk/", None])
    assert domains_of(path) == ["a.co.uk", ""]
    assert domains_of(parquet(tmp_path / "b.parquet", text=["x"], url=[7])) == [""]
    assert domains_of(parquet(tmp_path / "c.parquet", text=["x"])) == [""]
    (tmp_path / "a.txt").write_text("http://a.org/")
    assert domains_of(tmp_path / "a.txt") == [""]


def test_texts_that_differ_in_digits_alone_or_late_are_held_out_together(tmp_path):
    texts = ["Solve $x+1=3$", "solve $x + 22 = 4$!", "solve $x-1=3$", "a " * 300, "a " * 300 + "b"]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    keys = [seed.key for seed in seed_texts(str(tmp_path / "a.jsonl"), Storage())]
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] == keys[4]


def test_parquet_rows_without_a_text_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no column 'text'; it has \['body'\]"):
        texts_of(parquet(tmp_path / "a.parquet", body=["x"]))
    with pytest.raises(InputError, match=r"a\.parquet, row 1500: no object with a string 'text'"):
        texts_of(parquet(tmp_path / "a.parquet", text=["x"] * 1499 + [None, "y"]))
    with pytest.raises(InputError, match="row 1: no object with a string 'text'"):
        texts_of(parquet(tmp_path / "a.parquet", text=[1]))


def test_a_damaged_page_of_parquet_is_an_error(tmp_path):
    path = parquet(tmp_path / "a.parquet", text=[json.dumps(list(range(n))) for n in range(200)])
    data = bytearray(path.read_bytes())
    data[40:400] = b"\xff" * 360
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"a\.parquet is not a Parquet file that can be read"):
        texts_of(path)


@given(
    st.sampled_from([".jsonl", ".json", ".parquet", ".txt", ".jsonl.gz", ".txt.zst"]),
    st.binary() | st.text(st.sampled_from('"\\,:{}[]\ntextu d8 ')).map(str.encode),
)
def test_any_bytes_are_read_or_refused_with_the_name_of_the_file(tmp_path_factory, suffix, data):
    path = tmp_path_factory.getbasetemp() / f"seed{suffix}"
    path.write_bytes(data)
    try:
        complaint = str(path) if all(text.strip() for text in texts_of(path)) else ""
    except InputError as error:
        complaint = str(error)
    assert complaint.startswith(str(path))
