r"""Names of AsciiMath and what they are in LaTeX (asciimath.org, "Syntax")."""

_SAME = """
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
_OTHERS = {
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
    "mod": r"\bmod", "arc": r"\operatorname{arc}",
}  # fmt: skip
SYMBOLS = {name: rf"\{name}" for name in _SAME.split()} | _OTHERS

# One argument: it follows in braces, or stands where the # is.
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
