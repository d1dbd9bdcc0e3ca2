"""Select page furniture, whatever its content: menus, notices, hidden parts.

They match whole class names, which rarely name the wrapper of a page, and declared roles and
states; matching part of a class costs four times as much and hits `has-sidebar` too.
Each selector is tried on each element, so selectors with the same attribute share one test for that
attribute, and tags share one test that excludes the commonest tags: this halves the cost.
"""

_UNCOMMON = ":not(div,a,span,li,p)"  # two thirds of all elements are one of these
_PICTURES = "img,area,svg,map,canvas,video,audio,object,embed"
NO_TEXT = [f"{_UNCOMMON}:is({_PICTURES})"]
_TWINS = ".sr-only,.visually-hidden,.visuallyhidden,.screen-reader-text"
_HIDDEN = (
    # Of text for screen readers and the twin that they skip, the twin is kept.
    *("[hidden]", f"[aria-hidden=true]:not(:is({_TWINS}) + *)"),
    "[style]:is([style*='display:none'],[style*='display: none'])",
)
_ROLES = (  # of dialogs, and of navigation
    "[role]:is([role=dialog],[role=alertdialog],[role=tooltip],[role=navigation],[role=banner],"
    "[role=contentinfo],[role=complementary],[role=search],[role=menu])"
)
_IDS = "[id]:is([id*=cookie i],[id*=consent i],#sidebar,#footer,#header)"
_CLASSES = (  # of hidden parts, of navigation, and of links next to posts
    f"[class]:is({_TWINS},.hidden,.modal,.sidebar,.footer,.navbar,.nav,.menu,"
    ".related,.comment-respond,.mw-editsection,.headerlink)"
)
FURNITURE = [f"{_UNCOMMON}:is({_PICTURES},nav,footer)", *_HIDDEN, _ROLES, _IDS, _CLASSES]
