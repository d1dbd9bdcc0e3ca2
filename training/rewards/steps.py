"""Split a completion into steps. `split_steps(decode, tokens, step_end)`."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

_FIRST_WINDOW = 32  # tokens that are decoded first


def split_steps(
    decode: Callable[[Sequence[int]], str], tokens: Sequence[int], step_end: str
) -> tuple[int, ...]:
    r"""Return the index in `tokens` of the last token of every step, ascending.

    A step ends with the token that completes `step_end` in its text. A step of only whitespace is
    part of the next one or, at the end of the completion, of the previous one: the last step always
    ends with the last token. A character may be spread over several tokens, and a token may contain
    several `step_end`. Raises ValueError for no tokens.

    >>> split_steps(lambda tokens: "".join(map(chr, tokens)), b"1+1=2\n\nSo 2.\n", "\n")
    (5, 12)
    """
    if not tokens:
        raise ValueError("a completion has at least one token")
    ends: list[int] = []
    step_start = start = 0  # of the step, and of the tokens that are searched
    while (end := _first_end(decode, tokens, start, step_end)) is not None:
        start = end + 1
        if decode(tokens[step_start:start]).replace(step_end, "").strip():
            ends.append(end)
            step_start = start
    if ends and not decode(tokens[step_start:]).replace(step_end, "").strip():
        ends.pop()
    return (*ends, len(tokens) - 1)


def _first_end(
    decode: Callable[[Sequence[int]], str], tokens: Sequence[int], start: int, step_end: str
) -> int | None:
    """Return the first index from `start` whose token completes `step_end`, None if none does."""
    size, window = len(tokens) - start, _FIRST_WINDOW

    def has_end(count: int) -> bool:
        return step_end in decode(tokens[start : start + count])

    while window < size and not has_end(window):
        window *= 2
    count = bisect_left(range(min(window, size) + 1), True, key=has_end)
    return start + count - 1 if count <= min(window, size) else None
