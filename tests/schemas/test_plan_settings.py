import pytest

from schemas.errors import SettingsError
from schemas.plan_settings import Plan, Prices
from schemas.settings import Settings, load_settings


def load(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return load_settings(path)


def test_a_price_is_one_number_or_the_lowest_and_the_highest(tmp_path):
    text = '[plan]\nlocal_vcpus = 96\n[plan.prices]\ndate = "2026-05-01"\nvcpu_hour = 0.03\n'
    plan = load(tmp_path, f"{text}s3_gb_month = [0.01, 0.02]").plan
    assert plan == Plan(
        local_vcpus=96,
        prices=Prices(date="2026-05-01", vcpu_hour=(0.03,), s3_gb_month=(0.01, 0.02)),
    )
    assert plan.vcpus_of_local_runner == 96
    assert Plan().vcpus_of_local_runner >= 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("prices.vcpu_hour = [0.05, 0.02]", "vcpu_hour must have the lowest price first"),
        ("prices.vcpu_hour = []", "vcpu_hour must be a price, or the lowest and the highest"),
        ("prices.vcpu_hour = [1, 2, 3]", "vcpu_hour must be a price"),
        ("prices.vcpu_hour = -1", "vcpu_hour must be a price"),
        ('prices.date = "May 2026"', 'date must be as "2026-12-01"'),
        ("prices.vcpu_hours = 1", "did you mean 'vcpu_hour'"),
        ("corpus_share = 1.5", "corpus_share must be between 0 and 1"),
        ("flink_vcpus = 0", "flink_vcpus must be between 1 and"),
        ("local_vcpus = 0", "local_vcpus must be between 1 and"),
        ("months_stored = -1", "months_stored must be between 0 and"),
    ],
)
def test_a_mistake_in_the_plan_names_the_key(tmp_path, text, complaint):
    with pytest.raises(SettingsError, match=complaint):
        load(tmp_path, f"[plan]\n{text}")


def test_the_plan_is_no_part_of_what_defines_the_corpus():
    assert set(Settings().of_corpus()) == {"prepare", "dedup", "rounds", "write"}
    assert Settings(plan=Plan(flink_vcpus=5)).of_corpus() == Settings().of_corpus()
