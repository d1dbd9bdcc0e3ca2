"""Settings of `mathmine plan`: the size of the machines, and prices in dollars.

They estimate what a run costs and have no part in what it makes, so no manifest includes them.
Prices are for `us-east-1` of Amazon and `us-central1` of Google, without taxes, free tiers and
contracts. A price that varies is a list of the lowest and the highest. Set those of your region and
contract in `[plan.prices]`, and `date` with them: `mathmine plan` warns when it is a year old.
"""

import math
import os
from dataclasses import dataclass, field, fields
from datetime import date

Price = tuple[float, ...]  # in dollars: one, or the lowest and the highest


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Dollars for a unit; the comments have the source of each, and what varies."""

    date: str = "2025-01-31"  # of the oldest of them

    # Rented machines, for the local runner and Flink: m7i.xlarge, $.2016 an hour for 4 vCPUs and 16
    # GB, on demand (aws.amazon.com/ec2/pricing/on-demand, January 2025). Spot varies by zone and
    # hour: half of that, as in AWS's example of c5.2xlarge at $.17 to .19 instead of .34
    # (docs.aws.amazon.com/autoscaling/ec2/userguide, "Spot price per unit hour example").
    vcpu_hour: Price = (0.0252, 0.0504)
    disk_gb_month: Price = (0.08,)  # aws.amazon.com/ebs/pricing, gp3, January 2025

    # Amazon S3, for the output of Flink: aws.amazon.com/s3/pricing, Standard, January 2025.
    s3_gb_month: Price = (0.021, 0.023)  # above 500 TB, below 50 TB
    s3_million_writes: Price = (5.0,)  # PUT, POST, LIST
    s3_million_reads: Price = (0.4,)  # GET, HEAD

    # Dataflow: cloud.google.com/dataflow/pricing, batch, January 2025; the
    # lowest is FlexRS.
    dataflow_vcpu_hour: Price = (0.0336, 0.056)
    dataflow_memory_gb_hour: Price = (0.0021341, 0.003557)
    dataflow_disk_gb_hour: Price = (0.000054,)
    dataflow_shuffled_gb: Price = (0.0055, 0.011)  # up to 5 TB a job are charged in part

    # Google Cloud Storage, for the output of Dataflow: cloud.google.com/storage/pricing, Standard
    # in one region, $.000027397 a GiB-hour on 2026-09-20; operations of January 2025.
    gcs_gb_month: Price = (0.02,)
    gcs_million_writes: Price = (5.0,)  # class A
    gcs_million_reads: Price = (0.4,)  # class B

    def __post_init__(self) -> None:
        for price in fields(self):
            if price.name != "date":
                _check_price(price.name, getattr(self, price.name))
        try:
            date.fromisoformat(self.date)
        except ValueError as error:
            raise ValueError(f'date must be as "2026-12-01", not {self.date!r}') from error


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large the machines are that `mathmine plan` compares, and what they cost."""

    local_vcpus: int | None = None  # of the machine of the local runner; None: of this machine
    flink_vcpus: int = 256  # of all TaskManagers
    dataflow_vcpus: int = 256  # of all workers
    months_stored: float = 1.0
    # Share of the pages that the corpus has. The paper's last corpus has 35.5 million of the 40
    # billion pages of Common Crawl without copies (section 2.1), one in a thousand.
    corpus_share: float = 0.001
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        for name in ("flink_vcpus", "dataflow_vcpus"):
            if not 1 <= getattr(self, name) <= 1_000_000:
                raise ValueError(f"{name} must be between 1 and 1,000,000")
        if self.local_vcpus is not None and not 1 <= self.local_vcpus <= 10_000:
            raise ValueError("local_vcpus must be between 1 and 10,000")
        if not 0 <= self.months_stored <= 1200:
            raise ValueError("months_stored must be between 0 and 1,200")
        if not 0 <= self.corpus_share <= 1:
            raise ValueError("corpus_share must be between 0 and 1")

    @property
    def vcpus_of_local_runner(self) -> int:
        """Return the setting, or the number of this machine."""
        return self.local_vcpus or os.cpu_count() or 1


def _check_price(name: str, price: Price) -> None:
    if len(price) not in (1, 2) or not all(0 <= dollars < math.inf for dollars in price):
        raise ValueError(f"{name} must be a price, or the lowest and the highest: {list(price)}")
    if list(price) != sorted(price):
        raise ValueError(f"{name} must have the lowest price first: {list(price)}")
