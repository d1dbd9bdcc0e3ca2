"""Tables from the characters of MathML to LaTeX: symbols, accents, fences, fonts, functions.

Code points are in hexadecimal, so that look-alikes cannot be confused. Names are those of LaTeX and
amssymb that KaTeX and MathJax know; if a character has several, the one that authors use.
"""

import unicodedata

_NAMED = """
alpha 03b1 beta 03b2 gamma 03b3 delta 03b4 zeta 03b6 eta 03b7 theta 03b8 iota 03b9 kappa 03ba
lambda 03bb mu 03bc mu 00b5 nu 03bd xi 03be pi 03c0 rho 03c1 varsigma 03c2 sigma 03c3 tau 03c4
upsilon 03c5 varphi 03c6 chi 03c7 psi 03c8 omega 03c9 varepsilon 03b5 epsilon 03f5 vartheta 03d1
varpi 03d6 varrho 03f1 phi 03d5 varkappa 03f0 digamma 03dd Gamma 0393 Delta 0394 Delta 2206
Theta 0398 Lambda 039b Xi 039e Pi 03a0 Sigma 03a3 Upsilon 03a5 Upsilon 03d2 Phi 03a6 Psi 03a8
Omega 03a9 Omega 2126 Theta 03f4 backepsilon 03f6

pm 00b1 mp 2213 times 00d7 times 2a2f div 00f7 cdot 00b7 cdot 22c5 cdot 2027 cdot 2219 circ 2218
circ 25e6 bullet 2022 bullet 25cf star 22c6 star 2606 bigstar 2605 bigcirc 25ef bigcirc 25cb
doublebarwedge 2a5e doublebarwedge 2306 barvee 22bd cupdot 228d dotminus 2238 boxbar 25eb
boxslash 29c4 boxbslash 29c5 boxast 29c6 boxcircle 29c7 boxbox 29c8 obslash 29b8 olessthan 29c0
ogreaterthan 29c1 interleave 2af4 sslash 2afd iddots 22f0 rightangle 221f
dagger 2020 ddagger 2021 amalg 2a3f wr 2240 diamond 22c4 diamond 25c7 lozenge 25ca blacklozenge 29eb
setminus 2216 setminus 29f5 wedge 2227 vee 2228 cap 2229 cup 222a sqcap 2293 sqcup 2294 uplus 228e
oplus 2295 ominus 2296 otimes 2297 oslash 2298 odot 2299 circledcirc 229a circledast 229b
circleddash 229d boxplus 229e boxminus 229f boxtimes 22a0 boxdot 22a1 ltimes 22c9 rtimes 22ca
leftthreetimes 22cb rightthreetimes 22cc barwedge 22bc veebar 22bb intercal 22ba dotplus 2214
divideontimes 22c7 curlyvee 22ce curlywedge 22cf Cap 22d2 Cup 22d3 neg 00ac triangleleft 25c3
triangleright 25b9 triangleleft 25c1 triangleright 25b7 triangle 25b3 triangledown 25bd
vartriangle 25b5 triangledown 25bf blacktriangle 25b4 blacktriangle 25b2 blacktriangledown 25be
blacktriangledown 25bc blacktriangleleft 25c2 blacktriangleleft 25c0 blacktriangleright 25b8
blacktriangleright 25b6 square 25a1 square 25fb square 25ab blacksquare 25a0 blacksquare 25fc
blacksquare 25aa blacksquare 220e lhd 22b2 rhd 22b3

leq 2264 geq 2265 leqslant 2a7d geqslant 2a7e leqq 2266 geqq 2267 ll 226a gg 226b lll 22d8 ggg 22d9
neq 2260 equiv 2261 sim 223c sim 02dc nsim 2241 simeq 2243 eqsim 2242 cong 2245 ncong 2246
ncong 2247 approx 2248 approxeq 224a asymp 224d doteq 2250 doteqdot 2251 fallingdotseq 2252
risingdotseq 2253 eqcirc 2256 circeq 2257 triangleq 225c propto 221d backsim 223d backsimeq 22cd
bumpeq 224f Bumpeq 224e prec 227a succ 227b preceq 2aaf succeq 2ab0 preccurlyeq 227c
succcurlyeq 227d precsim 227e succsim 227f precapprox 2ab7 succapprox 2ab8 lesssim 2272 gtrsim 2273
lessgtr 2276 gtrless 2277 lessapprox 2a85 gtrapprox 2a86 lneq 2a87 gneq 2a88 lneqq 2268 gneqq 2269
nless 226e ngtr 226f nleq 2270 ngeq 2271 nprec 2280 nsucc 2281 lessdot 22d6 gtrdot 22d7
lesseqgtr 22da gtreqless 22db curlyeqprec 22de curlyeqsucc 22df lnsim 22e6 gnsim 22e7 precnsim 22e8
succnsim 22e9 npreceq 22e0 nsucceq 22e1 eqslantless 2a95 eqslantgtr 2a96 subset 2282 supset 2283
subseteq 2286 supseteq 2287 nsubseteq 2288 nsupseteq 2289 subsetneq 228a supsetneq 228b
subseteqq 2ac5 supseteqq 2ac6 subsetneqq 2acb supsetneqq 2acc Subset 22d0 Supset 22d1 sqsubset 228f
sqsupset 2290 sqsubseteq 2291 sqsupseteq 2292 in 2208 in 220a notin 2209 ni 220b ni 220d mid 2223
nmid 2224 parallel 2225 nparallel 2226 perp 22a5 perp 27c2 vdash 22a2 dashv 22a3 models 22a7
models 22a8 Vdash 22a9 Vvdash 22aa vDash 22ab nvdash 22ac nvDash 22ad nVdash 22ae nVDash 22af
bowtie 22c8 Join 2a1d between 226c pitchfork 22d4 multimap 22b8 smile 2323 frown 2322
trianglelefteq 22b4 trianglerighteq 22b5 ntriangleleft 22ea ntriangleright 22eb ntrianglelefteq 22ec
ntrianglerighteq 22ed therefore 2234 because 2235 lesseqqgtr 2a8b gtreqqless 2a8c preceqq 2ab3
succeqq 2ab4 precneqq 2ab5 succneqq 2ab6 precnapprox 2ab9 succnapprox 2aba lnapprox 2a89
multimapboth 29df gnapprox 2a8a not 29f8 sqsubsetneq 22e4 sqsupsetneq 22e5 approxeqq 2a70
multimapinv 27dc

to 2192 leftarrow 2190 uparrow 2191 downarrow 2193 leftrightarrow 2194 updownarrow 2195 nwarrow 2196
nearrow 2197 searrow 2198 swarrow 2199 nleftarrow 219a nrightarrow 219b twoheadleftarrow 219e
twoheadrightarrow 21a0 leftarrowtail 21a2 rightarrowtail 21a3 mapsto 21a6 hookleftarrow 21a9
hookrightarrow 21aa looparrowleft 21ab looparrowright 21ac leftrightsquigarrow 21ad
nleftrightarrow 21ae Lsh 21b0 Rsh 21b1 curvearrowleft 21b6 curvearrowright 21b7 circlearrowleft 21ba
circlearrowright 21bb leftharpoonup 21bc leftharpoondown 21bd upharpoonright 21be upharpoonleft 21bf
rightharpoonup 21c0 rightharpoondown 21c1 downharpoonright 21c2 downharpoonleft 21c3
rightleftarrows 21c4 leftrightarrows 21c6 leftleftarrows 21c7 upuparrows 21c8 rightrightarrows 21c9
downdownarrows 21ca leftrightharpoons 21cb rightleftharpoons 21cc nLeftarrow 21cd
nLeftrightarrow 21ce nRightarrow 21cf Leftarrow 21d0 Uparrow 21d1 Rightarrow 21d2 Downarrow 21d3
Leftrightarrow 21d4 Updownarrow 21d5 Lleftarrow 21da Rrightarrow 21db rightsquigarrow 21dd
dashleftarrow 21e0 dashrightarrow 21e2 longleftarrow 27f5 longrightarrow 27f6
longleftrightarrow 27f7 Longleftarrow 27f8 Longrightarrow 27f9 Longleftrightarrow 27fa
longmapsto 27fc leadsto 2933 Nwarrow 21d6 Nearrow 21d7 Searrow 21d8 Swarrow 21d9 mapsfrom 21a4
Mapsto 2907 Mapsfrom 2906 longmapsfrom 27fb Longmapsto 27fe twoheaduparrow 219f
twoheaddownarrow 21a1 updownarrows 21c5 downuparrows 21f5 leftarrowtriangle 21fd
rightarrowtriangle 21fe leftrightarrowtriangle 21ff

sum 2211 prod 220f coprod 2210 int 222b iint 222c iiint 222d oint 222e oiint 222f oiiint 2230
bigcupdot 2a03 bigsqcap 2a05 bigtimes 2a09 fint 2a0f sqint 2a16 upint 2a1b lowint 2a1c
bigcap 22c2 bigcup 22c3 bigwedge 22c0 bigvee 22c1 bigodot 2a00 bigoplus 2a01 bigotimes 2a02
biguplus 2a04 bigsqcup 2a06

langle 27e8 rangle 27e9 langle 2329 rangle 232a langle 3008 rangle 3009 lfloor 230a rfloor 230b
lceil 2308 rceil 2309 lgroup 27ee rgroup 27ef lmoustache 23b0 rmoustache 23b1 ulcorner 231c
urcorner 231d llcorner 231e lrcorner 231f llbracket 27e6 rrbracket 27e7 llbracket 301a
rrbracket 301b

forall 2200 exists 2203 nexists 2204 complement 2201 partial 2202 nabla 2207 infty 221e
emptyset 2205 emptyset 2300 surd 221a angle 2220 measuredangle 2221 sphericalangle 2222 top 22a4
aleph 2135 beth 2136 gimel 2137 daleth 2138 hbar 210f hbar 0127 ell 2113 wp 2118 Re 211c Im 2111
imath 0131 imath 1d6a4 jmath 0237 jmath 1d6a5 eth 00f0 mho 2127 Finv 2132 Game 2141 ldots 2026
cdots 22ef vdots 22ee ddots 22f1 backprime 2035 flat 266d natural 266e sharp 266f clubsuit 2663
diamondsuit 2662 diamondsuit 2666 heartsuit 2661 heartsuit 2665 spadesuit 2660 checkmark 2713
maltese 2720 S 00a7 P 00b6 copyright 00a9 circledR 00ae circledS 24c8 pounds 00a3 yen 00a5
diagup 2571 diagdown 2572
"""
_SPACES = {
    r"\,": "2006 2008 2009 202f",
    r"\:": "2005 205f",
    r"\;": "2004",
    "~": "00a0 2000 2002 2007",
    r"\quad ": "2001 2003 3000",
    "": "2061 2062 2063 2064 2060 feff 200a 200b 200c 200d 200e 200f 00ad 034f fe00 fe01 fe0e fe0f",
}
_SPELLED = {
    "-": "2212 2010 2011 2012 2013 2014 2015",
    "*": "2217 204e",
    "/": "2215 2044",
    ":": "2236",
    "::": "2237",
    "|": "2758",
    r"\|": "2016",
    "'": "2032 2019",
    "''": "2033 201d",
    "'''": "2034",
    "''''": "2057",
    "`": "2018",
    "``": "201c",
    ":=": "2254",
    "=:": "2255",
    "::=": "2a74",
    "==": "2a75",
    "d": "2146",
    "e": "2147",
    "i": "2148",
    "j": "2149",
    "h": "210e",
    "o": "03bf",
    r"\mathring{A}": "212b 00c5",
    r"{}^{\circ}": "00b0 02da",
    r"{}^{\circ}\mathrm{C}": "2103",
    r"{}^{\circ}\mathrm{F}": "2109",
    r"\overset{?}{=}": "225f",
    r"\overset{\mathrm{def}}{=}": "225d",
    r"\int\!\!\int\!\!\int\!\!\int ": "2a0c",
    r"\perp\!\!\!\perp ": "2aeb",
    r"\#": "0023",
    r"\$": "0024",
    r"\%": "0025",
    r"\&": "0026",
    r"\_": "005f",
    r"\{": "007b",
    r"\}": "007d",
    r"\backslash ": "005c",
    r"\sim ": "007e",
    r"\hat{}": "005e 02c6 0302",
    r"\bar{}": "00af 203e 0304 0305",
    r"\dot{}": "02d9 0307",
    r"\ddot{}": "00a8 0308",
    r"\acute{}": "00b4 0301",
    r"\check{}": "02c7 030c",
    r"\breve{}": "02d8 0306",
    r"\tilde{}": "0303",
    r"\vec{}": "20d7",
    r"\underline{}": "0332",
    r"\overbrace{}": "23de",
    r"\underbrace{}": "23df",
}
_LATIN_CAPITALS = "0391 0392 0395 0396 0397 0399 039a 039c 039d 039f 03a1 03a4 03a7"  # Greek


# The Symbol font, from F020 on: Word writes its characters in Unicode's private use area.
_SYMBOL_FONT = """
0020 0021 2200 0023 2203 0025 0026 220b 0028 0029 002a 002b 002c 2212 002e 002f 0030 0031 0032 0033
0034 0035 0036 0037 0038 0039 003a 003b 003c 003d 003e 003f 2245 0391 0392 03a7 0394 0395 03a6 0393
0397 0399 03d1 039a 039b 039c 039d 039f 03a0 0398 03a1 03a3 03a4 03a5 03c2 03a9 039e 03a8 0396 005b
2234 005d 22a5 005f 203e 03b1 03b2 03c7 03b4 03b5 03d5 03b3 03b7 03b9 03c6 03ba 03bb 03bc 03bd 03bf
03c0 03b8 03c1 03c3 03c4 03c5 03d6 03c9 03be 03c8 03b6 007b 007c 007d 223c
"""
_SYMBOL_FONT_HIGH = """
03d2 2032 2264 2215 221e 0192 2663 2666 2665 2660 2194 2190 2191 2192 2193 00b0 00b1 2033 2265 00d7
221d 2202 2022 00f7 2260 2261 2248 2026 007c 2013 21b5 2135 2111 211c 2118 2297 2295 2205 2229 222a
2283 2287 2284 2282 2286 2208 2209 2220 2207 00ae 00a9 2122 220f 221a 22c5 00ac 2227 2228 21d4 21d0
21d1 21d2 21d3 25ca 27e8 00ae 00a9 2122 2211 0028 0028 0028 005b 005b 005b 007b 007b 007b 007c 20ac
27e9 222b 222b 222b 222b 0029 0029 0029 005d 005d 005d 007d 007d 007d
"""


def _characters(codes: str) -> list[str]:
    return [chr(int(code, 16)) for code in codes.split()]


def _symbols() -> dict[str, str]:
    words = _NAMED.split()
    table = {
        chr(int(code, 16)): f"\\{name} " for name, code in zip(*[iter(words)] * 2, strict=True)
    }
    for spelling, codes in [*_SPACES.items(), *_SPELLED.items()]:
        table |= dict.fromkeys(_characters(codes), spelling)
    for wide in map(chr, range(0xFF01, 0xFF5F)):  # full-width ASCII of Chinese and Japanese pages
        ascii_character = chr(ord(wide) - 0xFEE0)
        table[wide] = table.get(ascii_character, ascii_character)
    for capital, greek in zip("ABEZHIKMNOPTX", _characters(_LATIN_CAPITALS), strict=True):
        table[greek] = f"\\mathrm{{{capital}}}"
    for start, codes in ((0xF020, _SYMBOL_FONT), (0xF0A1, _SYMBOL_FONT_HIGH)):
        for offset, character in enumerate(_characters(codes)):
            table[chr(start + offset)] = table.get(character, character)
    return table


# Character -> TeX; a trailing control word is followed by a space that separates it from a letter.
SYMBOLS = _symbols()

_FUNCTIONS = """
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup
ln log max min Pr sec sin sinh sup tan tanh
"""
_LIMITS = """
sum prod coprod int iint iiint oint oiint oiiint bigcap bigcup bigwedge bigvee bigodot bigoplus
bigotimes biguplus bigsqcup lim liminf limsup max min sup inf det gcd Pr
"""
# Function names that are control words, and commands that take limits below and above.
FUNCTIONS = frozenset(_FUNCTIONS.split())
LIMITS = frozenset(f"\\{name}" for name in _LIMITS.split())

# Accents above: character -> commands for one letter and for several.
_OVER = {
    ("hat", "widehat"): "005e 02c6 0302 2038",
    ("tilde", "widetilde"): "007e 02dc 0303 223c",
    ("bar", "overline"): "00af 02c9 203e 0304 0305 2212 002d 2013",
    ("overline", "overline"): "2015 2014 005f 2500 0332 02cd",
    ("vec", "overrightarrow"): "2192 20d7 20d1",
    ("overrightarrow", "overrightarrow"): "27f6",
    ("overleftarrow", "overleftarrow"): "2190 20d6 27f5",
    ("overleftrightarrow", "overleftrightarrow"): "2194 20e1 27f7",
    ("overrightharpoon", "overrightharpoon"): "21c0",
    ("overleftharpoon", "overleftharpoon"): "21bc",
    ("dot", "dot"): "02d9 0307 002e 22c5 00b7",
    ("ddot", "ddot"): "00a8 0308",
    ("dddot", "dddot"): "20db",
    ("ddddot", "ddddot"): "20dc",
    ("check", "check"): "02c7 030c",
    ("breve", "breve"): "02d8 0306",
    ("acute", "acute"): "00b4 02ca 0301",
    ("grave", "grave"): "0060 02cb 0300",
    ("mathring", "mathring"): "02da 030a",
    ("overbrace", "overbrace"): "23de fe37",
    ("overgroup", "overgroup"): "23e0 fe35",
}
_UNDER = {
    "underline": "005f 00af 02c9 203e 0332 02cd 0331 2015 2014 2500 2013",
    "underbrace": "23df fe38",
    "underrightarrow": "2192 20ef",
    "underleftarrow": "2190 20ee",
    "underleftrightarrow": "2194",
    "undergroup": "23e1 fe36",
}
OVER = {c: commands for commands, codes in _OVER.items() for c in _characters(codes)}
UNDER = {c: command for command, codes in _UNDER.items() for c in _characters(codes)}

# Fences, as written after \left and \right.
OPENING = {"(": "(", "[": "[", "{": r"\{"} | {
    c: SYMBOLS[c] for c in _characters("27e8 2329 3008 230a 2308 27ee 23b0 ff08")
}
CLOSING = {")": ")", "]": "]", "}": r"\}"} | {
    c: SYMBOLS[c] for c in _characters("27e9 232a 3009 230b 2309 27ef 23b1 ff09")
}
BARS = {"|": "|", "\u2223": "|", "\u2758": "|", "||": r"\|", "\u2016": r"\|", "\u2225": r"\|"}

# mathvariant -> commands of that font, outermost first.
VARIANTS: dict[str, tuple[str, ...]] = {
    "normal": ("mathrm",),
    "bold": ("mathbf",),
    "italic": ("mathit",),
    "bold-italic": ("boldsymbol",),
    "double-struck": ("mathbb",),
    "script": ("mathcal",),
    "bold-script": ("boldsymbol", "mathcal"),
    "fraktur": ("mathfrak",),
    "bold-fraktur": ("boldsymbol", "mathfrak"),
    "sans-serif": ("mathsf",),
    "bold-sans-serif": ("boldsymbol", "mathsf"),
    "sans-serif-italic": ("mathsf",),
    "sans-serif-bold-italic": ("boldsymbol", "mathsf"),
    "monospace": ("mathtt",),
}
_LETTERS = """
bold italic bold-italic script bold-script fraktur double-struck bold-fraktur sans-serif
bold-sans-serif sans-serif-italic sans-serif-bold-italic monospace
"""
_GREEK = "bold italic bold-italic bold-sans-serif sans-serif-bold-italic"
_FIGURES = "bold double-struck sans-serif bold-sans-serif monospace"
_LETTERLIKE = {  # letters that Unicode encoded earlier, in other blocks
    "script": "212c 2130 2131 210b 2110 2112 2133 211b 212f 210a 2134",
    "fraktur": "212d 210c 2128",
    "double-struck": "2102 210d 2115 2119 211a 211d 2124 213d 213e 213f 2140",
}


def _alphabets() -> dict[str, tuple[str, str]]:
    """Return the plain character and the mathvariant of each mathematical alphanumeric."""
    # First character, characters per font, fonts in order.
    runs = [(0x1D400, 52, _LETTERS), (0x1D6A8, 58, _GREEK), (0x1D7CE, 10, _FIGURES)]
    fonts = [
        (chr(start + size * index + offset), font)
        for start, size, names in runs
        for index, font in enumerate(names.split())
        for offset in range(size)
    ]
    fonts += [(c, font) for font, codes in _LETTERLIKE.items() for c in _characters(codes)]
    return {c: (_plain(c), font) for c, font in fonts}


def _plain(character: str) -> str:
    """Return the base of a font variant, one decomposition deep: a phi symbol is not a phi."""
    decomposition = unicodedata.decomposition(character).split()
    return chr(int(decomposition[1], 16)) if decomposition else character


# Mathematical alphanumeric character -> plain character and mathvariant.
ALPHABETS = _alphabets()
