r"""Collect and expand the macros that pages define for their formulas.

Simple macros only: at most three arguments, none of them optional. A formula that would grow
without bound is unchanged.
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
_MAX_ARGUMENT = 5_000  # characters
_MAX_BROKEN = 30  # definitions without an end after which reading stops
_MAX_DEFINITIONS = 2_000  # on a page
_MAX_ARGUMENTS = 3
_MAX_PASSES = 6  # levels of macros that use macros
_MAX_EXPANDED = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Macro:
    """The expansion of a command: a body with #1, #2, ... for its arguments."""

    body: str
    arguments: int = 0


# Macros of DLMF's TeX that pages use without defining them.
SITE_MACROS = {
    "NVar": Macro("#1", 1),
    "ifrac": Macro("#1/#2", 2),
    "iunit": Macro(r"\mathrm{i}"),
    "expe": Macro(r"\mathrm{e}"),
    "cpi": Macro(r"\pi"),
    "diff": Macro(r"\mathrm{d}#1", 1),
    "deriv": Macro(r"\frac{\mathrm{d}#1}{\mathrm{d}#2}", 2),
    "pderiv": Macro(r"\frac{\partial#1}{\partial#2}", 2),
    "EulerGamma": Macro(r"\Gamma"),
    "realpart": Macro(r"\Re{#1}", 1),
    "imagpart": Macro(r"\Im{#1}", 1),
}


def collect_macros(html: str) -> dict[str, Macro]:
    r"""Return the macros that a page defines, by name; the last definition of a name wins.

    The whole source is searched: definitions are in hidden blocks, scripts and formulas.

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
    pieces, position = [], 0
    for _, _, start, end in _definitions(tex):
        pieces.append(tex[position:start])
        position = end
    return " ".join("".join([*pieces, tex[position:]]).split())


def macro_expander(macros: Mapping[str, Macro]) -> Callable[[str], str]:
    r"""Return a function that expands the macros of a formula, or returns it unchanged.

    It is unchanged if its expansion does not end or grows too long.

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
            next_expansion = _expand_once(expanded, uses, macros)
            if next_expansion is None:
                break
            if next_expansion == expanded:
                return expanded
            expanded = next_expansion
        return tex

    return expand


def simple_macros(macros: Iterable[tuple[str, Macro]]) -> dict[str, Macro]:
    """Return the macros that can be expanded: few arguments, a short non-recursive body."""
    return {
        name: macro
        for name, macro in macros
        if name.isalpha()
        and macro.arguments <= _MAX_ARGUMENTS
        and len(macro.body) <= _MAX_BODY
        and not re.search(rf"\\{re.escape(name)}(?![a-zA-Z])", macro.body)
    }


def _definitions(tex: str) -> Iterable[tuple[str, Macro | None, int, int]]:
    """Yield name, macro (None if it is not simple), start and end of each definition."""
    position = broken = 0
    for number, match in enumerate(_DEFINES.finditer(tex)):
        if number >= _MAX_DEFINITIONS or broken > _MAX_BROKEN:
            return
        if match.start() < position:
            continue
        name, macro, end = _definition(tex, match)
        broken += end == 0
        if end > 0:
            position = end
            simple = name in simple_macros([(name, macro)]) if macro else False
            yield name, macro if simple else None, match.start(), end


def _definition(tex: str, match: re.Match[str]) -> tuple[str, Macro | None, int]:
    """Return name, macro and end of the definition that starts with `match`; 0 if it is broken."""
    if match["unused"]:
        end = match.end()
        for _ in range(_UNUSED[match["unused"].rstrip("*")]):
            end = _argument(tex, end)[1] or end
        return "", None, end
    name_match = _NAME.match(tex, match.end())
    if name_match is None:
        return "", None, 0
    name, position, arguments = name_match[1] or name_match[2], name_match.end(), 0
    if match["let"]:
        target = re.compile(r"\s{0,9}=?\s{0,9}(\\[a-zA-Z]+|\\?.)").match(tex, position)
        return (name, Macro(target[1]), target.end()) if target else ("", None, 0)
    count = (_DEF_COUNT if match["def"] else _COUNT).match(tex, position)
    if count:
        position = count.end()
        arguments = count[1].count("#") if match["def"] else int(count[1])
    optional = not match["def"] and count is not None and count[2] is not None
    if optional:
        close = tex.find("]", position, position + _MAX_BODY)
        position = close + 1 if close >= 0 else position
    body, end = _argument(tex, position)
    if match["operator"]:
        body = rf"\{'operatorname*' if match['operator'][-1] == '*' else 'operatorname'}{{{body}}}"
    return name, None if optional else Macro(body.strip(), arguments), end


def _argument(tex: str, position: int) -> tuple[str, int]:
    r"""Return the argument at `position` without its braces, and its end; 0 if it does not end.

    >>> _argument(r"{a{b}}c", 0), _argument(r" \pi r", 0)
    (('a{b}', 6), ('\\pi', 4))
    """
    while position < len(tex) and tex[position].isspace():
        position += 1
    if tex[position : position + 1] != "{":
        single = re.compile(r"\\[a-zA-Z]+|\\?[^\\{}]").match(tex, position)
        return (single[0], single.end()) if single else ("", 0)
    depth = 0
    for match in _TOKEN.finditer(tex, position, position + _MAX_ARGUMENT):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return tex[position + 1 : match.start()], match.end()
    return "", 0


def _expand_once(tex: str, uses: re.Pattern[str], macros: Mapping[str, Macro]) -> str | None:
    """Expand each use once; return None if the formula grows too long."""
    pieces: list[str] = []
    position = length = 0
    for match in uses.finditer(tex):
        if match[1] is None or match.start() < position:
            continue
        body, end = _apply(tex, match.end(), macros[match[1]])
        if end < 0:
            return None
        if body[-1:].isalpha() and tex[end : end + 1].isalpha():
            body += " "
        pieces += [tex[position : match.start()], body]
        length += match.start() - position + len(body)
        position = end
        if length > _MAX_EXPANDED:
            return None
    return "".join([*pieces, tex[position:]]) if pieces else tex


def _apply(tex: str, position: int, macro: Macro) -> tuple[str, int]:
    """Return the body with arguments read from `position`, and their end; -1 if one is missing."""
    body = macro.body
    if not macro.arguments:
        return body, position
    arguments = []
    for _ in range(macro.arguments):
        argument, position = _argument(tex, position)
        if position == 0:
            return body, -1
        arguments.append(argument)
    return re.sub(
        r"#([1-9])",
        lambda parameter: (
            arguments[int(parameter[1]) - 1] if int(parameter[1]) <= len(arguments) else ""
        ),
        body,
    ), position
