from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError, SettingsError
from schemas.strict_toml import read_toml


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    share: float = 1.0
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Whole:
    parts: tuple[Part, ...]
    count: int = 3
    order: Literal["up", "down", "random"] = "up"
    path: str | None = None
    first: Part = Part(name="first")  # frozen


TEXT = """
count = 4
[[parts]]
name = "code"
[[parts]]
name = "math"
share = 2
"""


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(TEXT)
    return lambda *overrides: read_toml(Whole, path, overrides)


def test_overrides_take_precedence_over_the_file(read):
    assert read("count = 7").count == 7
    assert read("first.name=x", "first.share=3").first == Part(name="x", share=3.0)
    assert read("count=5", "count=6").count == 6
    assert read("order=down").order == "down"


def test_an_element_of_a_list_is_named_by_its_name_or_index(read):
    assert read("parts.math.share=0.5").parts[1].share == 0.5
    assert read("parts.0.sizes=[1, 2]").parts[0].sizes == (1, 2)
    assert read('parts=[{name="all"}]').parts == (Part(name="all"),)


@pytest.mark.parametrize("text", ["/data/x y", "out/a=b", '"quoted"', "a.b", "*.parquet", ""])
def test_text_that_is_not_toml_is_a_string(read, text):
    assert read(f"path={text}").path == text.strip('"')


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("coumt=1", "unknown key 'coumt'; did you mean 'count'?"),
        ("first.shar=1", "unknown key 'first.shar'; did you mean 'share'?"),
        ("frist.share=1", "unknown key 'frist'; did you mean 'first'?"),
        ("parts.maths.share=1", "no 'maths'; did you mean 'math'?"),
        ("parts.2.share=1", "no '2'; there are code, math"),
        ("parts.math=1", "name a field of math, as in parts.math.field=value"),
        ("count.x=1", "count is not a table"),
        ("count", "'count' is not of the form key=value"),
        ("a..b=1", "is not of the form key=value"),
        ("count=1.5", "count must be of type int, not 1.5"),
        ("count=true", "count must be of type int, not True"),
        ("path=3", "path must be of type str, not 3"),
        ("order=u", "order must be up, down or random, not 'u'"),
        ("order=1", "order must be up, down or random, not 1"),
        ("parts.0.share=much", "parts.share must be of type float, not 'much'"),
        ("first=3", "first must be a table"),
        ("parts=[{share=1}]", "parts.name is missing"),
    ],
)
def test_an_error_names_the_key_and_what_would_be_right(read, override, complaint):
    with pytest.raises(SettingsError, match=r"c\.toml: ") as caught:
        read(override)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("key", ["count", "parts.math.share", "parts.0.sizes"])
@pytest.mark.parametrize(
    "number",
    ["nan", "-inf", "inf", "1e300", "-1e300", "1e400", "1e-300", f"{10**20}", f"-{10**20}"],
)
def test_numbers_that_are_not_finite_or_absurd_are_refused(read, key, number):
    with pytest.raises(SettingsError, match=key.rpartition(".")[2]):
        read(f"{key}={number}")


@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        ("nan", "count must be finite, not nan"),
        ("1e16", "count must be 0 or have a magnitude between 1e-20 and 10**15"),
        ("0x" + "f" * 10_000, "count must be 0 or have a magnitude between"),
        ("[[[1e300]]]", "count must be of type int"),
        ("[" * 100_000, "c.toml: "),
        ("9" * 5_000, "c.toml: "),
    ],
)
def test_a_number_that_is_refused_is_named_by_its_key(read, number, complaint):
    with pytest.raises(SettingsError) as caught:
        read(f"count={number}")
    assert complaint in str(caught.value)


def test_large_and_small_numbers_that_settings_need_are_taken(read):
    assert read("count=1_000_000_000_000_000").count == 10**15
    assert read("parts.0.share=1e-12").parts[0].share == 1e-12
    assert read("parts.0.share=0").parts[0].share == 0.0


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "c.toml").write_text("\ufeff" + TEXT, encoding="utf-8")
    assert read_toml(Whole, tmp_path / "c.toml").count == 4


@given(st.text(), st.text())
def test_any_override_gives_settings_or_a_settings_error(tmp_path_factory, key, value):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(TEXT)
    try:
        whole = read_toml(Whole, path, [f"{key}={value}"])
    except SettingsError as error:
        whole = str(error)
    assert isinstance(whole, Whole) or whole.startswith(f"{path}: ")


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: No such file or directory"):
        read_toml(Whole, tmp_path / "none.toml")
    (tmp_path / "c.toml").write_bytes(b'path = "\xff"')
    with pytest.raises(InputError, match=r"c\.toml: 'utf-8' codec can't decode"):
        read_toml(Whole, tmp_path / "c.toml")
