"""LaTeX and precedence of the operators and constants of content MathML."""

# Infix operators: LaTeX and rank (a higher rank binds tighter).
INFIX = {
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
PREFIX = {  # before the argument
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
AROUND = {  # fences around the argument
    "abs": ("|", "|"),
    "card": ("|", "|"),
    "floor": ("\u230a", "\u230b"),
    "ceiling": ("\u2308", "\u2309"),
}
AFTER = {"factorial": "!", "inverse": "^{-1}", "transpose": "^{T}"}  # after the argument
CONSTANTS = {
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
    **{name: tex or r"\cdot " for name, (tex, _) in INFIX.items()},
    **PREFIX,
}
NAMES = (  # written as \operatorname{name}(arguments)
    *("min", "max", "gcd", "lcm", "median", "mode", "domain", "codomain", "image", "moment"),
    *("sech", "csch", "arccosh", "arcsinh", "arctanh", "arccot", "arccsc", "arcsec"),
)
KNOWN = ("min", "max", "gcd")  # those of NAMES that LaTeX has
ALIASES = {"unary_minus": "minus", "defint": "int", "nthdiff": "diff"}
QUALIFIERS = frozenset(
    ("bvar", "lowlimit", "uplimit", "degree", "logbase", "condition", "domainofapplication")
)
ATOM = 10  # binds tighter than any operator
