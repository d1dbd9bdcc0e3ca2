import pytest

from transforms.content.boilerplate_words import DATE, MAYBE_DATE


@pytest.mark.parametrize(
    "date",
    [
        "2024-05-19", "2024年5月", "19.05.2024", "May 2024", "19 de mayo de 2024", "May 19, '24",
        "May 19, ’24", "May 19 7:45", "3 Hours AGO", "3 天前", "7:45 am", "19:30 Uhr",
    ],
)  # fmt: skip
def test_the_quick_test_for_dates_accepts_every_form_of_date(date):
    assert DATE.search(date)
    assert MAYBE_DATE.search(date)
