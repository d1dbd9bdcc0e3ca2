r"""Find in one pass over a page's source which kinds of markup can be in it.

Most pages have few of the kinds that the rules of extraction look for, and a query of the tree or
a pass over the source for each costs more than parsing. Hyperscan matches all patterns at once, in
a quarter of a millisecond for 90 KB, in linear time. Each pattern is a necessary condition: a
step whose pattern does not occur would change nothing.
"""

from functools import lru_cache

from transforms.html.pattern_set import PatternSet

MAX_NESTED_LISTS = 128  # more on a page are checked for their depth
MAX_NESTED_ITEMS = 16  # of lists; deeper ones are not indented
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
    "mjx_class": "(?i)mjpage|mjx-chtml|mjxc-display",
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
    "math_key": "inlineMath|displayMath|delimiters|acros",
    "asciimath": "asciimath",
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
    "code_class": r"(?i)[\s\"'=](?:gutter|crayon-nums|blob-num|line-number|lineno|code-toolbar"
    r"|codemirror-code|ace_[gst]|view-lines|js-file-line|ltx_listing|lstlisting)",
    # Regions.
    "article": r"(?i)<article[\s>/]",
    "main": r"(?i)<main[\s>/]",
    "main_role": r"(?i)role\s*=\s*[\"']?main",
    "article_body": "(?i)articleBody",
    "content_id": r"(?i)id\s*=\s*[\"']?(?:content|main)[\"'\s>/]",
    "content_class": r"(?i)[\s\"'=]content[\s\"'>]",
    "entry_class": "(?i)(?:entry|post)-content|article-?body",
    "aside_id": r"(?i)id\s*=\s*[\"']?(?:comments|respond|disqus_thread|related)[\"'\s>/]",
    # Other content.
    "table": r"(?i)<table[\s>/]",
    "h1": r"(?i)<h1[\s>/]",
    "numbered_list": rf"(?i)<ol\s[^<]*(?:{_LISTED_NUMBERINGS})",
    "list": r"(?i)<[uo]l[\s>/]",
    "item": r"(?i)<li[\s>/]",
    "numbered_item": r"(?i)<li\s[^<]*value",
    "term": r"(?i)<dt[\s>/]",
    "hidden_twin": "(?i)d-none",
}  # fmt: skip
_MORE_THAN = {"list": MAX_NESTED_LISTS, "item": MAX_NESTED_ITEMS}  # occurrences
_pattern_set = PatternSet(_PATTERNS, _MORE_THAN)


@lru_cache(maxsize=1)  # the steps of one page ask in turn
def prefilter(html: str) -> frozenset[str]:
    """Return the names of the patterns that occur in the source of a page.

    >>> sorted(prefilter("<p>a<math><mi>x</mi></math> <pre>b</pre>"))
    ['code', 'math', 'pre']
    """
    return _pattern_set.find(html)
