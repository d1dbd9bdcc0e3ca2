r"""HTML bytes to text that keeps its formulas, as LaTeX between dollar signs.

Formulas that extraction would lose are marked in the tree first; the main text is taken; the marks,
and the formulas that stand in the text between delimiters, become `$x$`, or `$$x$$` on a line.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.decode_html import decode_html
from transforms.html_formulas import replace_formulas
from transforms.write_formulas import write_formulas

_FORMULA = re.compile(
    r"(?<!\\)\$\$(?:\\.|[^$\\]){1,20000}\$\$|(?<![\\$])\$(?!\$)(?:\\.|[^$\\\n]){1,20000}\$", re.S
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a page, how many formulas it holds, and of each kind of markup how many."""

    text: str
    formulas: int
    markups: Mapping[str, int] = field(default_factory=dict)


def extract(html: bytes, content_type: str | None = None) -> Extraction:
    r"""Return the main text of an HTML page with its formulas as `$...$` and `$$...$$`.

    `content_type` is the HTTP header, which may name the encoding.

    >>> extract(b'<p>so <script type="math/tex">x^2</script> is even</p>').text
    'so $x^2$ is even'
    """
    source = decode_html(html, content_type)
    tree = HTMLTree.parse(mark_lone_symbols(source))
    found = replace_formulas(tree, source)
    written = write_formulas(main_text(tree, len(found.formulas)), found, source)
    return Extraction(written.text, len(written.markups), Counter(written.markups))


def count_formulas(text: str) -> int:
    """Return the number of formulas in a text that `extract` has made.

    >>> count_formulas("from $a$ follows $$b$$")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))


_SKIP = """nav footer [role="navigation"] [role="banner"] [role="contentinfo"] [role="search"] .breadcrumb .breadcrumbs #sidebar .sidebar .dropdown-menu .navbox .mw-editsection .mw-jump-link #siteSub #mw-revision-info .printfooter .catlinks
.post-menu .js-post-menu .js-vote-count .js-voting-container .votecell .user-info .js-post-notices .s-sidebarwidget #hot-network-questions .bottom-notice #post-form #answers-header .d-none .s-popover .z-nav__container
.posthead .userinfo .signaturecontainer .signature .after_content #thread_info .similar_threads .threadtools .toplinks .postfoot .postcontrols .message-userDetails .message-userExtras .message-attribution .message-signature .messageUserInfo .message-actionBar .p-footer .p-nav .p-sectionLinks .block--similarContents .quickReply
.sharedaddy #jp-post-flair .jp-relatedposts .social-share .share-buttons .addtoany_share_save_container .comment-respond #respond .widget .post-navigation .nav-links .entry-meta .cookie-notice #cookie-law-info-bar .cli-modal .skip-link .screen-reader-text
.ltx_page_navbar .ltx_page_footer .ltx_page_header .toc #toc .md-sidebar .wy-nav-side .sphinxsidebar .headerlink .anchorjs-link .book-summary .lt-note .extra-services #labstabs .elm-footer .recommend-box .csdn-side-toolbar .js-pages-menu .prev-next-area""".split()
_LONE = re.compile(
    r">\s{0,20}(?:[\u0800-\uffff]|&(?:#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,14});)\s{0,20}<"
)
_PH = re.compile("\ue000(\\d+)\ue001")


def mark_lone_symbols(html: str) -> str:
    return _LONE.sub(
        lambda m: m[0][:-1].rstrip() + "\u2060" + (" <" if m[0][-2].isspace() else "<"), html
    )


def _marks(tree: HTMLTree) -> int:
    return len(_PH.findall(tree.body.text)) if tree.body else 0


def main_text(tree: HTMLTree, formulas: int = 0) -> str:
    for f in tree.document.query_selector_all("figure")[:]:
        n = len(f.text)
        if n > 600 or (n > 150 and f.query_selector("h1,h2,h3,li,pre") is not None):
            d = tree.create_element("div")
            for ch in f.child_nodes[:]:
                d.append_child(ch)
            f.replace_with(d)
    deep = tree.document.query_selector("*>" * 256 + "*") is not None
    options = dict(preserve_formatting=True, alt_texts=False, links=False, skip_elements=_SKIP)
    text = extract_plain_text(tree, main_content=not deep, **options)
    kept = len(set(_PH.findall(text)))
    if len(text) < 400 or kept < 0.35 * _marks(tree):
        plain = extract_plain_text(tree, main_content=False, **options)
        k2 = len(set(_PH.findall(plain)))
        if (k2 >= 5 and kept < 0.35 * k2 and k2 >= 2 * kept + 3) or len(plain) > 4 * len(
            text
        ) + 400:
            return plain
    return text
