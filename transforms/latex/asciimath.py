r"""Convert AsciiMath to LaTeX: a(x)/b becomes \frac{a(x)}{b}.

A recursive-descent parser for the grammar of asciimath.org: symbols by longest match, commands with
one or two arguments, brackets, `_` and `^`, and `/` between its two neighbours.
"""

import re

_SAME_NAMES = """
    alpha beta chi delta Delta epsilon varepsilon eta gamma Gamma iota kappa lambda Lambda mu nu
    omega Omega phi varphi Phi pi Pi psi Psi rho sigma Sigma tau theta vartheta Theta upsilon xi Xi
    zeta sin cos tan sec csc cot arcsin arccos arctan sinh cosh tanh coth exp log ln det dim gcd
    min max lim mod lub glb ker deg sup inf sum prod int oint partial grad aleph cdot cdots ldots
    vdots ddots times div ast star circ oplus otimes odot wedge vee cap cup setminus subset supset
    subseteq supseteq in notin ni emptyset forall exists neg bot top vdash models to mapsto
    leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow uparrow downarrow
    hookrightarrow twoheadrightarrow rightarrowtail longrightarrow Longrightarrow longmapsto
    infty propto equiv approx cong sim simeq prec preceq succ succeq le leq ge geq ne neq ll gg
    lt gt pm mp quad qquad angle triangle therefore because diamond square bowtie ltimes rtimes
    bigwedge bigvee bigcap bigcup langle rangle nabla frown prime backslash hline
"""
_OTHER_NAMES = {
    "**": r"\ast", "***": r"\star", "//": "/", "\\\\": r"\backslash", "xx": r"\times",
    "-:": r"\div", "@": r"\circ", "o+": r"\oplus", "ox": r"\otimes", "o.": r"\odot",
    "^^": r"\wedge", "^^^": r"\bigwedge", "vv": r"\vee", "vvv": r"\bigvee", "nn": r"\cap",
    "nnn": r"\bigcap", "uu": r"\cup", "uuu": r"\bigcup", "!=": r"\ne", "<=": r"\le", ">=": r"\ge",
    "mlt": r"\ll", "mgt": r"\gg", "-<": r"\prec", "-<=": r"\preceq", ">-": r"\succ",
    ">-=": r"\succeq", "!in": r"\notin", "sub": r"\subset", "sup": r"\supset",
    "sube": r"\subseteq", "supe": r"\supseteq", "-=": r"\equiv", "~=": r"\cong",
    "~~": r"\approx", "~": r"\sim", "prop": r"\propto", "not": r"\neg", "=>": r"\implies",
    "<=>": r"\iff", "iff": r"\iff", "implies": r"\implies", "AA": r"\forall", "EE": r"\exists",
    "_|_": r"\bot", "TT": r"\top", "|--": r"\vdash", "|==": r"\models", "del": r"\partial",
    "+-": r"\pm", "-+": r"\mp", "O/": r"\emptyset", "oo": r"\infty", "/_": r"\angle",
    "/_\\": r"\triangle", ":.": r"\therefore", ":'": r"\because", "|...|": r"|\ldots|",
    "...": r"\ldots", "|cdots|": r"|\cdots|", "CC": r"\mathbb{C}", "NN": r"\mathbb{N}",
    "QQ": r"\mathbb{Q}", "RR": r"\mathbb{R}", "ZZ": r"\mathbb{Z}", "uarr": r"\uparrow",
    "darr": r"\downarrow", "rarr": r"\rightarrow", "->": r"\to", ">->": r"\rightarrowtail",
    "->>": r"\twoheadrightarrow", "|->": r"\mapsto", "larr": r"\leftarrow",
    "harr": r"\leftrightarrow", "rArr": r"\Rightarrow", "lArr": r"\Leftarrow",
    "hArr": r"\Leftrightarrow", "\\ ": r"\ ", "'": "'", "dx": "dx", "dy": "dy", "dz": "dz",
    "dt": "dt", "Sin": r"\sin", "Cos": r"\cos", "Tan": r"\tan", "Log": r"\log", "Ln": r"\ln",
    "_": "_", "^": "^", "/": "/", "|": "|", "setminus": r"\setminus", "abs.": "",
    "grad": r"\nabla", "lub": r"\operatorname{lub}", "glb": r"\operatorname{glb}",
    "and": r"\text{ and }", "or": r"\text{ or }", "if": r"\text{if }", "mod": r"\bmod",
    "arc": r"\operatorname{arc}",
}  # fmt: skip
SYMBOLS = {name: rf"\{name}" for name in _SAME_NAMES.split()} | _OTHER_NAMES

# Commands with one argument, which is appended in braces or substituted for the #.
UNARY = {
    "sqrt": r"\sqrt", "hat": r"\hat", "bar": r"\overline", "overline": r"\overline",
    "vec": r"\vec", "dot": r"\dot", "ddot": r"\ddot", "tilde": r"\tilde", "ul": r"\underline",
    "underline": r"\underline", "ubrace": r"\underbrace", "underbrace": r"\underbrace",
    "obrace": r"\overbrace", "overbrace": r"\overbrace", "overarc": r"\overset{\frown}",
    "abs": r"\left|#\right|", "norm": r"\left\|#\right\|", "floor": r"\lfloor #\rfloor",
    "ceil": r"\lceil #\rceil", "bb": r"\mathbf", "mathbf": r"\mathbf", "bbb": r"\mathbb",
    "mathbb": r"\mathbb", "cc": r"\mathcal", "mathcal": r"\mathcal", "tt": r"\mathtt",
    "mathtt": r"\mathtt", "fr": r"\mathfrak", "mathfrak": r"\mathfrak", "sf": r"\mathsf",
    "mathsf": r"\mathsf", "cancel": r"\cancel",
}  # fmt: skip
BINARY = {
    "frac": r"\frac{#1}{#2}", "root": r"\sqrt[#1]{#2}", "stackrel": r"\stackrel{#1}{#2}",
    "overset": r"\overset{#1}{#2}", "underset": r"\underset{#1}{#2}", "color": "#2",
}  # fmt: skip
OPENERS = {
    "(": "(", "[": "[", "{": r"\{", "(:": r"\langle", "<<": r"\langle", "{:": "",
    "|__": r"\lfloor", "|~": r"\lceil",
}  # fmt: skip
CLOSERS = {
    ")": ")", "]": "]", "}": r"\}", ":)": r"\rangle", ">>": r"\rangle", ":}": "",
    "__|": r"\rfloor", "~|": r"\rceil",
}  # fmt: skip


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TEXT = re.compile(r'"([^"]{0,300})"|(?:text|mbox)\(([^()]{0,300})\)')
_NAMES = sorted({*SYMBOLS, *UNARY, *BINARY, *OPENERS, *CLOSERS}, key=len, reverse=True)
_NAME = re.compile("|".join(map(re.escape, _NAMES)))
_MAX_LENGTH = 2_000  # characters
_MAX_DEPTH = 40
_ENVIRONMENTS = {
    "(": "pmatrix", "[": "bmatrix", "|": "vmatrix", r"\{": "cases", "": "matrix",
}  # fmt: skip
_LEFT, _RIGHT = ("(", "[", r"\{", r"\langle"), (")", "]", r"\}", r"\rangle")

Token = tuple[str, str]  # kind, text


def asciimath_to_latex(source: str) -> str:
    r"""Return the LaTeX of an AsciiMath formula; unknown characters are unchanged.

    >>> asciimath_to_latex("(a+b)/c_1=sqrt(x^2)")
    '\\frac{a+b}{c_{1}}=\\sqrt{x^{2}}'
    """
    if len(source) > _MAX_LENGTH:
        return source
    parser = _Parser(_tokens(source))
    pieces = []
    while parser.position < len(parser.tokens):
        pieces.append(parser.expression(0))
        if parser.position < len(parser.tokens):  # an unmatched closing bracket
            pieces.append(parser.take()[1])
    return _joined(pieces)


def _tokens(source: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(source):
        if source[position].isspace():
            position += 1
        elif match := _TEXT.match(source, position):
            words = re.sub(r"[{}\\]", "", match[1] or match[2] or "")
            tokens.append(("symbol", rf"\text{{{words}}}"))
            position = match.end()
        elif match := _NUMBER.match(source, position):
            tokens.append(("symbol", match[0]))
            position = match.end()
        elif match := _NAME.match(source, position):
            tokens.append(_named(match[0]))
            position = match.end()
        else:
            position += source[position] == "\\" and position + 1 < len(source)  # \x is x
            tokens.append(("symbol", _ESCAPES.get(source[position], source[position])))
            position += 1
    return tokens


_ESCAPES = {
    "\\": r"\backslash",
    "#": r"\#",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "~": r"\sim",
    "{": r"\{",
    "}": r"\}",
}


def _named(name: str) -> Token:
    if name in ("_", "^", "/"):
        return name, name
    for kind, table in (
        ("unary", UNARY), ("binary", BINARY), ("open", OPENERS), ("close", CLOSERS),
    ):  # fmt: skip
        if name in table:
            return kind, table[name]
    return "symbol", SYMBOLS[name]


def _joined(pieces: list[str]) -> str:
    r"""Join pieces, with a space between a command and a letter after it.

    >>> _joined(["\\alpha", "x"]), _joined(["2", "x"])
    ('\\alpha x', '2x')
    """
    joined = ""
    for piece in pieces:
        if piece[:1].isalpha() and re.search(r"\\[a-zA-Z]+$", joined[-30:]):
            joined += " "
        joined += piece
    return joined


class _Parser:
    """Recursive-descent parser over tokens; its methods return LaTeX."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.position = tokens, 0

    def kind(self) -> str:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else ""

    def take(self) -> Token:
        self.position += 1
        return (
            self.tokens[self.position - 1] if self.position <= len(self.tokens) else ("symbol", "")
        )

    def expression(self, depth: int) -> str:
        """Parse up to a closing bracket or the end."""
        pieces = []
        while self.kind() not in ("", "close"):
            pieces.append(self.fraction(depth))
        return _joined(pieces)

    def fraction(self, depth: int) -> str:
        above, bare_above = self.scripted(depth)
        if self.kind() != "/":
            return above
        self.take()
        _, bare_below = self.scripted(depth)
        return rf"\frac{{{bare_above}}}{{{bare_below}}}"

    def scripted(self, depth: int) -> tuple[str, str]:
        """Parse a term with its scripts; return it with and without its outer brackets."""
        base, bare = self.simple(depth)
        scripts = ""
        for mark in ("_", "^"):
            if self.kind() == mark:
                self.take()
                scripts += f"{mark}{{{self.simple(depth)[1]}}}"
        return base + scripts, (base + scripts) if scripts else bare

    def simple(self, depth: int) -> tuple[str, str]:
        """Parse a symbol, bracket or command; return it with and without its outer brackets."""
        kind, text = self.take()
        if depth > _MAX_DEPTH:
            return text, text
        if kind == "open":
            return self.bracketed(text, depth)
        if text == "|" and self.kind() == "open" and (matrix := self.determinant(depth)):
            return matrix
        if kind == "unary":
            argument = self.simple(depth + 1)[1]
            whole = text.replace("#", argument) if "#" in text else f"{text}{{{argument}}}"
            return whole, whole
        if kind == "binary":
            first, second = self.simple(depth + 1)[1], self.simple(depth + 1)[1]
            whole = text.replace("#1", first).replace("#2", second)
            return whole, whole
        return text, text

    def bracketed(self, opener: str, depth: int) -> tuple[str, str]:
        start = self.position
        inner = self.expression(depth + 1)
        closer = self.take()[1] if self.kind() == "close" else ""
        if opener in ("[", "(", r"\{", "") and (rows := self.rows(start, depth)):
            return _matrix(rows, opener, closer)
        whole = _joined([opener, inner, closer])
        if opener in _LEFT and closer in (*_RIGHT, "") and re.search(r"\\frac|\\begin", inner):
            whole = rf"\left{opener}{inner}\right{closer or '.'}"
        return whole, inner if opener in (*_LEFT, "") and closer else whole

    def determinant(self, depth: int) -> tuple[str, str] | None:
        """Parse a matrix between bars, |(a,b),(c,d)|; return None and take nothing otherwise."""
        start, level = self.position, 0
        for end in range(start, len(self.tokens)):
            kind, text = self.tokens[end]
            level += {"open": 1, "close": -1}.get(kind, 0)
            if level < 0 or (level == 0 and text == "|"):
                break
        else:
            return None
        if level < 0:
            return None
        self.position = end + 1
        if rows := self.rows(start, depth):
            return _matrix(rows, "|", "|")
        self.position = start
        return None

    def rows(self, start: int, depth: int) -> list[list[str]] | None:
        """Return the cells if the tokens since `start` are a matrix like [[a,b],[c,d]], or None."""
        tokens = self.tokens[start : self.position - 1]
        if depth > 3 or len(tokens) < 7 or tokens[0][0] != "open" or tokens[-1][0] != "close":
            return None
        rows: list[list[str]] = []
        cell: list[Token] = []
        row: list[str] = []
        level = 0
        for kind, text in tokens:
            level += {"open": 1, "close": -1}.get(kind, 0)
            if level == 1 and kind == "open":
                cell, row = [], []
            elif (level, text) == (1, ",") or (level, kind) == (0, "close"):
                row.append(_Parser(cell).expression(depth + 1))
                cell = []
                if level == 0:
                    rows.append(row)
            elif level == 0 and text != ",":
                return None
            elif level:
                cell.append((kind, text))
        return rows if len({len(row) for row in rows}) == 1 and len(rows) > 1 else None


def _matrix(rows: list[list[str]], opener: str, closer: str) -> tuple[str, str]:
    environment = _ENVIRONMENTS[opener]
    if opener == r"\{" and closer == r"\}":
        environment = "Bmatrix"
    body = r" \\ ".join(" & ".join(row) for row in rows)
    whole = rf"\begin{{{environment}}}{body}\end{{{environment}}}"
    return whole, whole
