r"""Content MathML to LaTeX: trees of operators and arguments, printed as people write them."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.mathml_rows import fenced, row
from transforms.mathml_tokens import LEAVES, symbols
from transforms.mathml_tree import Element

# Between its arguments: what it prints, and how tightly it binds.
_INFIX = {
    "implies": (r"\Rightarrow ", 1),
    "equivalent": (r"\Leftrightarrow ", 1),
    "or": (r"\vee ", 2),
    "xor": (r"\oplus ", 2),
    "and": (r"\wedge ", 3),
    "eq": ("=", 4),
    "neq": (r"\neq ", 4),
    "lt": ("<", 4),
    "gt": (">", 4),
    "leq": (r"\leq ", 4),
    "geq": (r"\geq ", 4),
    "approx": (r"\approx ", 4),
    "factorof": (r"\mid ", 4),
    "in": (r"\in ", 4),
    "notin": (r"\notin ", 4),
    "subset": (r"\subseteq ", 4),
    "prsubset": (r"\subset ", 4),
    "notsubset": (r"\nsubseteq ", 4),
    "notprsubset": (r"\not\subset ", 4),
    "tendsto": (r"\to ", 4),
    "union": (r"\cup ", 5),
    "intersect": (r"\cap ", 5),
    "setdiff": (r"\setminus ", 5),
    "plus": ("+", 6),
    "minus": ("-", 6),
    "times": ("", 7),
    "rem": (r"\bmod ", 7),
    "cartesianproduct": (r"\times ", 7),
    "vectorproduct": (r"\times ", 7),
    "scalarproduct": (r"\cdot ", 7),
    "outerproduct": (r"\otimes ", 7),
    "compose": (r"\circ ", 7),
}
_PREFIX = {  # before its argument
    "not": r"\neg ",
    "divergence": r"\nabla\cdot ",
    "grad": r"\nabla ",
    "curl": r"\nabla\times ",
    "laplacian": r"\nabla^{2}",
    "real": r"\Re ",
    "imaginary": r"\Im ",
    **{
        name: f"\\{name} "
        for name in (
            *("sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "ln"),
            *("arcsin", "arccos", "arctan", "arg"),
        )
    },
    "determinant": r"\det ",
}
_AROUND = {
    "abs": ("|", "|"),
    "card": ("|", "|"),
    "floor": ("\u230a", "\u230b"),
    "ceiling": ("\u2308", "\u2309"),
}
_AFTER = {"factorial": "!", "inverse": "^{-1}", "transpose": "^{T}"}
_CONSTANTS = {
    "pi": r"\pi ",
    "exponentiale": "e",
    "imaginaryi": "i",
    "eulergamma": r"\gamma ",
    "infinity": r"\infty ",
    "emptyset": r"\emptyset ",
    "integers": r"\mathbb{Z}",
    "reals": r"\mathbb{R}",
    "rationals": r"\mathbb{Q}",
    "naturalnumbers": r"\mathbb{N}",
    "complexes": r"\mathbb{C}",
    "primes": r"\mathbb{P}",
    "notanumber": r"\mathrm{NaN}",
    "true": r"\mathrm{true}",
    "false": r"\mathrm{false}",
    "ident": r"\mathrm{id}",
    "sum": r"\sum ",
    "product": r"\prod ",
    "int": r"\int ",
    "limit": r"\lim ",
    "forall": r"\forall ",
    "exists": r"\exists ",
    "exp": r"\exp ",
    "log": r"\log ",
    "divide": "/",
    "diff": "d",
    "partialdiff": r"\partial ",
    **{name: tex or r"\cdot " for name, (tex, _) in _INFIX.items()},
    **_PREFIX,
}
_NAMES = (  # printed as \operatorname{name}(arguments)
    *("min", "max", "gcd", "lcm", "median", "mode", "domain", "codomain", "image", "moment"),
    *("sech", "csch", "arccosh", "arcsinh", "arctanh", "arccot", "arccsc", "arcsec"),
)
_KNOWN = ("min", "max", "gcd")  # of them, those that LaTeX has
_ALIASES = {"unary_minus": "minus", "defint": "int", "nthdiff": "diff"}
_QUALIFIERS = frozenset(
    ("bvar", "lowlimit", "uplimit", "degree", "logbase", "condition", "domainofapplication")
)
_ATOM = 10  # binds tighter than any operator


@dataclass(frozen=True, slots=True)
class _Application:
    name: str
    operator: Element
    arguments: list[Element]
    qualifiers: dict[str, str]
    variables: list[tuple[str, str]]  # each with its degree, "" for one

    def argument(self, rank: int = 0) -> str:
        """Return all arguments with commas, or the only one, in parentheses if it binds looser."""
        if len(self.arguments) == 1:
            return _operand(self.arguments[0], rank)
        return ",".join([argument.tex for argument in self.arguments])


def _operator_name(element: Element) -> str:
    name = element.text.strip() if element.tag == "csymbol" else element.tag
    return _ALIASES.get(name, name)


def _rank(element: Element) -> int:
    """Return how tightly an argument binds: the rank of its operator."""
    if element.tag == "cn":
        return 6 if element.tex[:1] == "-" or " " in element.tex else _ATOM
    if element.tag not in ("apply", "reln", "bind") or not element.children:
        return _ATOM
    name = _operator_name(element.children[0])
    if name in _PREFIX or name in ("sum", "product", "int", "limit", "log", "forall", "exists"):
        return 7
    return _INFIX[name][1] if name in _INFIX else _ATOM


def _operand(element: Element, rank: int) -> str:
    return fenced("(", element.tex, ")") if _rank(element) < rank else element.tex


def _apply(element: Element) -> str:
    if not element.children:
        return row(element)
    operator, *rest = element.children
    found = _Application(
        _operator_name(operator),
        operator,
        [child for child in rest if child.tag not in _QUALIFIERS],
        {child.tag: child.tex.strip() for child in rest if child.tag in _QUALIFIERS},
        [_variable(child) for child in rest if child.tag == "bvar"],
    )
    return _APPLICATIONS.get(found.name, _function)(found)


def _variable(bvar: Element) -> tuple[str, str]:
    degree = "".join([child.tex.strip() for child in bvar.children if child.tag == "degree"])
    return "".join([child.tex for child in bvar.children if child.tag != "degree"]), degree


def _function(found: _Application) -> str:
    return _operand(found.operator, _ATOM) + fenced("(", found.argument(), ")")


def _infix(found: _Application) -> str:
    sign, rank = _INFIX[found.name]
    if len(found.arguments) == 1:
        return (sign or "") + _operand(found.arguments[0], rank + 1)
    parts = [
        _operand(argument, rank + (at > 0 and found.name in ("minus", "setdiff", "rem")))
        for at, argument in enumerate(found.arguments)
    ]
    tex = "".join(parts[:1])
    for part in parts[1:]:
        between = r"\cdot " if not sign and part[:1].isdigit() else sign
        tex += part if found.name == "plus" and part[:1] == "-" else between + part
    return tex


def _prefix(found: _Application) -> str:
    return _PREFIX[found.name] + found.argument(8)


def _around(found: _Application) -> str:
    opening, closing = _AROUND[found.name]
    return fenced(opening, found.argument(), closing)


def _after(found: _Application) -> str:
    return found.argument(_ATOM) + _AFTER[found.name]


def _named(found: _Application) -> str:
    name = f"\\{found.name}" if found.name in _KNOWN else f"\\operatorname{{{found.name}}}"
    if found.qualifiers:
        return _big(found, f"{name} ")
    return name + fenced("(", found.argument(), ")")


def _divide(found: _Application) -> str:
    parts = [argument.tex.strip() for argument in found.arguments]
    return f"\\frac{{{parts[0]}}}{{{parts[1]}}}" if len(parts) == 2 else "/".join(parts)


def _power(found: _Application) -> str:
    if len(found.arguments) != 2:
        return _function(found)
    base, exponent = found.arguments
    tex = _operand(base, _ATOM)
    if _rank(base) == _ATOM and ("^" in tex or "_" in tex or base.tag in ("apply", "piecewise")):
        tex = f"{{{tex}}}"
    return f"{tex}^{{{exponent.tex.strip()}}}"


def _root(found: _Application) -> str:
    degree = found.qualifiers.get("degree", "")
    index = f"[{degree}]" if degree not in ("", "2") else ""
    return f"\\sqrt{index}{{{found.argument().strip()}}}"


def _log(found: _Application) -> str:
    base = found.qualifiers.get("logbase", "")
    return ("\\log" + (f"_{{{base}}}" if base else " ")) + found.argument(8)


def _big(found: _Application, sign: str) -> str:
    """Return an operator over a range, as sums have it, and its argument."""
    get = found.qualifiers.get
    variable, low = get("bvar", ""), get("lowlimit", "")
    below = get("condition", "") or get("domainofapplication", "")
    below = below or ("=".join([variable, low]) if variable and low else variable or low)
    above = get("uplimit", "")
    tex = sign.strip() + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return (tex if below or above else sign) + found.argument(7)


def _int(found: _Application) -> str:
    get = found.qualifiers.get
    low, high = get("lowlimit", "") or get("domainofapplication", ""), get("uplimit", "")
    low = low or get("condition", "")
    tex = r"\int" + (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
    variables = "".join([f"\\,d{variable}" for variable, _ in found.variables])
    return tex + (" " if tex[-1].isalpha() else "") + found.argument(7) + variables


def _limit(found: _Application) -> str:
    get = found.qualifiers.get
    to = get("condition", "") or f"{get('bvar', '')}\\to {get('lowlimit', '')}"
    return f"\\lim_{{{to}}}{found.argument(7)}"


def _derivative(sign: str) -> Callable[[_Application], str]:
    def convert(found: _Application) -> str:
        if not found.variables:
            return f"{{{found.argument()}}}'"
        orders = [degree or "1" for _, degree in found.variables]
        order = found.qualifiers.get("degree", "") or "+".join(orders)
        if all(order.isdecimal() and len(order) < 9 for order in orders):
            order = str(sum(map(int, orders)))
        below = "".join([sign + _raised(*variable) for variable in found.variables])
        return f"\\frac{{{_raised(sign.strip(), order)} {found.argument(7)}}}{{{below}}}"

    return convert


def _raised(tex: str, power: str) -> str:
    return f"{tex}^{{{power}}}" if power not in ("", "1") else tex


def _quantified(found: _Application) -> str:
    sign = _CONSTANTS[found.name]
    where = found.qualifiers.get("condition", "")
    head = sign + found.qualifiers.get("bvar", "") + (f",{where}" if where else "")
    return f"{head}\\colon {found.argument()}"


def _selector(found: _Application) -> str:
    if not found.arguments:
        return ""
    of, *indices = found.arguments
    return _operand(of, _ATOM) + f"_{{{','.join([index.tex.strip() for index in indices])}}}"


_APPLICATIONS: dict[str, Callable[[_Application], str]] = {
    **dict.fromkeys(_INFIX, _infix),
    **dict.fromkeys(_PREFIX, _prefix),
    **dict.fromkeys(_AROUND, _around),
    **dict.fromkeys(_AFTER, _after),
    **dict.fromkeys(_NAMES, _named),
    "divide": _divide,
    "power": _power,
    "root": _root,
    "log": _log,
    "exp": lambda found: f"e^{{{found.argument().strip()}}}",
    "quotient": lambda found: f"\\lfloor {_divide(found)}\\rfloor ",
    "conjugate": lambda found: f"\\overline{{{found.argument()}}}",
    "mean": lambda found: f"\\overline{{{found.argument()}}}",
    "sdev": lambda found: f"\\sigma({found.argument()})",
    "variance": lambda found: f"\\sigma^{{2}}({found.argument()})",
    "sum": lambda found: _big(found, r"\sum "),
    "product": lambda found: _big(found, r"\prod "),
    "int": _int,
    "limit": _limit,
    "diff": _derivative("d"),
    "partialdiff": _derivative(r"\partial "),
    "forall": _quantified,
    "exists": _quantified,
    "selector": _selector,
}


def _listed(element: Element) -> str:
    return ",".join([c.tex.strip() for c in element.children if c.tag not in _QUALIFIERS])


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
    """Return a row of a matrix or a case of a definition, its cells parted."""
    cells = [child.tex.strip() for child in element.children]
    if element.tag == "piece":
        return r" & \text{if }".join(cells)
    if element.tag == "otherwise":
        return "".join(cells) + r" & \text{otherwise}"
    return " & ".join(cells) if element.tag == "matrixrow" else element.tex.strip()


def _closed(tex: str) -> str:
    """Add the space that parts a control word at the end from a letter after it."""
    return f"{tex} " if tex[tex.rfind("\\") + 1 :].isalpha() and "\\" in tex else tex


def _cn(element: Element) -> str:
    """Return a number; the parts of fractions, powers of ten, complex ones stand about `sep`."""
    parts = [symbols(element.text.strip())] + [
        c.tex.strip() for c in element.children if c.tag != "sep"
    ]
    kind = element.get("type").lower()
    if len(parts) != 2:
        return LEAVES["mn"](element)
    first, second = parts
    if kind == "rational":
        return f"\\frac{{{first}}}{{{second}}}"
    if kind == "e-notation":
        return f"{first}\\times 10^{{{second}}}"
    if kind == "complex-cartesian":
        sign = "" if second[:1] == "-" else "+"
        return f"{first}{sign}{_closed(second)}i"
    if kind == "complex-polar":
        return f"{_closed(first)}e^{{{_closed(second)}i}}"
    return _closed(first) + _closed(second)


def _constant(tex: str) -> Callable[[Element], str]:
    return lambda element: tex


CONTENT: dict[str, Callable[[Element], str]] = {
    **{name: _constant(tex) for name, tex in _CONSTANTS.items()},
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
