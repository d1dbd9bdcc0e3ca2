"""Selectors of what is furniture of a page, whatever it holds: menus, notices, hidden parts.

Only whole class names, which seldom name the wrapper of a page, and roles and states that a page
declares; look-ups by part of a class cost four times as much and hit `has-sidebar` too.
"""

NO_TEXT = ["img", "area", "svg", "map", "canvas", "video", "audio", "object", "embed"]
_HIDDEN = (
    *("[hidden]", "[aria-hidden=true]", "[style*='display:none']", "[style*='display: none']"),
    *("[role=dialog]", "[role=alertdialog]", "[role=tooltip]", ".hidden", ".modal"),
    *("[id*=cookie i]", "[id*=consent i]"),
)
_NAVIGATION = (
    *("nav", "footer", "[role=navigation]", "[role=banner]", "[role=contentinfo]"),
    *("[role=complementary]", "[role=search]", "[role=menu]", "#sidebar", "#footer", "#header"),
    *(".sidebar", ".footer", ".navbar", ".nav", ".menu"),
)
_BESIDE_POSTS = (".related", ".comment-respond", ".mw-editsection", ".headerlink")
FURNITURE = [*NO_TEXT, *_HIDDEN, *_NAVIGATION, *_BESIDE_POSTS]
