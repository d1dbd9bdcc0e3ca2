"""One batch through TRL's loss and ours: equal to 1e-5, and the model's gradient too.

TRL's own defaults differ: beta 0, its loss "dapo", the KL multiplied by the ratio.
"""

import copy

import datasets
import pytest
import torch
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer

from tests.helpers.tiny_models import tiny_model
from training.rl.objective import loss, objective_terms, token_weights
from training.settings.grpo import Objective

pytestmark = pytest.mark.filterwarnings("ignore")  # from TRL and its dependencies

LENGTHS = [5, 9, 1, 12, 3, 7, 12, 2]
LONGEST = 12
PROMPT = 4
PLAIN = {"report_to": "none", "use_cpu": True, "bf16": False, "gradient_checkpointing": False}


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    local = tiny_model(bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")
    args = GRPOConfig(
        output_dir=str(tmp_path_factory.mktemp("trl")),
        beta=0.0,  # set later: here it would load a reference by the model's name
        use_bias_correction_kl=False,
        scale_rewards="group",
        max_completion_length=LONGEST,
        per_device_train_batch_size=len(LENGTHS),
        num_generations=len(LENGTHS),
        **PLAIN,
    )
    trainer = GRPOTrainer(
        model=local.model,
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        args=args,
        train_dataset=datasets.Dataset.from_dict({"prompt": ["1+1="] * 8}),
        processing_class=local.tokenizer,
    )
    trainer.model.eval()
    return trainer


def moved(model, seed, scale):
    """A copy of the model with slightly different weights, like an older policy or a reference."""
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in other.parameters():
            weights += scale * torch.randn(weights.shape, generator=generator)
    return other


def logprobs(trainer, model, batch):
    """Log-probabilities of the completions as TRL computes them, [B, T]."""
    both = [torch.cat([batch[f"prompt_{k}"], batch[f"completion_{k}"]], 1) for k in ("ids", "mask")]
    return trainer._get_per_token_logps_and_entropies(model, *both, LONGEST)[0]


@pytest.fixture(scope="module")
def batch(trainer):
    generator = torch.Generator().manual_seed(3)
    rows = len(LENGTHS)
    batch = {
        "prompt_ids": torch.randint(256, (rows, PROMPT), generator=generator),
        "prompt_mask": torch.ones(rows, PROMPT, dtype=torch.int64),
        "completion_ids": torch.randint(256, (rows, LONGEST), generator=generator),
        "completion_mask": (torch.arange(LONGEST) < torch.tensor(LENGTHS)[:, None]).long(),
        "advantages": torch.randn(rows, generator=generator),
        "num_items_in_batch": torch.tensor(sum(LENGTHS)),
    }
    with torch.no_grad():
        old = logprobs(trainer, moved(trainer.model, 1, 0.02), batch)
        reference = logprobs(trainer, moved(trainer.model, 2, 0.02), batch)
        rollout = logprobs(trainer, moved(trainer.model, 3, 0.02), batch)
    return batch | {
        "old_per_token_logps": old,
        "ref_per_token_logps": reference,
        "sampling_per_token_logps": rollout,
    }


def of_trl(trainer, batch, settings):
    average = {"sequence": "grpo", "token": "dapo", "constant": "dr_grpo"}
    trainer.loss_type = average[settings.average]
    trainer.beta = settings.beta
    trainer.importance_sampling_level = settings.ratio
    trainer.epsilon_low, trainer.epsilon_high = settings.clip_low, settings.clip_high
    trainer.use_vllm = trainer.vllm_importance_sampling_correction = bool(settings.importance_cap)
    if settings.importance_cap:  # its mode "token_truncate", computed before the loss
        distance = batch["old_per_token_logps"] - batch["sampling_per_token_logps"]
        capped = distance.exp().clamp(max=settings.importance_cap)
        batch = batch | {"importance_sampling_ratio": capped}
    return trainer._compute_loss(trainer.model, batch)


def of_ours(trainer, batch, settings):
    logp = logprobs(trainer, trainer.model, batch)
    mask = batch["completion_mask"].bool()
    old, reference = batch["old_per_token_logps"], batch["ref_per_token_logps"]
    advantage = batch["advantages"][:, None].expand_as(logp)
    rollout = batch["sampling_per_token_logps"]
    terms = objective_terms(logp, old, reference, rollout, advantage, mask, settings)
    return loss(logp, terms, weights_of(mask, settings)), terms, mask


def weights_of(mask, settings):
    return token_weights(
        mask,
        settings.average,
        outputs=len(LENGTHS),
        tokens=sum(LENGTHS),
        max_new_tokens=LONGEST,
    )


def gradient(model, value):
    return torch.cat(
        [weight.flatten() for weight in torch.autograd.grad(value, list(model.parameters()))]
    )


@pytest.mark.parametrize(
    "settings",
    [
        Objective(),
        Objective(beta=1.0),
        Objective(average="token", clip_high=0.28, beta=0),
        Objective(average="constant", scale="none", beta=0),
        Objective(ratio="sequence", clip_low=0.03, clip_high=0.04),
        Objective(importance_cap=1.05, beta=1.0),
    ],
    ids=["grpo", "much KL", "dapo", "dr_grpo", "gspo", "importance"],
)
def test_loss_and_gradient_are_those_of_trl(trainer, batch, settings):
    theirs = of_trl(trainer, batch, settings)
    ours, terms, mask = of_ours(trainer, batch, settings)
    assert abs((ours - theirs).item()) <= 1e-5
    slope = gradient(trainer.model, theirs)
    assert (gradient(trainer.model, ours) - slope).abs().max() <= 1e-5
    assert slope.abs().max() > 1e-3  # there is something to differ in
    assert terms.clipped_BT[mask].any()
    assert not terms.clipped_BT[mask].all()


def test_trl_reports_the_same_kl_and_clip_fraction(trainer, batch):
    trainer._metrics["eval"].clear()
    of_trl(trainer, batch, Objective())
    _, terms, mask = of_ours(trainer, batch, Objective())
    reported = trainer._metrics["eval"]
    clipped = terms.clipped_BT[mask].float().mean().item()
    assert reported["kl"] == [pytest.approx(terms.kl_BT[mask].mean().item(), abs=1e-5)]
    assert reported["clip_ratio/region_mean"] == [pytest.approx(clipped, abs=1e-6)]


def test_loss_and_gradient_of_dpo_are_those_of_trl_with_log_ratios_averaged(
    trainer, batch, tmp_path
):
    pair = {"prompt": ["1+1="], "chosen": ["2"], "rejected": ["3"]}
    dpo = DPOTrainer(
        model=trainer.model,
        args=DPOConfig(output_dir=str(tmp_path), loss_type="sigmoid_norm", beta=0.5, **PLAIN),
        ref_model=moved(trainer.model, 2, 0.02),
        train_dataset=datasets.Dataset.from_dict(pair),
        processing_class=trainer.processing_class,
    )
    rows = [*range(0, len(LENGTHS), 2), *range(1, len(LENGTHS), 2)]  # chosen first, then rejected
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)[rows]
    seen = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)[rows]
    in_loss = seen.clone()
    in_loss[:, :PROMPT] = 0
    inputs = {"input_ids": ids, "attention_mask": seen, "completion_mask": in_loss}
    theirs = dpo._compute_loss(trainer.model, inputs, return_outputs=False)

    logp = logprobs(trainer, trainer.model, batch)
    mask, settings = batch["completion_mask"].bool(), Objective(method="dpo", beta=0.5)
    terms = objective_terms(
        logp, logp, batch["ref_per_token_logps"], None, torch.zeros_like(logp), mask, settings
    )
    ours = loss(logp, terms, weights_of(mask, settings))
    assert abs((ours - theirs).item()) <= 1e-5
    slope = gradient(trainer.model, theirs)
    assert (gradient(trainer.model, ours) - slope).abs().max() <= 1e-5
    assert slope.abs().max() > 1e-3
