"""What a run of `train_loop.py` shows of a step. `step_line(record)`."""

from training.metrics import Record

SHOWN = (  # in the table at the end
    *("loss", "grad_norm", "tokens_per_second", "mfu", "data_wait", "memory_gb"),
    "held_out_bits_per_byte",
)


def step_line(record: Record) -> str:
    """Return the line that says how far a run is."""
    mfu = "" if record.get("mfu") is None else f" | MFU {record['mfu']:.1%}"
    held_out = record.get("held_out_bits_per_byte")
    return (
        f"step {record['step'] + 1}/{record['steps']} | loss {record['loss']:.4f} | "
        f"lr {record['lr']:.2e} | grad {record['grad_norm']:.2f} | "
        f"{record['tokens_per_second']:,.0f} tokens/s{mfu} | wait {record['data_wait']:.1%}"
        + ("" if held_out is None else f" | held out {held_out:.4f} bits/byte")
    )
