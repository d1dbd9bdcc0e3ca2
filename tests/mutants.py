"""Mutation testing: do the tests fail when the code is wrong?

    make mutants
    python -m tests.mutants --sample 200 --seed 0 [--target warc] [--jobs 2] --out out/mutants

For each target below, cosmic-ray lists every mutant (an operator, comparison or constant replaced,
a condition negated, a loop left empty, ...). `--sample` of them are drawn by `--seed`, as many from
each target, and the target's tests run on each in a copy of the checkout. A mutant that no test
notices has survived; the diffs of all survivors are printed. Exits with status 1 if less than the
share `--least` of the mutants is killed. Takes half an hour on two cores: not part of `make test`.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).resolve().parents[1]
# Mutants that show nothing about the tests: `X | None` of an annotation is evaluated on import, so
# any test would kill it; `is` equals `==` for the small integers and literals that are compared.
_TRIVIAL = ("ReplaceBinaryOperator_BitOr", "Comparison_Eq_Is", "Comparison_NotEq_IsNot")
_MEMORY = 12 << 30  # bytes of address space


@dataclass(frozen=True)
class Target:
    """Code to mutate, and the tests that should notice: files or folders, from the root."""

    code: tuple[str, ...]
    tests: tuple[str, ...]


TARGETS = {
    "driver": Target(("pipelines/stages",), ("tests/pipelines/stages",)),
    "warc": Target(("transforms/warc",), ("tests/transforms/warc",)),
    "decontamination": Target(
        ("transforms/decontamination",), ("tests/transforms/decontamination",)
    ),
    "objective": Target(
        ("training/rl/objective.py", "training/rl/advantage.py"),
        (
            "tests/training/rl/test_objective.py",
            "tests/training/rl/test_objective_parts.py",
            "tests/training/rl/test_advantage.py",
        ),
    ),
}


@dataclass(frozen=True)
class Score:
    """How many mutants of a target there are, were tried and were killed, and the survivors."""

    target: str
    mutants: int
    killed: int
    timed_out: int
    survivors: tuple[str, ...]

    @property
    def tried(self) -> int:
        """Mutants on which the tests ran."""
        return self.killed + len(self.survivors)


def main(argv: list[str] | None = None) -> int:
    """Run the targets that `argv` names and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=200, help="mutants in all (default 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default 0)")
    parser.add_argument("--least", type=float, default=0.85, help="share to kill (default .85)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="default: all")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time (default 2)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds a mutant (default 120)")
    parser.add_argument("--out", type=Path, default=Path("out/mutants"))
    args = parser.parse_args(argv)
    names = args.target or list(TARGETS)
    size = args.sample // len(names)

    def work(name: str) -> Score:
        return _score(name, size, args.seed, args.timeout, args.out / name)

    with ThreadPoolExecutor(args.jobs) as pool:
        scores = list(pool.map(work, names))
    _print_table(scores)
    killed, tried = sum(s.killed for s in scores), sum(s.tried for s in scores)
    return 0 if killed >= args.least * tried else 1


def _score(name: str, size: int, seed: int, timeout: float, out: Path) -> Score:
    """Draw `size` mutants of a target and run its tests on each."""
    copy, session = _copy_checkout(out), out / "session.sqlite"
    config = out / "cosmic-ray.toml"
    config.write_text(_config(TARGETS[name], timeout), encoding="utf-8")
    _cosmic_ray(copy, "baseline", config)  # the tests pass on the unchanged code
    _cosmic_ray(copy, "init", config, session)
    mutants = _skip_all_but(size, seed, session)
    print(f"{name}: {mutants} mutants, running {min(size, mutants)}", flush=True)
    _cosmic_ray(copy, "exec", config, session)
    return _read_score(name, mutants, session)


def _copy_checkout(out: Path) -> Path:
    """Copy the files that git knows to `out/checkout`, since mutants are written in place."""
    shutil.rmtree(out, ignore_errors=True)
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listing.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = out / "checkout" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return (out / "checkout").resolve()


def _config(target: Target, timeout: float) -> str:
    paths = [
        str(path.relative_to(ROOT))
        for code in target.code
        for path in sorted((ROOT / code).rglob("*.py") if (ROOT / code).is_dir() else [ROOT / code])
        if path.name != "__init__.py"
    ]
    tests = " ".join(target.tests)
    options = "-x -q -n 0 -p no:cacheprovider -o timeout=0 --hypothesis-profile=mutants"
    command = f"{sys.executable} -m pytest {options} -m 'not slow' {tests}"
    return (
        "[cosmic-ray]\n"
        f"module-path = {json.dumps(paths)}\n"
        f"timeout = {timeout}\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(command)}\n"
        "[cosmic-ray.distributor]\n"
        'name = "local"\n'
    )


def _cosmic_ray(copy: Path, command: str, *files: Path) -> None:
    run = [
        sys.executable,
        "-m",
        "cosmic_ray.cli",
        command,
        *(str(file.resolve()) for file in files),
    ]
    subprocess.run(
        run,
        cwd=copy,
        env=_environment(copy),
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=_limit_memory,
    )


def _limit_memory() -> None:
    """Limit the address space of the process: a loop without an end may fill the memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _environment(copy: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


def _skip_all_but(size: int, seed: int, session: Path) -> int:
    """Mark all mutants but a sample as skipped; return how many mutants there are."""
    with use_db(str(session)) as db:
        jobs = sorted(
            (item.job_id, item.mutations[0].operator_name, _position(item))
            for item in db.work_items
        )
        useful = [job for job in jobs if not any(name in job[1] for name in _TRIVIAL)]
        useful.sort(key=lambda job: (job[2], job[1]))  # ids of jobs are random
        drawn = {job[0] for job in random.Random(seed).sample(useful, min(size, len(useful)))}
        skipped = WorkResult(output="not drawn", worker_outcome=WorkerOutcome.SKIPPED)
        db.set_multiple_results([job[0] for job in jobs if job[0] not in drawn], skipped)
    return len(useful)


def _position(item) -> tuple:
    mutation = item.mutations[0]
    return str(mutation.module_path), mutation.start_pos, mutation.occurrence


def _read_score(name: str, mutants: int, session: Path) -> Score:
    with use_db(str(session)) as db:
        results = [r for _, r in db.completed_work_items]
    results = [r for r in results if r.worker_outcome is not WorkerOutcome.SKIPPED]
    survivors = [r.diff for r in results if r.test_outcome is TestOutcome.SURVIVED]
    killed = sum(r.test_outcome is TestOutcome.KILLED for r in results)
    timed_out = sum(r.output == "timeout" for r in results)
    return Score(name, mutants, killed, timed_out, tuple(survivors))


def _print_table(scores: list[Score]) -> None:
    for score in scores:
        for diff in score.survivors:
            print(f"\nsurvived in {score.target}:\n{diff}")
    print(f"\n{'target':18}{'mutants':>9}{'tried':>7}{'killed':>8}{'by timeout':>12}{'share':>8}")
    for score in scores:
        share = f"{score.killed / max(1, score.tried):.1%}"
        counts = f"{score.mutants:>9}{score.tried:>7}{score.killed:>8}{score.timed_out:>12}"
        print(f"{score.target:18}{counts}{share:>8}")
    killed, tried = sum(s.killed for s in scores), sum(s.tried for s in scores)
    print(f"{'all':18}{'':9}{tried:>7}{killed:>8}{'':12}{killed / max(1, tried):>8.1%}")


if __name__ == "__main__":
    sys.exit(main())
