from dataclasses import replace

import pytest

from pipelines.planning.bill import bills
from pipelines.planning.estimate import Estimate
from pipelines.planning.usage import COSTS, Usage
from schemas.plan_settings import Plan, Prices

HOUR = 3600.0
FREE = Prices(
    **dict.fromkeys((name for name in vars(Prices()) if name != "date"), (0.0,)), date="2026-01-01"
)
STAGES = [
    Usage(
        "prepare",
        cpu_seconds=Estimate(90 * HOUR, 100 * HOUR, 110 * HOUR),
        stored_bytes=Estimate.exactly(5e9),
        reads=2e6,
        writes=1e6,
    ),
    Usage(
        "round",
        cpu_seconds=Estimate.exactly(10 * HOUR),
        serial_seconds=10 * HOUR,
        shuffled_bytes=Estimate.exactly(4e9),
    ),
]


def bill(runner, prices=FREE, **plan):
    plan = Plan(**{"local_vcpus": 10, "flink_vcpus": 10, "dataflow_vcpus": 10} | plan)
    return {bill.runner: bill for bill in bills(STAGES, replace(plan, prices=prices), 1)}[runner]


def test_the_serial_part_takes_as_long_on_any_number_of_machines():
    parallel = 100 / COSTS.parallel_efficiency
    assert bill("local").hours.value == pytest.approx(10 + parallel / 10)
    assert bill("local", local_vcpus=1).hours.value == pytest.approx(110)
    assert bill("Flink", flink_vcpus=100_000).hours.value == pytest.approx(10, abs=0.02)
    assert bill("Dataflow", dataflow_vcpus=100_000).hours.value > 10.3  # jobs start machines


def test_machines_are_paid_by_the_hour_between_spot_and_on_demand():
    prices = replace(FREE, vcpu_hour=(0.02, 0.05))
    local, flink = bill("local", prices), bill("Flink", prices)
    assert local.machines.low == pytest.approx(local.hours.low * 10 * 0.02)
    assert local.machines.high == pytest.approx(local.hours.high * 10 * 0.05)
    rented = 10 + COSTS.flink_coordination_vcpus
    assert flink.machines.value == pytest.approx(flink.hours.value * rented * 0.035)
    assert local.dollars == local.machines


def test_workers_of_dataflow_are_paid_with_their_memory_and_disk():
    def machines(**prices):
        return bill("Dataflow", replace(FREE, **prices)).machines.value

    hours = 10 * bill("Dataflow").hours.value
    assert machines(dataflow_vcpu_hour=(1.0,)) == pytest.approx(hours)
    memory = COSTS.dataflow_gigabytes_of_vcpu
    assert machines(dataflow_memory_gb_hour=(1.0,)) == pytest.approx(hours * memory)
    disk = COSTS.dataflow_disk_gigabytes_of_vcpu
    assert machines(dataflow_disk_gb_hour=(1.0,)) == pytest.approx(hours * disk)


def test_dataflow_charges_what_is_shuffled_when_it_is_written_and_read():
    assert bill("Dataflow", replace(FREE, dataflow_shuffled_gb=(1.0,))).shuffle.value == 8
    assert bill("local").shuffle.value == 0


def test_storage_is_paid_by_the_month():
    prices = replace(FREE, disk_gb_month=(1.0,), s3_gb_month=(2.0,), gcs_gb_month=(3.0,))
    kept = {name: bill(name, prices, months_stored=2) for name in ("local", "Flink", "Dataflow")}
    assert [kept[name].storage.value for name in kept] == [10, 20, 30]


def test_requests_are_paid_where_the_output_is_in_an_object_store():
    prices = replace(
        FREE,
        s3_million_reads=(1.0,),
        s3_million_writes=(10.0,),
        gcs_million_reads=(2.0,),
        gcs_million_writes=(20.0,),
    )
    assert [bill(name, prices).requests.value for name in ("local", "Flink", "Dataflow")] == [
        0,
        12,
        24,
    ]
