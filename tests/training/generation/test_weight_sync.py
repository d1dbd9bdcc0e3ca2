import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from tests.helpers.sampling import make_requests, settings
from tests.helpers.tiny_models import tiny_model
from training.generation.make_engine import make_engine
from training.generation.weight_sync import sync_weights

pytestmark = pytest.mark.slow  # starts processes


@pytest.fixture
def mesh(tmp_path):
    """A mesh of a single process."""
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        yield init_device_mesh("cpu", (1,))
    finally:
        dist.destroy_process_group()


def test_an_unsharded_policy_in_float32_is_sampled_from_directly():
    policy = tiny_model().model
    assert sync_weights(None, policy) is policy
    assert sync_weights(policy, policy) is policy


def test_a_copy_keeps_its_addresses():
    policy = tiny_model().model.double()
    copy = sync_weights(None, policy)
    addresses = {name: weight.data_ptr() for name, weight in copy.state_dict().items()}
    other = tiny_model(1).model.double()
    assert sync_weights(copy, other) is copy
    assert {name: weight.data_ptr() for name, weight in copy.state_dict().items()} == addresses
    for ours, theirs in zip(copy.parameters(), other.parameters(), strict=True):
        assert ours.dtype == torch.float32
        assert torch.equal(ours.double(), theirs)


def test_other_attention_is_copied_and_the_policy_keeps_its_own():
    policy = tiny_model().model
    policy.set_attn_implementation("eager")
    copy = sync_weights(None, policy)
    assert copy is not policy
    assert (copy.config._attn_implementation, policy.config._attn_implementation) == (
        "sdpa",
        "eager",
    )


def test_another_model_is_an_error():
    copy = sync_weights(None, tiny_model().model.double())
    other = tiny_model().model.double()
    other.lm_head.register_parameter("bias", torch.nn.Parameter(torch.zeros(258).double()))
    with pytest.raises(ValueError, match=r"lm_head\.bias"):
        sync_weights(copy, other)


@pytest.mark.parametrize("name", ["transformers", "slots"])
def test_a_sharded_policy_is_sampled_from_like_an_unsharded_one(mesh, name):
    model, other = tiny_model(), tiny_model(1)
    for local in (model, other):
        for layer in local.model.model.layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(local.model, mesh=mesh)
    assert all(isinstance(weight, DTensor) for weight in model.model.parameters())
    requests = make_requests(model)
    engine = make_engine(settings(name), model)
    assert engine(requests) == make_engine(settings(name), tiny_model())(requests)
    engine.update_weights(other.model)
    assert engine(requests) == make_engine(settings(name), tiny_model(1))(requests)
