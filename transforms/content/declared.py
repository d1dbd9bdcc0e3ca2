"""Read from class names what pages declare: their main text, and what is next to it.

The words of a class name or id say what an element contains ("article-body", "RelatedStories"), but
not always: `content-sidebar` may wrap both, and the comments on a post may be the mathematics of a
page. So the elements are marked as regions, and the text extracted from them decides.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from transforms.html.pattern_set import MatchEnds

MAIN, BODY, COMMENTS, TEASERS, ASIDE = "main", "body", "comments", "teasers", "aside"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page: its kind, and a name that regions of the same form share."""

    kind: str
    """`MAIN` or `BODY` (probably the main text), or else what is next to the main text."""
    name: str = ""

    @property
    def is_text(self) -> bool:
        """Return whether the region is declared to be the main text."""
        return self.kind in (MAIN, BODY)


_NAME = re.compile("[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_IDS = "#comments,#respond,#disqus_thread,#related"
_MAX_NAMES = 500  # on a page; more would take long to select
_MAX_LENGTH = 64  # of a name; the rest is not read
_TAGS = ("div", "section", "aside", "ul")
# Up to the next tag: attributes may contain `>`.
_CLASSES = re.compile(
    rf"""<(?:{"|".join([*_TAGS, *map(str.upper, _TAGS)])})\b[^<]*?[\s"']class=["']?([^"'>]*)"""
)

# Words of names, or two in a row. Comments and sidebars may be longer than the main text, teasers
# much longer; other elements are next to the text only if they are short.
_KINDS = {
    COMMENTS: "comments commentlist disqus respond sidebar sidebars rail"
    " comment-list comment-area comment-section comment-wrap comment-wrapper comment-container"
    " comment-box comment-block comment-form",
    TEASERS: "related recommend recommends recommended recommendation recommendations similar"
    " readmore read-more suggested more-stories more-news more-articles more-posts more-from"
    " more-on more-reads outbrain taboola yarpp popular trending trends most-read most-popular"
    " most-viewed most-active most-recent most-commented most-shared latest recent-posts"
    " recent-articles recent-comments recent-news top-stories"
    " author-bio author-box author-info author-card author-details author-profile authorinfo byline"
    " photo-gallery image-gallery asset-gallery media-gallery resgallery slideshow carousel"
    " video-player",
    ASIDE: "share sharing sharebar sharedaddy addthis addtoany social socials pagination pager"
    " post-nav post-navigation nav-links widgets widget-area footer copyright disclaimer"
    " newsletter newsletters subscribe subscription signup sign-up promo promos promotion cta"
    " sponsor sponsored advert advertisement advertising ad ads donate donation"
    " breadcrumb breadcrumbs crumb crumbs masthead dropdown-menu search-form search-box search-bar"
    " searchform popup jwplayer post-meta post-info post-tags post-footer post-tools post-date"
    " entry-meta entry-info entry-tags entry-footer entry-tools entry-date article-meta"
    " article-info article-tags article-footer article-tools article-date timestamp dateline"
    " pubdate tag-list tag-cloud tagcloud rating ratings",
}
_KIND_OF = {words: kind for kind, names in _KINDS.items() for words in names.split()}
_WHOLE_NAMES = frozenset((
    "author", "authors", "meta", "tags", "date", "credit", "menu", "userinfo", "widget",
))  # fmt: skip
# Of layouts, states of an element and embedded posts; and of parts and of headings of what follows.
_NOT_IN_NAMES = frozenset((
    "has", "with", "without", "no", "not", "is", "layout", "hide", "show", "embed",
))  # fmt: skip
_NOT_AT_END = frozenset((
    "title", "heading", "item", "link", "icon", "icons", "button", "btn", "label", "count",
    "image", "img", "name", "logo",
))  # fmt: skip
_WRAPPER = ("content", "sidebar")
_TEXTS = frozenset((
    "article", "art", "post", "entry", "story", "news", "blog", "topic", "detail", "main",
    "body", "text", "rich", "page",
))  # fmt: skip
_BODIES = frozenset((
    "body", "content", "contents", "text", "detail", "copy", "cont", "main", "area", "inner",
    "page", "richtext",
))  # fmt: skip
_JOINED = frozenset(text + body for text in _TEXTS for body in _BODIES)
# A name without one of these words declares nothing.
_TELLING = frozenset(
    (*(words.split("-")[0] for words in _KIND_OF), *_WHOLE_NAMES, *_TEXTS, *_JOINED)
)


_telling_words = MatchEnds(  # whole words in lower case or with a capital, or in capitals
    [f"(?:[^a-z]{word}|{word.title()})[^a-z]|{word.upper()}" for word in sorted(_TELLING)]
)


def region_selector(source: str, has_ids: bool) -> str:
    """Return the selector of the elements that the class names in a page's source declare, or "".

    `has_ids`: whether ids may declare some too.
    """
    names = _with_telling_words(" ".join(set(_CLASSES.findall(source))))
    telling = [name for name in names if _kind(name[:_MAX_LENGTH]) and _NAME.fullmatch(name)]
    selectors = [f".{name}" for name in telling] if len(telling) <= _MAX_NAMES else []
    selectors += [_IDS] if has_ids else []
    return f":is({','.join(_TAGS)}):is({','.join(selectors)})" if selectors else ""


def _with_telling_words(names: str) -> set[str]:
    """Return a superset of those names with a word of `_TELLING`."""
    names = f" {' '.join(names.split())} "
    if not names.isascii():  # the ends of matches are those of bytes
        names = names.encode("ascii", "replace").decode()
    found: set[str] = set()
    for end in _telling_words.find(names):
        start = names.rfind(" ", 0, end - 1) + 1
        found.add(names[start : names.find(" ", end - 1)])
    return found


@lru_cache(10_000)
def kind_of(names: str) -> str:
    """Return the kind of region that class names declare, or "".

    >>> kind_of("wide RelatedStories"), kind_of("story-body"), kind_of("has-sidebar")
    ('teasers', 'body', '')
    """
    kinds = [_kind(name[:_MAX_LENGTH]) for name in names.split()]
    return next((kind for kind in (*_KINDS, BODY) if kind in kinds), "")


@lru_cache(100_000)
def _kind(name: str) -> str:
    words = [word.lower() for word in _WORDS.findall(name)]
    if _TELLING.isdisjoint(words) or not _NOT_IN_NAMES.isdisjoint(words):
        return ""
    pairs = list(pairwise(words))
    if words[-1] in _NOT_AT_END or _WRAPPER in pairs:
        return ""
    if name.lower() in _WHOLE_NAMES:
        return ASIDE
    kinds = {_KIND_OF.get(word) for word in (*words, *map("-".join, pairs))}
    next_to_text = next((kind for kind in _KINDS if kind in kinds), "")
    return next_to_text or (BODY if _is_body(words) else "")


def _is_body(words: list[str]) -> bool:
    """Return whether the last words of a name are like "article-body", or "articlebody"."""
    return words[-1] in _JOINED or (
        words[-1] in _BODIES and words[-2:][0] in _TEXTS and len(words) > 1
    )
