import pytest

from schemas.errors import PagesFailedError
from transforms.pages.bugs import check_bugs, describe_bug


def caught(error):
    try:
        raise error
    except type(error) as raised:
        return raised


def test_a_bug_is_described_by_its_traceback_without_the_folder_of_the_program():
    text = describe_bug(caught(KeyError("x")))
    assert text.startswith("Traceback (most recent call last):\n")
    assert 'File "tests/transforms/pages/test_bugs.py", line' in text
    assert text.endswith("KeyError: 'x'\n")


def test_a_long_message_keeps_its_start_and_its_end():
    text = describe_bug(caught(ValueError("<" * 20_000 + "!")))
    assert text.startswith("Traceback")
    assert text.endswith("<!\n")
    assert "characters]" in text
    assert 20_000 < len(text) < 20_100


@pytest.mark.parametrize(
    ("bugs", "pages", "fails"),
    [
        (0, 0, False),
        (20, 0, False),  # few, though all
        (21, 0, True),
        (21, 20_978, True),
        (21, 20_979, False),  # 0.1 % of 21,000
        (1000, 999_000, False),
        (1001, 999_000, True),
    ],
)
def test_a_job_fails_if_over_20_pages_and_over_a_thousandth_of_them_reveal_a_bug(
    bugs, pages, fails
):
    counters = {"pages": pages, "failed.bug": bugs, "records": 0}
    if fails:
        with pytest.raises(PagesFailedError, match=rf"{bugs:,} of {pages + bugs:,} .* in out/fail"):
            check_bugs(counters, "out/failures")
    else:
        check_bugs(counters, "out/failures")


def test_a_crawl_without_pages_has_no_bugs():
    check_bugs({"records": 3}, "out/failures")
