"""Refuse pages that would keep the parser busy for ever, before they are parsed.

lexbor, under resiliparse 2.0.1, takes quadratic time for some kinds of markup in large numbers, and
plain-text extraction quadratic memory for deep lists. The limits were measured: each leaves the
worst page that it lets pass well below a second, and lies many times above the most that 4,000
pages of a crawl and of mathematics have. What still hangs is for `run_guarded` to end.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator

_MOST_CHARACTERS = 16_000_000
_MOST_TAGS = 200_000  # of all kinds; the most seen is 37,000, in a paper of 1.2 MB
_FEW_TAGS = 15_000  # of any kind that do no harm; one page in 200 has more
_MOST = {  # of one kind, each quadratic: scopes, implied end tags, attributes merged into one
    "option": 10_000,
    "optgroup": 10_000,
    "select": 5_000,
    "button": 10_000,
    "form": 5_000,
    "nobr": 10_000,
    "rb": 20_000,
    "rp": 20_000,
    "rt": 20_000,  # a novel with a reading for each word has some thousands
    "rtc": 20_000,
    "table": 20_000,
    "html": 100,
    "body": 100,
}
_MOST_NESTED_LISTS = 128
_MOST_OPEN = 110_000  # elements at once
_MOST_SEARCHES = 500_000_000  # open elements times tags that are compared with each of them
_MOST_NAMES = 10_000  # of attributes: each element's are looked up among those of all
_MOST_ATTRIBUTES = 2_000  # of one tag; names that repeat count once, as they do for the parser
_KINDS = re.compile(rf"<({'|'.join(_MOST)})(?![\w-])", re.I)
_ANY = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_EMPTY = frozenset(("br", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_ENDED_BY_THE_NEXT = frozenset(("dd", "dt", "li", "optgroup", "option", "p", "td", "th", "tr"))
_LIST = re.compile(r"<[uUoO][lL](?![\w-])")
_LIST_OR_END = re.compile(r"<(/?)[uo]l(?![\w-])", re.I)
_NAME = re.compile(r"""\s([^\s"'<>/=]{1,99}+)=""")
_STRETCH = 4096  # characters: no tag shorter than this has too many attributes
_LONGEST = 1_000_000  # characters of a tag that are looked at
_ATTRIBUTE_FORM = r"""[\s/]*+(=?[^\s/>=]++)(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
_ATTRIBUTE = re.compile(_ATTRIBUTE_FORM)
_TAG = re.compile(f"<[a-zA-Z][^\\s/>]*+((?:{_ATTRIBUTE_FORM.replace('(=', '(?:=')})*+)")
_BEGIN = re.compile("<[a-zA-Z]")
_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title|xmp)(?![\w-]).*?(?:</\1|\Z)", re.I | re.S
)


class HostilePageError(ValueError):
    """A page that is set aside: `reason` is one word of a fixed set, the message says more.

    Reasons: `too_large`, `too_many_tags`, `too_many_attributes`, `too_deep`; and of `run_guarded`
    `timeout`, `memory`, `crash`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


def check_limits(html: str) -> None:
    """Raise HostilePageError for a page that is too large or has too much of something.

    Takes time linear in the page: a quarter of what parsing takes.

    >>> check_limits("<select>" + "<option>" * 20_000)
    Traceback (most recent call last):
    transforms.html.limits.HostilePageError: 20000 tags <option>, over 10000
    """
    if len(html) > _MOST_CHARACTERS:
        raise HostilePageError("too_large", f"{len(html)} characters, over {_MOST_CHARACTERS}")
    tags = html.count("<")
    if tags > _MOST_TAGS:
        raise HostilePageError("too_many_tags", f"{tags} tags, over {_MOST_TAGS}")
    if tags > _FEW_TAGS:
        _check_kinds(html)
    if sum(1 for _ in _LIST.finditer(html)) > _MOST_NESTED_LISTS:
        _check_lists(html)
    _check_attributes(html)


def _check_kinds(html: str) -> None:
    for kind, count in Counter(map(str.lower, _KINDS.findall(html))).items():
        if count > _MOST[kind]:
            raise HostilePageError("too_many_tags", f"{count} tags <{kind}>, over {_MOST[kind]}")
    names = len(set(_NAME.findall(html)))
    if names > _MOST_NAMES:
        raise HostilePageError(
            "too_many_attributes", f"{names} names of attributes, over {_MOST_NAMES}"
        )
    _check_nesting(html)


def _check_nesting(html: str) -> None:
    """Estimate how many elements are open at once, and how many tags are compared with them all.

    Those are end tags of nothing, and elements without content.
    """
    unclosed: Counter[str] = Counter()
    stack: list[str] = []
    deepest = searches = 0
    for end, name in _ANY.findall(html):
        kind = name.lower()
        if kind in _EMPTY or (end and not unclosed[kind]):
            searches += 1
        elif end:
            while (last := stack.pop()) != kind:
                unclosed[last] -= 1
            unclosed[kind] -= 1
        elif kind not in _ENDED_BY_THE_NEXT or not stack or stack[-1] != kind:
            stack.append(kind)
            unclosed[kind] += 1
            deepest = max(deepest, len(stack))
    if deepest > _MOST_OPEN or deepest * searches > _MOST_SEARCHES:
        raise HostilePageError("too_deep", f"{deepest} open elements, {searches} searches in them")


def _check_lists(html: str) -> None:
    depth = 0
    for found in _LIST_OR_END.finditer(html):
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _MOST_NESTED_LISTS:
            raise HostilePageError("too_deep", f"over {_MOST_NESTED_LISTS} lists in each other")


def _check_attributes(html: str) -> None:
    floods = [place for sign in "<>" for place in _attribute_floods(html, sign)]
    if not floods:
        return
    # What looks like a tag may stand in a script or a comment, where there are none.
    texts = [found.span() for found in _TEXT.finditer(html)]
    for place in floods:
        before = bisect(texts, (place,)) - 1
        if before < 0 or texts[before][1] <= place:
            raise HostilePageError(
                "too_many_attributes", f"over {_MOST_ATTRIBUTES} attributes in one tag"
            )


def _attribute_floods(html: str, sign: str) -> Iterator[int]:
    """Yield the places of long tags, found by their lack of a `sign`, with too many attributes."""
    seen = 0
    for start in _long_tags(html, sign):
        if start < seen or not (tag := _TAG.match(html, start, start + _LONGEST)):
            continue
        seen = tag.end()
        if seen - start >= _STRETCH:
            names = {name.lower() for name in _ATTRIBUTE.findall(tag[1])}
            if len(names) > _MOST_ATTRIBUTES:
                yield start


def _long_tags(html: str, sign: str) -> Iterator[int]:
    """Yield where tags may begin that have no `sign`, `<` or `>`, for a stretch.

    Looks at a few characters of each stretch: from its end back to the nearest sign.
    """
    here = 0
    while 0 <= here < len(html) - _STRETCH:
        last = html.rfind(sign, here, here + _STRETCH)
        if last >= 0:
            here = last + 1
            continue
        if sign == "<" and here:
            yield here - 1
        elif sign == ">" and (begin := _BEGIN.search(html, here, here + _STRETCH)):
            yield begin.start()
        here = html.find(sign, here + _STRETCH)
