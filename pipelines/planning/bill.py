"""Hours and dollars of a run on the local runner, on Flink and on Dataflow."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.planning.estimate import ZERO, Estimate
from pipelines.planning.stage_costs import JOBS, JOBS_OF_ROUND
from pipelines.planning.usage import COSTS, Usage
from schemas.plan_settings import Plan, Price

_HOUR = 3600.0
_GIGABYTE = 1e9
_MILLION = 1e6


@dataclass(frozen=True)
class Bill:
    """What one runner needs; all but `hours` are in dollars."""

    runner: str
    vcpus: int
    hours: Estimate
    machines: Estimate
    shuffle: Estimate
    requests: Estimate
    storage: Estimate

    @property
    def dollars(self) -> Estimate:
        """Return the sum."""
        return self.machines + self.shuffle + self.requests + self.storage


def bills(stages: Sequence[Usage], plan: Plan, rounds: int) -> list[Bill]:
    """Return the bills of the three runners for a run of so many rounds."""
    jobs = JOBS + JOBS_OF_ROUND * rounds
    return [_local(stages, plan), _flink(stages, plan, jobs), _dataflow(stages, plan, jobs)]


def _local(stages: Sequence[Usage], plan: Plan) -> Bill:
    """One machine with a disk: no requests but those for WARC files, which cost nothing."""
    prices = plan.prices
    hours = _hours(stages, plan.vcpus_of_local_runner)
    stored = _stored(stages)
    return Bill(
        "local",
        plan.vcpus_of_local_runner,
        hours,
        machines=hours * plan.vcpus_of_local_runner * _range(prices.vcpu_hour),
        shuffle=ZERO,
        requests=ZERO,
        storage=stored * plan.months_stored * _range(prices.disk_gb_month),
    )


def _flink(stages: Sequence[Usage], plan: Plan, jobs: int) -> Bill:
    """Rented machines, whose disks hold what is shuffled, and output in S3."""
    prices = plan.prices
    hours = _hours(stages, plan.flink_vcpus, jobs * COSTS.flink_seconds_of_job)
    rented = plan.flink_vcpus + COSTS.flink_coordination_vcpus
    return Bill(
        "Flink",
        plan.flink_vcpus,
        hours,
        machines=hours * rented * _range(prices.vcpu_hour),
        shuffle=_shuffled(stages) * hours * (1 / 730) * _range(prices.disk_gb_month),
        requests=_requests(stages, prices.s3_million_reads, prices.s3_million_writes),
        storage=_stored(stages) * plan.months_stored * _range(prices.s3_gb_month),
    )


def _dataflow(stages: Sequence[Usage], plan: Plan, jobs: int) -> Bill:
    """Workers of Dataflow, its shuffle service, which charges writing and reading, and GCS."""
    prices = plan.prices
    hours = _hours(stages, plan.dataflow_vcpus, jobs * COSTS.dataflow_seconds_of_job)
    of_vcpu = (
        _range(prices.dataflow_vcpu_hour)
        + _range(prices.dataflow_memory_gb_hour) * COSTS.dataflow_gigabytes_of_vcpu
        + _range(prices.dataflow_disk_gb_hour) * COSTS.dataflow_disk_gigabytes_of_vcpu
    )
    return Bill(
        "Dataflow",
        plan.dataflow_vcpus,
        hours,
        machines=hours * plan.dataflow_vcpus * of_vcpu,
        shuffle=_shuffled(stages) * 2 * _range(prices.dataflow_shuffled_gb),
        requests=_requests(stages, prices.gcs_million_reads, prices.gcs_million_writes),
        storage=_stored(stages) * plan.months_stored * _range(prices.gcs_gb_month),
    )


def _hours(stages: Sequence[Usage], vcpus: int, waiting_seconds: float = 0.0) -> Estimate:
    """Return how long `vcpus` take: those of the serial parts too, in which all but one wait."""
    serial = sum(stage.serial_seconds for stage in stages)
    hours = _sum([stage.cpu_seconds for stage in stages]) + Estimate.exactly(-serial)
    parallel = hours * (1 / (vcpus * (COSTS.parallel_efficiency if vcpus > 1 else 1.0)))
    return (parallel + Estimate.exactly(serial + waiting_seconds)) * (1 / _HOUR)


def _stored(stages: Sequence[Usage]) -> Estimate:
    return _sum([stage.stored_bytes for stage in stages]) * (1 / _GIGABYTE)


def _shuffled(stages: Sequence[Usage]) -> Estimate:
    return _sum([stage.shuffled_bytes for stage in stages]) * (1 / _GIGABYTE)


def _requests(stages: Sequence[Usage], reads: Price, writes: Price) -> Estimate:
    number_of_reads = sum(stage.reads for stage in stages) / _MILLION
    number_of_writes = sum(stage.writes for stage in stages) / _MILLION
    return _range(reads) * number_of_reads + _range(writes) * number_of_writes


def _sum(estimates: Sequence[Estimate]) -> Estimate:
    return sum(estimates, ZERO)


def _range(price: Price) -> Estimate:
    """Return a price as an estimate: its middle, between the lowest and the highest."""
    return Estimate(price[0], sum(price) / len(price), price[-1])
