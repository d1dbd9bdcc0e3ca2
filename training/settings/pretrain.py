"""Settings of `pretrain_run.py` and `sft_run.py`: data, model, optimization.

Read by `schemas/strict_toml.py` and saved in the run directory; a run resumes only with the
settings it began with. The run directory and the machine come from flags and are not part of them.
Defaults are DeepSeekMath's (arXiv:2402.03300, section 2.2) wherever it gives a number.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.errors import SettingsError

Schedule = Literal["multi-step", "constant"]
Packing = Literal["cut", "fit"]
Precision = Literal["auto", "bf16", "fp32"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Parquet files with a column of text, and their share of the tokens."""

    name: str
    files: str  # a file, a folder (every .parquet below it) or a glob
    weight: tuple[float, ...] = (1.0,)  # one per phase, the last for the rest; normalised to 1
    column: str = "text"

    def __post_init__(self) -> None:
        if not self.weight or min(self.weight) < 0:
            raise SettingsError(f"weight of {self.name} must be at least 0, not {self.weight}")


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase of training with its own source weights, such as code before mathematics."""

    name: str
    tokens: int

    def __post_init__(self) -> None:
        positive(self, "tokens")


@dataclass(frozen=True, kw_only=True)
class Tokenizer:
    """The tokenizer; `bytes` needs no file."""

    file: str = "bytes"  # or the path of a tokenizer.json or of its folder
    bos: str | None = None  # before every document; None: as in the tokenizer's config
    eos: str | None = None  # after every document; None: likewise


@dataclass(frozen=True, kw_only=True)
class Model:
    """A local model to start from, or the sizes of a new Llama."""

    path: str | None = None  # folder in the Hugging Face layout; the sizes are then ignored
    layers: int = 24
    width: int = 2048
    heads: int = 16
    kv_heads: int | None = None  # None: `heads`
    hidden: int = 5504  # of the MLP
    rope_theta: float = 10_000.0
    tied: bool = False  # embedding and output layer share one matrix
    init_std: float = 0.006  # DeepSeek LLM's (arXiv:2401.02954, section 2.3)

    def __post_init__(self) -> None:
        positive(self, "layers", "width", "heads", "hidden", "rope_theta", "init_std")
        if self.width % self.heads or self.heads % (self.kv_heads or self.heads):
            raise SettingsError("width must be a multiple of heads, and heads of kv_heads")


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """AdamW and its learning-rate schedule."""

    peak: float = 5.3e-4  # learning rate
    schedule: Schedule = "multi-step"
    warmup_steps: int = 2_000
    milestones: tuple[float, ...] = (0.8, 0.9)  # fractions of the steps
    factors: tuple[float, ...] = (0.316, 0.1)  # of the peak, from each milestone on
    per_phase: bool = False  # every phase has its own schedule
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.1  # of matrices; norm weights are not decayed
    epsilon: float = 1e-8  # not in the paper
    clip: float = 1.0  # largest norm of the gradient

    def __post_init__(self) -> None:
        positive(self, "peak", "clip", "epsilon")
        if len(self.milestones) != len(self.factors) or sorted(self.milestones) != list(
            self.milestones
        ):
            raise SettingsError("milestones must be ascending, with one factor each")
        if self.warmup_steps < 0:
            raise SettingsError(f"warmup_steps must be at least 0, not {self.warmup_steps}")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Batches of blocks, and how documents are packed into them."""

    context: int = 4096  # T: tokens of a block
    tokens: int = 4_194_304  # of a batch over all processes and microbatches
    blocks: int = 1  # B: blocks of a microbatch on one process
    packing: Packing = "cut"  # concatenated and cut at T; or "fit": whole ones, best fit
    window: int = 1024  # blocks that are shuffled together; "fit" packs the documents of as many
    mix_groups: int = 2  # row groups shuffled together
    seed: int = 0  # of the order of documents and blocks

    def __post_init__(self) -> None:
        positive(self, "context", "tokens", "blocks", "window", "mix_groups")
        check_seed(self)
        if self.tokens % self.context:
            raise SettingsError(f"tokens ({self.tokens}) must be a multiple of context")
        if self.window * self.context < self.tokens:
            raise SettingsError(
                f"batch.window ({self.window} blocks) must be at least a batch "
                f"({self.tokens // self.context} blocks), or no block is moved to another batch: "
                "set it to twice as many or more"
            )


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Precision, memory and checkpoints."""

    precision: Precision = "auto"  # "auto": bf16 on a GPU, fp32 on a CPU
    compile: bool = False  # every layer, with torch.compile
    recompute: bool = False  # activation checkpointing of every layer
    keep_logits: bool = False  # vocabulary x positions x 4 bytes; else recomputed
    seed: int = 0  # of new weights
    checkpoint_steps: int = 500
    keep: int = 2  # checkpoints to keep

    def __post_init__(self) -> None:
        positive(self, "checkpoint_steps", "keep")
        check_seed(self)


@dataclass(frozen=True, kw_only=True)
class Run(Execution):
    """As `Execution`, with the held-out loss and MFU."""

    held_out: str | None = None  # Parquet files to measure bits per byte on
    held_out_column: str = "text"
    held_out_tokens: int = 1_000_000  # at most
    held_out_steps: int = 500
    peak_tflops: float | None = None  # of one device; None: looked up by its name

    def __post_init__(self) -> None:
        super().__post_init__()
        positive(self, "held_out_tokens", "held_out_steps")


@dataclass(frozen=True, kw_only=True)
class PretrainSettings:
    """All settings of `pretrain_run.py`."""

    sources: tuple[Source, ...]
    phases: tuple[Phase, ...]
    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    model: Model = field(default_factory=Model)
    optimizer: Optimizer = field(default_factory=Optimizer)
    batch: Batch = field(default_factory=Batch)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        _check_names("sources", [source.name for source in self.sources])
        _check_names("phases", [phase.name for phase in self.phases])
        for i, phase in enumerate(self.phases):
            if not any(source.weight[min(i, len(source.weight) - 1)] for source in self.sources):
                raise SettingsError(f"every source has weight 0 in phase {phase.name}")


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Questions with worked answers, in any format of `schemas/benchmarks.py`."""

    files: str  # a file, a folder or a glob
    prompt: str = "Question: {question}\nAnswer: "  # followed by answer and EOS

    def __post_init__(self) -> None:
        if self.prompt.count("{question}") != 1:
            raise SettingsError("prompt must contain {question} exactly once")


@dataclass(frozen=True, kw_only=True)
class SftOptimizer(Optimizer):
    """AdamW at the paper's constant learning rate."""

    peak: float = 5e-5
    schedule: Schedule = "constant"
    warmup_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class SftBatch(Batch):
    """Batches of whole examples: 256 blocks of 4,096 tokens."""

    tokens: int = 256 * 4096
    packing: Packing = "fit"


@dataclass(frozen=True, kw_only=True)
class SftSettings:
    """All settings of `sft_run.py`; the numbers are those of the paper's section 3.1."""

    examples: Examples
    steps: int = 500
    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    model: Model = field(default_factory=Model)
    optimizer: SftOptimizer = field(default_factory=SftOptimizer)
    batch: SftBatch = field(default_factory=SftBatch)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        positive(self, "steps")
        if self.batch.packing != "fit":
            raise SettingsError("batch.packing must be fit: a cut answer never reaches EOS")


def _check_names(key: str, names: list[str]) -> None:
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"{key} must have at least one entry and distinct names, not {names}")


def positive(settings: Any, *names: str) -> None:
    """Raise SettingsError unless the attributes of these names are above 0 and finite."""
    for name in names:
        if not 0 < getattr(settings, name) < math.inf:  # also if it is NaN
            raise SettingsError(f"{name} must be positive, not {getattr(settings, name)}")


def check_seed(settings: Any, name: str = "seed") -> None:
    """Raise SettingsError unless an attribute is a seed that all random generators take."""
    if not 0 <= getattr(settings, name) < 2**32:
        raise SettingsError(f"{name} must be from 0 to 2**32 - 1, not {getattr(settings, name)}")
