"""Where the steps of an output end, in tokens. `split_steps(decode, tokens, step_end)`."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

_FIRST_LOOK = 32  # tokens


def split_steps(
    decode: Callable[[Sequence[int]], str], tokens: Sequence[int], step_end: str
) -> tuple[int, ...]:
    r"""Return the place in `tokens` of the last token of every step, ascending.

    A step ends with the token that completes `step_end` in its text. One that would be nothing but
    blanks is a part of the next, or, at the end of the output, of the one before: the last step
    always ends with the last token. The tokens are those that were sampled; a letter may be spread
    over several of them, and several `step_end` may lie in one. Raises ValueError for no tokens.

    >>> split_steps(lambda letters: "".join(map(chr, letters)), b"1+1=2\n\nSo 2.\n", "\n")
    (5, 12)
    """
    if not tokens:
        raise ValueError("an output has at least one token")
    ends: list[int] = []
    start = begin = 0  # of the step, and of the tokens that are looked at
    while (end := _first_end(decode, tokens, begin, step_end)) is not None:
        begin = end + 1
        if decode(tokens[start:begin]).replace(step_end, "").strip():
            ends.append(end)
            start = begin
    if ends and not decode(tokens[start:]).replace(step_end, "").strip():
        ends.pop()
    return (*ends, len(tokens) - 1)


def _first_end(
    decode: Callable[[Sequence[int]], str], tokens: Sequence[int], begin: int, step_end: str
) -> int | None:
    """Return the first place whose token completes `step_end`, if one does, from `begin` on."""
    size, look = len(tokens) - begin, _FIRST_LOOK

    def holds(count: int) -> bool:
        return step_end in decode(tokens[begin : begin + count])

    while look < size and not holds(look):
        look *= 2
    found = bisect_left(range(min(look, size) + 1), True, key=holds)
    return begin + found - 1 if found <= min(look, size) else None
