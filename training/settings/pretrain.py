"""What a training run learns, from what and how: settings read by `schemas/strict_toml.py`.

They are saved beside the checkpoints, and a run goes on only under the settings it began with.
Where it is written and on what machine it runs is said by flags and never enters them.
Defaults are DeepSeekMath's (arXiv:2402.03300, section 2.2) wherever it gives a number.
"""

from dataclasses import dataclass, field
from typing import Literal

from schemas.errors import SettingsError
from training.settings.checks import positive

Schedule = Literal["multi-step", "constant"]
Packing = Literal["cut", "fit"]
Precision = Literal["auto", "bf16", "fp32"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Parquet files with a column of text, and their share of the tokens."""

    name: str
    files: str  # a file, a folder (every .parquet below it) or a glob
    weight: tuple[float, ...] = (1.0,)  # one a phase, the last holds on; scaled to a sum of 1
    column: str = "text"

    def __post_init__(self) -> None:
        if not self.weight or min(self.weight) < 0:
            raise SettingsError(f"weight of {self.name} must be at least 0, not {self.weight}")


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of training with its own weights: code, say, before mathematics."""

    name: str
    tokens: int

    def __post_init__(self) -> None:
        positive(self, "tokens")


@dataclass(frozen=True, kw_only=True)
class Tokenizer:
    """How text becomes numbers; `bytes` needs no file."""

    file: str = "bytes"  # or the path of a tokenizer.json, or of a folder that holds one
    bos: str | None = None  # before every document; None: as the tokenizer's own files say
    eos: str | None = None  # after every document; likewise


@dataclass(frozen=True, kw_only=True)
class Model:
    """A local model to go on from, or the sizes of a Llama to begin."""

    path: str | None = None  # folder in the Hugging Face layout; then the sizes are not used
    layers: int = 24
    width: int = 2048
    heads: int = 16
    kv_heads: int | None = None  # None: as many as heads
    hidden: int = 5504  # of the feed-forward part
    rope_theta: float = 10_000.0
    tied: bool = False  # one matrix for embedding and output
    init_std: float = 0.006  # DeepSeek LLM's (arXiv:2401.02954, section 2.3)

    def __post_init__(self) -> None:
        positive(self, "layers", "width", "heads", "hidden", "rope_theta", "init_std")
        if self.width % self.heads or self.heads % (self.kv_heads or self.heads):
            raise SettingsError("width must be a multiple of heads, and heads of kv_heads")


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """AdamW and its learning rate over the steps of a run."""

    peak: float = 5.3e-4  # learning rate
    schedule: Schedule = "multi-step"
    warmup_steps: int = 2_000
    milestones: tuple[float, ...] = (0.8, 0.9)  # shares of the steps
    factors: tuple[float, ...] = (0.316, 0.1)  # of the peak, from each milestone on
    per_phase: bool = False  # every phase has a schedule of its own
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.1  # of matrices; gains of norms are left alone
    epsilon: float = 1e-8  # not in the paper
    clip: float = 1.0  # norm of the gradient

    def __post_init__(self) -> None:
        positive(self, "peak", "clip", "epsilon")
        if len(self.milestones) != len(self.factors) or sorted(self.milestones) != list(
            self.milestones
        ):
            raise SettingsError("milestones must ascend, and have one factor each")
        if self.warmup_steps < 0:
            raise SettingsError(f"warmup_steps must be at least 0, not {self.warmup_steps}")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Blocks of tokens, and how they are made."""

    context: int = 4096  # T: tokens of a block
    tokens: int = 4_194_304  # of a batch over all processes; gradients add up to it
    blocks: int = 1  # B: blocks of one forward pass on one process
    packing: Packing = "cut"  # documents end to end, cut at T; or "fit": whole ones, best fit
    window: int = 1024  # "fit" looks at so many blocks' worth of documents at a time
    mix_groups: int = 2  # row groups that are read and shuffled together
    seed: int = 0  # of the order of documents

    def __post_init__(self) -> None:
        positive(self, "context", "tokens", "blocks", "window", "mix_groups")
        if self.tokens % self.context:
            raise SettingsError(f"tokens ({self.tokens}) must be a multiple of context")


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How the arithmetic is done, and how often it is saved."""

    precision: Precision = "auto"  # bf16 on a GPU, fp32 on a CPU; or name one
    compile: bool = False  # every layer by torch.compile
    recompute: bool = False  # activations of layers in the backward pass, instead of keeping them
    keep_logits: bool = False  # 4 bytes a token and place of a pass; else they are made again
    seed: int = 0  # of new weights
    checkpoint_steps: int = 500
    keep: int = 2  # checkpoints

    def __post_init__(self) -> None:
        positive(self, "checkpoint_steps", "keep")


@dataclass(frozen=True, kw_only=True)
class Run(Execution):
    """The same, and how often it is looked at."""

    held_out: str | None = None  # Parquet files whose bits per byte are measured
    held_out_column: str = "text"
    held_out_tokens: int = 1_000_000  # of them at most
    held_out_steps: int = 500
    peak_tflops: float | None = None  # of one device at this precision; None: by its name

    def __post_init__(self) -> None:
        super().__post_init__()
        positive(self, "held_out_tokens", "held_out_steps")


@dataclass(frozen=True, kw_only=True)
class PretrainSettings:
    """All of a run of `pretrain_run.py`."""

    sources: tuple[Source, ...]
    phases: tuple[Phase, ...]
    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    model: Model = field(default_factory=Model)
    optimizer: Optimizer = field(default_factory=Optimizer)
    batch: Batch = field(default_factory=Batch)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        _distinct("sources", [source.name for source in self.sources])
        _distinct("phases", [phase.name for phase in self.phases])
        for i, phase in enumerate(self.phases):
            if not any(one.weight[min(i, len(one.weight) - 1)] for one in self.sources):
                raise SettingsError(f"no source has a weight in phase {phase.name}")


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Questions with worked answers, in any file that `schemas/benchmarks.py` reads."""

    files: str  # a file, a folder or a glob
    prompt: str = "Question: {question}\nAnswer: "  # the answer follows it, then end of text

    def __post_init__(self) -> None:
        if self.prompt.count("{question}") != 1:
            raise SettingsError("prompt must hold {question} once")


@dataclass(frozen=True, kw_only=True)
class SftOptimizer(Optimizer):
    """The same, constant."""

    peak: float = 5e-5
    schedule: Schedule = "constant"
    warmup_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class SftBatch(Batch):
    """The same, of whole examples: 256 blocks of 4,096 tokens."""

    tokens: int = 256 * 4096
    packing: Packing = "fit"


@dataclass(frozen=True, kw_only=True)
class SftSettings:
    """All of a run of `sft_run.py`; the numbers are the paper's section 3.1."""

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
            raise SettingsError("batch.packing must be fit: an answer that is cut has no end")


def _distinct(what: str, names: list[str]) -> None:
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"{what} must be one or more of different names, not {names}")
