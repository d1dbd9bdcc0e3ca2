r"""Macros that pages define for their formulas, collected and expanded.

Simple ones only: at most three arguments, none of them optional. Pages that try to grow a formula
without end get it back as it was.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import unescape

_DEFINES = re.compile(
    r"\\(?:(?P<new>(?:re|provide)?(?:new)?command)\*?|(?P<def>[gex]?def)|(?P<let>let)"
    r"|(?P<operator>DeclareMathOperator\*?)|(?P<unused>require|usepackage|definecolor|newtheorem\*?))(?![a-zA-Z])"
)
_NAME = re.compile(r"\s{0,9}(?:\{\s{0,9}\\([a-zA-Z]+|.)\s{0,9}\}|\\([a-zA-Z]+|.))")
_COUNT = re.compile(r"\s{0,9}\[(\d)\](\s{0,9}\[)?")
_DEF_COUNT = re.compile(r"\s{0,9}((?:#\d){0,9})(?=\s{0,9}\{)")
_UNUSED = {"require": 1, "usepackage": 1, "definecolor": 3, "newtheorem": 2}  # arguments
_TOKEN = re.compile(r"\\.|[{}]", re.S)
_MAX_BODY = 600  # characters
_MAX_ARGUMENT = 5_000  # characters that an argument is read to its end
_MAX_BROKEN = 30  # definitions without an end; a page with more is not read on
_MAX_DEFINITIONS = 2_000  # on a page
_MAX_ARGUMENTS = 3
_MAX_PASSES = 6  # how deep macros may use macros
_MAX_EXPANDED = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Macro:
    """What a command stands for: a body with #1, #2, ... in the place of its arguments."""

    body: str
    arguments: int = 0


def collect_macros(html: str) -> dict[str, Macro]:
    r"""Return the macros that a page defines, by name; the last definition of a name holds.

    All of its source is looked through: definitions stand in hidden blocks, scripts and formulas.

    >>> collect_macros(r"\newcommand{\R}{\mathbb{R}}")
    {'R': Macro(body='\\mathbb{R}', arguments=0)}
    """
    return {
        name: Macro(unescape(macro.body), macro.arguments)
        for name, macro, _, _ in _definitions(html)
        if name and macro
    }


def without_definitions(tex: str) -> str:
    r"""Return a formula without the definitions in it.

    >>> without_definitions(r"\def\R{\mathbb R} x \in \R")
    'x \\in \\R'
    """
    if not _DEFINES.search(tex):
        return tex
    pieces, at = [], 0
    for _, _, start, end in _definitions(tex):
        pieces.append(tex[at:start])
        at = end
    return " ".join("".join([*pieces, tex[at:]]).split())


def macro_expander(macros: Mapping[str, Macro]) -> Callable[[str], str]:
    r"""Return a function that expands the macros of a formula, or returns it where none ends.

    >>> macro_expander({"R": Macro(r"\mathbb{R}")})(r"x \in \R^n")
    'x \\in \\mathbb{R}^n'
    """
    names = sorted(map(re.escape, macros), key=len, reverse=True)
    uses = re.compile(rf"\\(?:({'|'.join(names)})(?![a-zA-Z])|.)", re.S)

    def expand(tex: str) -> str:
        if not macros or "\\" not in tex:
            return tex
        expanded = tex
        for _ in range(_MAX_PASSES):
            once = _expand_once(expanded, uses, macros)
            if once is None:
                break
            if once == expanded:
                return expanded
            expanded = once
        return tex

    return expand


def simple_macros(macros: Iterable[tuple[str, Macro]]) -> dict[str, Macro]:
    """Return those that can be expanded: few arguments, a short body that does not use itself."""
    return {
        name: macro
        for name, macro in macros
        if name.isalpha()
        and macro.arguments <= _MAX_ARGUMENTS
        and len(macro.body) <= _MAX_BODY
        and not re.search(rf"\\{re.escape(name)}(?![a-zA-Z])", macro.body)
    }


def _definitions(tex: str) -> Iterable[tuple[str, Macro | None, int, int]]:
    """Yield name, macro (None where it is not simple), start and end of each definition."""
    at = broken = 0
    for number, found in enumerate(_DEFINES.finditer(tex)):
        if number >= _MAX_DEFINITIONS or broken > _MAX_BROKEN:
            return
        if found.start() < at:
            continue
        name, macro, end = _definition(tex, found)
        broken += end == 0
        if end > 0:
            at = end
            simple = name in simple_macros([(name, macro)]) if macro else False
            yield name, macro if simple else None, found.start(), end


def _definition(tex: str, found: re.Match[str]) -> tuple[str, Macro | None, int]:
    """Read the definition that `found` begins; the end is 0 where it is none."""
    if found["unused"]:
        end = found.end()
        for _ in range(_UNUSED[found["unused"].rstrip("*")]):
            end = _argument(tex, end)[1] or end
        return "", None, end
    named = _NAME.match(tex, found.end())
    if named is None:
        return "", None, 0
    name, at, arguments = named[1] or named[2], named.end(), 0
    if found["let"]:
        same = re.compile(r"\s{0,9}=?\s{0,9}(\\[a-zA-Z]+|\\?.)").match(tex, at)
        return (name, Macro(same[1]), same.end()) if same else ("", None, 0)
    count = (_DEF_COUNT if found["def"] else _COUNT).match(tex, at)
    if count:
        at = count.end()
        arguments = count[1].count("#") if found["def"] else int(count[1])
    optional = not found["def"] and count is not None and count[2] is not None
    if optional:
        close = tex.find("]", at, at + _MAX_BODY)
        at = close + 1 if close >= 0 else at
    body, end = _argument(tex, at)
    if found["operator"]:
        body = rf"\{'operatorname*' if found['operator'][-1] == '*' else 'operatorname'}{{{body}}}"
    return name, None if optional else Macro(body.strip(), arguments), end


def _argument(tex: str, at: int) -> tuple[str, int]:
    r"""Return the argument at `at`, braces removed, and its end; 0 where it does not end.

    >>> _argument(r"{a{b}}c", 0), _argument(r" \pi r", 0)
    (('a{b}', 6), ('\\pi', 4))
    """
    while at < len(tex) and tex[at].isspace():
        at += 1
    if tex[at : at + 1] != "{":
        single = re.compile(r"\\[a-zA-Z]+|\\?[^\\{}]").match(tex, at)
        return (single[0], single.end()) if single else ("", 0)
    depth = 0
    for found in _TOKEN.finditer(tex, at, at + _MAX_ARGUMENT):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return tex[at + 1 : found.start()], found.end()
    return "", 0


def _expand_once(tex: str, uses: re.Pattern[str], macros: Mapping[str, Macro]) -> str | None:
    """Expand each use once; None where the formula grows too long."""
    pieces: list[str] = []
    at = length = 0
    for found in uses.finditer(tex):
        if found[1] is None or found.start() < at:
            continue
        body, end = _apply(tex, found.end(), macros[found[1]])
        if end < 0:
            return None
        if body[-1:].isalpha() and tex[end : end + 1].isalpha():
            body += " "
        pieces += [tex[at : found.start()], body]
        length += found.start() - at + len(body)
        at = end
        if length > _MAX_EXPANDED:
            return None
    return "".join([*pieces, tex[at:]]) if pieces else tex


def _apply(tex: str, at: int, macro: Macro) -> tuple[str, int]:
    """Return the body with its arguments, read from `at`, and where they end; -1 if nowhere."""
    body = macro.body
    if not macro.arguments:
        return body, at
    arguments = []
    for _ in range(macro.arguments):
        argument, at = _argument(tex, at)
        if at == 0:
            return body, -1
        arguments.append(argument)
    return re.sub(
        r"#([1-9])",
        lambda place: arguments[int(place[1]) - 1] if int(place[1]) <= len(arguments) else "",
        body,
    ), at
