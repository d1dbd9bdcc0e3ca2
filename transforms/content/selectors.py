"""Selectors of what is furniture of a page, whatever it holds: menus, notices, hidden parts.

Only whole class names, which seldom name the wrapper of a page, and roles and states that a page
declares; look-ups by part of a class cost four times as much and hit `has-sidebar` too.
Each selector is tried against each element, so that what must have the same attribute stands
behind one test for that, and tags behind one for the commonest: this halves the cost.
"""

_UNCOMMON = ":not(div,a,span,li,p)"  # two elements of three are one of these
_PICTURES = "img,area,svg,map,canvas,video,audio,object,embed"
NO_TEXT = [f"{_UNCOMMON}:is({_PICTURES})"]
_HIDDEN = (
    *("[hidden]", "[aria-hidden=true]"),
    "[style]:is([style*='display:none'],[style*='display: none'])",
)
_ROLES = (  # of dialogs, and of navigation
    "[role]:is([role=dialog],[role=alertdialog],[role=tooltip],[role=navigation],[role=banner],"
    "[role=contentinfo],[role=complementary],[role=search],[role=menu])"
)
_IDS = "[id]:is([id*=cookie i],[id*=consent i],#sidebar,#footer,#header)"
_CLASSES = (  # of hidden parts, of navigation, and of what stands beside posts
    "[class]:is(.hidden,.modal,.sidebar,.footer,.navbar,.nav,.menu,"
    ".related,.comment-respond,.mw-editsection,.headerlink)"
)
FURNITURE = [f"{_UNCOMMON}:is({_PICTURES},nav,footer)", *_HIDDEN, _ROLES, _IDS, _CLASSES]
