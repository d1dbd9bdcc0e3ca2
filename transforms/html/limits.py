"""Reject pages that would hang the parser, before they are parsed.

lexbor, the parser of resiliparse 2.0.1, takes quadratic time for large numbers of some tags, and
plain-text extraction takes quadratic memory for deep lists. The limits were measured: the worst
page that passes one takes well under a second, and each is many times the maximum seen in 4,000
pages of a crawl and of mathematics. `run_in_sandbox` stops any page that hangs nevertheless.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator

from transforms.html.prefilter import MAX_NESTED_LISTS, prefilter

_MAX_CHARACTERS = 16_000_000
_MAX_TAGS = 200_000  # in total; the maximum seen is 37,000, in a paper of 1.2 MB
_HARMLESS_TAGS = 15_000  # harmless whatever their names; one page in 200 has more
_MAX_TAGS_BY_NAME = {  # each is quadratic: scopes, implied end tags, merged attributes
    "option": 10_000,
    "optgroup": 10_000,
    "select": 5_000,
    "button": 10_000,
    "form": 5_000,
    "nobr": 10_000,
    "rb": 20_000,
    "rp": 20_000,
    "rt": 20_000,  # a novel with a reading for each word has thousands
    "rtc": 20_000,
    "table": 20_000,
    "html": 100,
    "body": 100,
}
_MAX_OPEN = 110_000  # elements open at once
_MAX_SEARCHES = 500_000_000  # open elements times tags that are compared with all of them
_MAX_ATTRIBUTE_NAMES = 10_000  # distinct attribute names: each is looked up in a list of all
_MAX_ATTRIBUTES = 2_000  # per tag; repeated names count once, as in the parser
_LIMITED_TAG = re.compile(rf"<({'|'.join(_MAX_TAGS_BY_NAME)})(?![\w-])", re.I)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_VOID = frozenset(("br", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_ENDED_BY_THE_NEXT = frozenset(("dd", "dt", "li", "optgroup", "option", "p", "td", "th", "tr"))
_LIST_OR_END = re.compile(r"<(/?)[uo]l(?![\w-])", re.I)
_NAME = re.compile(r"""\s([^\s"'<>/=]{1,99}+)=""")
_STRETCH = 4096  # characters; shorter tags cannot have too many attributes
_MAX_TAG_LENGTH = 1_000_000  # characters of a tag that are examined
_ATTRIBUTE_FORM = r"""[\s/]*+(=?[^\s/>=]++)(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
_ATTRIBUTE = re.compile(_ATTRIBUTE_FORM)
_TAG = re.compile(f"<[a-zA-Z][^\\s/>]*+((?:{_ATTRIBUTE_FORM.replace('(=', '(?:=')})*+)")
_TAG_START = re.compile("<[a-zA-Z]")
_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title|xmp)(?![\w-]).*?(?:</\1|\Z)", re.I | re.S
)


class HostilePageError(ValueError):
    """A page that is rejected; `reason` is one of a fixed set, the message has the details.

    Reasons: `too_large`, `too_many_tags`, `too_many_attributes`, `too_deep`; and, from
    `run_in_sandbox`, `timeout`, `memory`, `crash`. Internal: the page becomes a row of `failures/`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


def check_limits(html: str) -> None:
    """Raise HostilePageError if a page is too large or has too many tags, attributes or levels.

    Takes linear time, about a quarter of the time of parsing.

    >>> check_limits("<select>" + "<option>" * 20_000)
    Traceback (most recent call last):
    transforms.html.limits.HostilePageError: 20000 tags <option>, over 10000
    """
    if len(html) > _MAX_CHARACTERS:
        raise HostilePageError("too_large", f"{len(html)} characters, over {_MAX_CHARACTERS}")
    # A tag has at least three characters.
    tags = html.count("<") if len(html) > 3 * _HARMLESS_TAGS else 0
    if tags > _MAX_TAGS:
        raise HostilePageError("too_many_tags", f"{tags} tags, over {_MAX_TAGS}")
    if tags > _HARMLESS_TAGS:
        _check_tags(html, tags)
    if "list" in prefilter(html):
        _check_lists(html)
    _check_attributes(html)


def _check_tags(html: str, tags: int) -> None:
    for tag_name, count in Counter(map(str.lower, _LIMITED_TAG.findall(html))).items():
        if count > _MAX_TAGS_BY_NAME[tag_name]:
            raise HostilePageError(
                "too_many_tags", f"{count} tags <{tag_name}>, over {_MAX_TAGS_BY_NAME[tag_name]}"
            )
    names = len(set(_NAME.findall(html)))
    if names > _MAX_ATTRIBUTE_NAMES:
        raise HostilePageError(
            "too_many_attributes", f"{names} attribute names, over {_MAX_ATTRIBUTE_NAMES}"
        )
    if tags > _MAX_OPEN or (tags / 2) ** 2 > _MAX_SEARCHES:  # else no page exceeds either
        _check_nesting(html)


def _check_nesting(html: str) -> None:
    """Reject a page by the number of open elements and of tags that are compared with all of them.

    The latter are end tags without a start tag, and elements without content.
    """
    unclosed: Counter[str] = Counter()
    stack: list[str] = []
    deepest = searches = 0
    for end, name in _ANY_TAG.findall(html):
        tag_name = name.lower()
        if tag_name in _VOID or (end and not unclosed[tag_name]):
            searches += 1
        elif end:
            while (last := stack.pop()) != tag_name:
                unclosed[last] -= 1
            unclosed[tag_name] -= 1
        elif tag_name not in _ENDED_BY_THE_NEXT or not stack or stack[-1] != tag_name:
            stack.append(tag_name)
            unclosed[tag_name] += 1
            deepest = max(deepest, len(stack))
    if deepest > _MAX_OPEN or deepest * searches > _MAX_SEARCHES:
        raise HostilePageError("too_deep", f"{deepest} open elements, {searches} searches in them")


def _check_lists(html: str) -> None:
    depth = 0
    for match in _LIST_OR_END.finditer(html):
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > MAX_NESTED_LISTS:
            raise HostilePageError("too_deep", f"over {MAX_NESTED_LISTS} nested lists")


def _check_attributes(html: str) -> None:
    floods = [offset for bracket in "<>" for offset in _attribute_floods(html, bracket)]
    if not floods:
        return
    # Text in a script or a comment may look like a tag.
    texts = [match.span() for match in _TEXT.finditer(html)]
    for offset in floods:
        before = bisect(texts, (offset,)) - 1
        if before < 0 or texts[before][1] <= offset:
            raise HostilePageError(
                "too_many_attributes", f"over {_MAX_ATTRIBUTES} attributes in one tag"
            )


def _attribute_floods(html: str, bracket: str) -> Iterator[int]:
    """Yield the offsets of tags with too many attributes, long and without `bracket` inside."""
    seen = 0
    for start in _long_tags(html, bracket):
        if start < seen or not (tag := _TAG.match(html, start, start + _MAX_TAG_LENGTH)):
            continue
        seen = tag.end()
        if seen - start >= _STRETCH:
            names = {name.lower() for name in _ATTRIBUTE.findall(tag[1])}
            if len(names) > _MAX_ATTRIBUTES:
                yield start


def _long_tags(html: str, bracket: str) -> Iterator[int]:
    """Yield offsets at which a tag without `bracket` (`<` or `>`) for `_STRETCH` may begin.

    Examines few characters of each stretch: from its end back to the nearest bracket.
    """
    position = 0
    while 0 <= position < len(html) - _STRETCH:
        last = html.rfind(bracket, position, position + _STRETCH)
        if last >= 0:
            position = last + 1
            continue
        if bracket == "<" and position:
            yield position - 1
        elif bracket == ">" and (begin := _TAG_START.search(html, position, position + _STRETCH)):
            yield begin.start()
        position = html.find(bracket, position + _STRETCH)
