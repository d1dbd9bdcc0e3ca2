r"""Convert content MathML to LaTeX: trees of operators and arguments, in usual notation."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.latex.mathml.content_operators import (
    AFTER,
    ALIASES,
    AROUND,
    ATOM,
    CONSTANTS,
    INFIX,
    KNOWN,
    NAMES,
    PREFIX,
    QUALIFIERS,
)
from transforms.latex.mathml.rows import fenced, row
from transforms.latex.mathml.tokens import LEAVES, symbols
from transforms.latex.mathml.tree import Element


@dataclass(frozen=True, slots=True)
class _Application:
    name: str
    operator: Element
    arguments: list[Element]
    qualifiers: dict[str, str]
    variables: list[tuple[str, str]]  # each with its degree, "" if none

    def argument(self, rank: int = 0) -> str:
        """Return the arguments with commas; a single one in parentheses if below `rank`."""
        if len(self.arguments) == 1:
            return _operand(self.arguments[0], rank)
        return ",".join([argument.tex for argument in self.arguments])


def _operator_name(element: Element) -> str:
    name = element.text.strip() if element.tag == "csymbol" else element.tag
    return ALIASES.get(name, name)


def _rank(element: Element) -> int:
    """Return the precedence of an argument: the rank of its operator."""
    if element.tag == "cn":
        return 6 if element.tex[:1] == "-" or " " in element.tex else ATOM
    if element.tag not in ("apply", "reln", "bind") or not element.children:
        return ATOM
    name = _operator_name(element.children[0])
    if name in PREFIX or name in ("sum", "product", "int", "limit", "log", "forall", "exists"):
        return 7
    return INFIX[name][1] if name in INFIX else ATOM


def _operand(element: Element, rank: int) -> str:
    return fenced("(", element.tex, ")") if _rank(element) < rank else element.tex


def _apply(element: Element) -> str:
    if not element.children:
        return row(element)
    operator, *rest = element.children
    application = _Application(
        _operator_name(operator),
        operator,
        [child for child in rest if child.tag not in QUALIFIERS],
        {child.tag: child.tex.strip() for child in rest if child.tag in QUALIFIERS},
        [_variable(child) for child in rest if child.tag == "bvar"],
    )
    return _APPLICATIONS.get(application.name, _function)(application)


def _variable(bvar: Element) -> tuple[str, str]:
    degree = "".join([child.tex.strip() for child in bvar.children if child.tag == "degree"])
    return "".join([child.tex for child in bvar.children if child.tag != "degree"]), degree


def _function(application: _Application) -> str:
    return _operand(application.operator, ATOM) + fenced("(", application.argument(), ")")


def _infix(application: _Application) -> str:
    sign, rank = INFIX[application.name]
    if len(application.arguments) == 1:
        return (sign or "") + _operand(application.arguments[0], rank + 1)
    parts = [
        _operand(argument, rank + (index > 0 and application.name in ("minus", "setdiff", "rem")))
        for index, argument in enumerate(application.arguments)
    ]
    tex = "".join(parts[:1])
    for part in parts[1:]:
        between = r"\cdot " if not sign and part[:1].isdigit() else sign
        tex += part if application.name == "plus" and part[:1] == "-" else between + part
    return tex


def _prefix(application: _Application) -> str:
    return PREFIX[application.name] + application.argument(8)


def _around(application: _Application) -> str:
    opening, closing = AROUND[application.name]
    return fenced(opening, application.argument(), closing)


def _after(application: _Application) -> str:
    return application.argument(ATOM) + AFTER[application.name]


def _named(application: _Application) -> str:
    name = (
        f"\\{application.name}"
        if application.name in KNOWN
        else f"\\operatorname{{{application.name}}}"
    )
    if application.qualifiers:
        return _big(application, f"{name} ")
    return name + fenced("(", application.argument(), ")")


def _divide(application: _Application) -> str:
    parts = [argument.tex.strip() for argument in application.arguments]
    return f"\\frac{{{parts[0]}}}{{{parts[1]}}}" if len(parts) == 2 else "/".join(parts)


def _power(application: _Application) -> str:
    if len(application.arguments) != 2:
        return _function(application)
    base, exponent = application.arguments
    tex = _operand(base, ATOM)
    if _rank(base) == ATOM and ("^" in tex or "_" in tex or base.tag in ("apply", "piecewise")):
        tex = f"{{{tex}}}"
    return f"{tex}^{{{exponent.tex.strip()}}}"


def _root(application: _Application) -> str:
    degree = application.qualifiers.get("degree", "")
    index = f"[{degree}]" if degree not in ("", "2") else ""
    return f"\\sqrt{index}{{{application.argument().strip()}}}"


def _log(application: _Application) -> str:
    base = application.qualifiers.get("logbase", "")
    return ("\\log" + (f"_{{{base}}}" if base else " ")) + application.argument(8)


def _big(application: _Application, sign: str) -> str:
    """Return an operator with a range, such as a sum, and its argument."""
    get = application.qualifiers.get
    variable, low = get("bvar", ""), get("lowlimit", "")
    below = get("condition", "") or get("domainofapplication", "")
    below = below or ("=".join([variable, low]) if variable and low else variable or low)
    above = get("uplimit", "")
    tex = sign.strip() + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return (tex if below or above else sign) + application.argument(7)


def _int(application: _Application) -> str:
    get = application.qualifiers.get
    low, high = get("lowlimit", "") or get("domainofapplication", ""), get("uplimit", "")
    low = low or get("condition", "")
    tex = r"\int" + (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
    variables = "".join([f"\\,d{variable}" for variable, _ in application.variables])
    return tex + (" " if tex[-1].isalpha() else "") + application.argument(7) + variables


def _limit(application: _Application) -> str:
    get = application.qualifiers.get
    to = get("condition", "") or f"{get('bvar', '')}\\to {get('lowlimit', '')}"
    return f"\\lim_{{{to}}}{application.argument(7)}"


def _derivative(sign: str) -> Callable[[_Application], str]:
    def convert(application: _Application) -> str:
        if not application.variables:
            return f"{{{application.argument()}}}'"
        orders = [degree or "1" for _, degree in application.variables]
        order = application.qualifiers.get("degree", "") or "+".join(orders)
        if all(order.isdecimal() and len(order) < 9 for order in orders):
            order = str(sum(map(int, orders)))
        below = "".join([sign + _raised(*variable) for variable in application.variables])
        return f"\\frac{{{_raised(sign.strip(), order)} {application.argument(7)}}}{{{below}}}"

    return convert


def _raised(tex: str, power: str) -> str:
    return f"{tex}^{{{power}}}" if power not in ("", "1") else tex


def _quantified(application: _Application) -> str:
    sign = CONSTANTS[application.name]
    condition = application.qualifiers.get("condition", "")
    head = sign + application.qualifiers.get("bvar", "") + (f",{condition}" if condition else "")
    return f"{head}\\colon {application.argument()}"


def _selector(application: _Application) -> str:
    if not application.arguments:
        return ""
    of, *indices = application.arguments
    return _operand(of, ATOM) + f"_{{{','.join([index.tex.strip() for index in indices])}}}"


_APPLICATIONS: dict[str, Callable[[_Application], str]] = {
    **dict.fromkeys(INFIX, _infix),
    **dict.fromkeys(PREFIX, _prefix),
    **dict.fromkeys(AROUND, _around),
    **dict.fromkeys(AFTER, _after),
    **dict.fromkeys(NAMES, _named),
    "divide": _divide,
    "power": _power,
    "root": _root,
    "log": _log,
    "exp": lambda application: f"e^{{{application.argument().strip()}}}",
    "quotient": lambda application: f"\\lfloor {_divide(application)}\\rfloor ",
    "conjugate": lambda application: f"\\overline{{{application.argument()}}}",
    "mean": lambda application: f"\\overline{{{application.argument()}}}",
    "sdev": lambda application: f"\\sigma({application.argument()})",
    "variance": lambda application: f"\\sigma^{{2}}({application.argument()})",
    "sum": lambda application: _big(application, r"\sum "),
    "product": lambda application: _big(application, r"\prod "),
    "int": _int,
    "limit": _limit,
    "diff": _derivative("d"),
    "partialdiff": _derivative(r"\partial "),
    "forall": _quantified,
    "exists": _quantified,
    "selector": _selector,
}


def _listed(element: Element) -> str:
    return ",".join([c.tex.strip() for c in element.children if c.tag not in QUALIFIERS])


def _interval(element: Element) -> str:
    closure = element.get("closure").lower()
    opening = "(" if closure in ("open", "open-closed") else "["
    return opening + _listed(element) + (")" if closure in ("open", "closed-open") else "]")


def _set(element: Element) -> str:
    conditions = [c.tex.strip() for c in element.children if c.tag == "condition"]
    members = _listed(element) or "".join([c.tex for c in element.children if c.tag == "bvar"])
    return r"\{" + members + (rf"\mid {conditions[0]}" if conditions else "") + r"\}"


def _lambda(element: Element) -> str:
    variables = [c.tex.strip() for c in element.children if c.tag == "bvar"]
    return _closed(f"{','.join(variables)}\\mapsto {_listed(element)}")


def _lines(environment: str) -> Callable[[Element], str]:
    def convert(element: Element) -> str:
        lines = " \\\\ ".join([_line(child) for child in element.children])
        return f"\\begin{{{environment}}}{lines}\\end{{{environment}}}" if lines else ""

    return convert


def _line(element: Element) -> str:
    """Return a row of a matrix or a case of a definition, with its cells separated."""
    cells = [child.tex.strip() for child in element.children]
    if element.tag == "piece":
        return r" & \text{if }".join(cells)
    if element.tag == "otherwise":
        return "".join(cells) + r" & \text{otherwise}"
    return " & ".join(cells) if element.tag == "matrixrow" else element.tex.strip()


def _closed(tex: str) -> str:
    """Add the space that separates a trailing control word from a letter after it."""
    return f"{tex} " if tex[tex.rfind("\\") + 1 :].isalpha() and "\\" in tex else tex


def _cn(element: Element) -> str:
    """Return a number; `sep` separates the parts of fractions, powers of ten, complex numbers."""
    parts = [symbols(element.text.strip())] + [
        c.tex.strip() for c in element.children if c.tag != "sep"
    ]
    number_type = element.get("type").lower()
    if len(parts) != 2:
        return LEAVES["mn"](element)
    first, second = parts
    if number_type == "rational":
        return f"\\frac{{{first}}}{{{second}}}"
    if number_type == "e-notation":
        return f"{first}\\times 10^{{{second}}}"
    if number_type == "complex-cartesian":
        sign = "" if second[:1] == "-" else "+"
        return f"{first}{sign}{_closed(second)}i"
    if number_type == "complex-polar":
        return f"{_closed(first)}e^{{{_closed(second)}i}}"
    return _closed(first) + _closed(second)


def _constant(tex: str) -> Callable[[Element], str]:
    return lambda element: tex


CONTENT: dict[str, Callable[[Element], str]] = {
    **{name: _constant(tex) for name, tex in CONSTANTS.items()},
    **dict.fromkeys(("sep", "declare"), _constant("")),
    "apply": _apply,
    "reln": _apply,
    "bind": _apply,
    "csymbol": LEAVES["ci"],
    "cn": _cn,
    "interval": _interval,
    "set": _set,
    "list": lambda element: f"[{_listed(element)}]",
    "vector": _lines("pmatrix"),
    "matrix": _lines("pmatrix"),
    "lambda": _lambda,
    "piecewise": _lines("cases"),
}
