r"""Find in one pass over a page's source which kinds of markup can be in it.

Most pages have few of the kinds that the rules of extraction look for, and a query of the tree or
a pass over the source for each costs more than parsing. Hyperscan matches all patterns at once, in
a twentieth of a millisecond for 100 KB, in linear time. Each pattern is a necessary condition: a
step whose pattern does not occur would change nothing.
"""

from functools import lru_cache
from threading import Lock

import hyperscan

_VALUE = r"""\s*=\s*(?:"[^"]*|'[^']*|[^\s"'>]*)"""  # of an attribute, up to some word in it
_CLASS = rf"class{_VALUE}"
_IMAGE = r"<(?:amp-)?(?:img|image)\b[^<]*"
_LISTED_NUMBERINGS = "start|reversed|type|list-style|alpha|roman"

_PATTERNS = {
    # Characters of ours (`markers.py`), raw or as references.
    "marker": r"\xee\x80[\x80-\x88]|\xef\xb7[\x90-\x94]|(?i)&#(?:x0*(?:e00[0-8]|fdd[0-4])"
    r"|0*(?:5734[4-9]|5735[0-2]|6497[6-9]|64980))",
    # Elements of formulas.
    "math": r"(?i)<(?:m:|mml:)?math\b",
    "math_script": r"(?i)[\"'\s=]math/",
    "math_class": rf"(?i){_CLASS}(?:math|latex|katex|formula|equation|\btex\b)",
    "mjx_class": rf"(?i){_CLASS}mj(?:page|x)",
    "mjx_container": r"(?i)<mjx-container",
    "mathjax_svg": r"(?i)data-mml-node|MJ[a-z]+\d?-[\da-f]{2,5}",
    "image": rf"(?i){_IMAGE}(?:tex|math|formula|equation|ee_img|codecogs|cht=tx|\$|\\|[\^_]\{{|&#"
    rf"|&(?:dollar|bsol|hat|lowbar|lcub|lbrace))|{_IMAGE}=\s*(?:\"[^\"<]*<|'[^'<]*<)",
    "tex_element": r"(?i)<(?:d-math|dt-math|mathjax|tex|latex|tex-math|math-field)[\s>/]",
    "variable": r"(?i)<var[\s>/]",
    "library": r"(?i)<(?:script|link)\b(?:[^<]*(?:math|katex)|[^<>]*<)",
    "jats": "-formula[> ]",
    "tex_attribute": r"data-(?:(?:tex|latex|math|expr|formula|katex|eeimg|equation|asciimath)"
    r"[\w-]{0,20}=|[\w-]{1,30}=[\"'](?:[^\"'<>{]{0,24}\\[a-zA-Z]{2}"
    r"|\{[^<>]{0,80}(?:persistentExpression|latex|tex|formula|equation)(?:&quot;|\")))",
    # Formulas in text and scripts, and what belongs to them.
    "definition": r"\\(?:(?:re|provide)?(?:new)?command|[gex]?def|let|DeclareMathOperator|require"
    r"|usepackage|definecolor|newtheorem)",
    "site_macro": r"\\(?:NVar|ifrac|iunit|expe|cpi|deriv|EulerGamma)",
    "eaten_underscore": r"(?:\$|\\\(|\\\[)[^<>\n]*<(?:em|i)>",
    "symbol_font": r"(?i)(?:face|font)[^<>]{0,99}symbol",
    "equation_table": 'ltx_eq|eqnarray|class="align|class="gather',
    "reddit": r"\[;",
    "katex_call": r"katex\.render\(",
    "script": r"(?i)<su[bp][\s>/]",
    # Code.
    "code": r"(?i)<(?:pre|code|kbd|samp|tt)[\s>/]",
    "pre": r"(?i)<pre[\s>/]",
    "code_element": r"(?i)<code[\s>/]",
    "white_space": rf"(?i)style{_VALUE}white-space",
    "code_class": rf"(?i){_CLASS}(?:gutter|crayon-nums|blob-num|line-number|lineno|code-toolbar"
    r"|codemirror-code|ace_|view-lines|js-file-line|ltx_listing|lstlisting)",
    # Other content.
    "table": r"(?i)<table[\s>/]",
    "h1": r"(?i)<h1[\s>/]",
    "numbered_list": rf"(?i)<ol\s[^<]*(?:{_LISTED_NUMBERINGS})",
    "item": r"(?i)<li[\s>/]",
    "numbered_item": r"(?i)<li\s[^<]*value",
    "term": r"(?i)<dt[\s>/]",
    "hidden_twin": "(?i)d-none",
}  # fmt: skip
_NAMES = tuple(_PATTERNS)
_lock = Lock()  # for the scratch memory of the database


def _compiled() -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode("ascii") for pattern in _PATTERNS.values()],
        ids=list(range(len(_NAMES))),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(_NAMES),
    )
    return database


_database = _compiled()


@lru_cache(maxsize=1)  # the steps of one page ask in turn
def prefilter(html: str) -> frozenset[str]:
    """Return the names of the patterns that occur in the source of a page.

    >>> sorted(prefilter("<p>a<math><mi>x</mi></math> <pre>b</pre>"))
    ['code', 'math', 'pre']
    """
    found: set[str] = set()

    def add(number: int, start: int, end: int, flags: int, context: object) -> None:
        found.add(_NAMES[number])

    with _lock:
        _database.scan(html.encode("utf-8", "replace"), match_event_handler=add)
    return frozenset(found)
