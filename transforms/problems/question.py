"""Decide whether a text is one question that stands alone and has one answer."""

import re

from schemas.records import UNREADABLE_FORMULA
from transforms.problems.formulas import FORMULA, masked

LONGEST = 2000  # characters of a question; one of Chinese counts as three
_SHORTEST = 15


def _any_of(*phrases: str) -> str:
    """Return a pattern that finds one of some phrases, as whole words where they are letters."""
    latin = [phrase for phrase in phrases if phrase.isascii() or phrase[0].isascii()]
    others = [phrase for phrase in phrases if phrase not in latin]
    return "|".join([rf"\b(?:{'|'.join(latin)})\b", *others])


_ASKS = re.compile(
    _any_of(
        *("find", "compute", "calculate", "evaluate", "determine", "solve", "simplify", "express"),
        *("what", "how", "which", "factor", "expand", "differentiate", "integrate", "multiply"),
        *("divide", "add", "subtract", "convert", "reduce", "count", "translate", "write", "use"),
        *("give", "state", "complete", "perform", "rationali[sz]e", "invert", "work out"),
        *("select", "choose", "round", "fill in", "identify", "calcule", "encontre", "resolva"),
        *("halle", "calcular", "resuelva", "encuentre", "calculer", "trouver", "berechne\\w*"),
        *("bestimme\\w*", r"\?", "\uff1f", "求", "计算", "多少", "化简", "解方程", "解不等式"),
        *(
            "因式分解",
            "等于",
            "几",
            "的值",
            "(?:是|为|则|[=$])\\s?[(\uff08\u3014]\\s{0,6}[)\uff09\u3015]",
        ),
    )
    + r"|\?|___",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"(?:^|[.;:\n]\s{0,3}|\band (?:then )?|\bthen )(?:find|compute|calculate|evaluate|determine"
    r"|solve|simplify|express(?! (?:your|the) (?:final )?answer)|factor|expand|differentiate"
    r"|integrate|convert|count|state|what|how|which)\b",
    re.IGNORECASE | re.MULTILINE,
)
_TWO = re.compile(  # values that are asked for: the quotient and the remainder
    r"\b(?:find|compute|determine|calculate|what (?:is|are)|evaluate|state|give)\s"
    r"(?:(?!\b(?:of|between|for|from|if|when|where|such|in|to|with|by|that|on|at|using|than|as"
    r"|then)\b)[^.?,:;\n]){1,120}"
    r"\sand\s(?!(?:then\s)?(?:simplify|express|write|reduce|evaluate|round)\b)",
    re.IGNORECASE,
)
_OPEN = re.compile(  # there is no single answer that can be compared
    _any_of(
        *("prov(?:e|ing)", "show that", "show how", "verify", "explain", "why", "justify"),
        *("describe", "discuss", "sketch", "illustrate", "define (?:the|what|each|a)"),
        "(?<!the )(?<!a )(?<!of )(?:draw|plot|graph) (?:the|each|an?|and|its?|\x00)",
        *("give (?:an?|two|three|some|another)", "list (?:some|several|the|all|at least|four)"),
        *("write (?:an?|down|your|out|in)", r"write [^.?\n]{1,80}\bas", "writing an?"),
        *(
            "examples? of",
            "an example",
            "counterexamples?",
            "two different",
            "(?:find|give|name) one of",
            "derive",
        ),
        *("deduce", "disprove", "interpret", "compare", "conjecture", "comment", "construct"),
        *("design", "implement", "suggest", r"summari[sz]e", "conditions", "estimate", "guess"),
        *(r"approximat\w*", "in your own words", "reason", "think", "composition of"),
        *("linear combination", "set[- ]builder", "prime factori[sz]ation", "formulate"),
        "(?:find|give|determine) an? (?:particular solution|solution|basis|vector|matrix|example)",
        *("all (?:answers )?that apply", "negat(?:e|ion)", "contrapositive", "converse"),
        *("research", "investigate", "check (?:that|your|the)", "demonstrate", "mostre"),
        *("prove que", "explique", "demuestre", "montrer", "zeigen sie", "zeige"),
        *("证明", "说明", "解释", "画", "为什么", "举例", "讨论", "判断"),
    ),
    re.IGNORECASE,
)
_ELSEWHERE = _any_of(
    *("above", "below", "previous(?:ly)?", "preceding", "earlier", "aforementioned", "diagrams?"),
    *("shown", "pictured", "as before", "again", "similarly", "results? (?:of|from|in)"),
    "(?:the|this|following|a|in|each|complete) (?:table|figure|chart|picture)s?",
    r"(?:table|figure|chart|image|picture)s? (?:\d|shows?|of values|to the)",
    *("in the image", "last (?:section|chapter|example|problem|exercise)"),
    "next (?:section|example|figure)",
    "(?:this|that) (?:section|chapter|example|problem|exercise|lemma|theorem|algorithm|method)",
    "(?:this|that) (?:proof|idea|technique|formula|process|function|set|relation|equation)",
    "(?:this|that) (?:case|result|graph|same)",
    "these (?:equations|functions|results|sets|two)",
    "the (?:same|following) (?:figure|graph|diagram|code|program|algorithm)",
    "we (?:saw|proved|discussed|defined|showed|learned)",
    "you (?:found|computed|wrote|obtained|got)",
    "the (?:first|second|other|original|given) (?:equation|method|approach|function|part)",
    "the (?:first|second|other|original|given) (?:problem|question)",
    "from (?:the )?(?:book|text|lecture|class)",
    *("click", "video", "applet", "hints?", "link", "homework", r"attach\w*", "thread", "post"),
    *("如[下左右]?图", r"图[\d中]", "上述", "上面", "前面", "下图", "下表", "上题", "同上"),
    *("所示", r"表\d", r"第\d{1,3}题", "资料", "材料"),
)
_REFERS = re.compile(  # to what is not in the question
    _ELSEWHERE + r"|\b(?:sections?|theorems?|lemmas?|corollary|propositions?|definitions?"
    r"|equations?|eqs?\.|examples?|exercises?|problems?|activity|tasks?|parts?|chapters?|appendix"
    r"|algorithms?|propert(?:y|ies)|rules?|steps?|questions?|checks?|preview|remarks?|axioms?)"
    r"\s\(?(?:\d|[a-h]\b|[ivx]+\b)"
    r"|(?<!\w)\(\d{1,2}(?:\.\d{1,2})?\)(?=[\s.,;]|$)|\[asy\]|!\[|https?:",
    re.IGNORECASE,
)
_CUT = re.compile(  # the beginning of a text whose beginning is missing
    r"[\W_]{0,3}(?:this|that|these|those|it|its|they|them|then|now|so|also|but|and|here|hence"
    r"|similarly|thus|therefore|otherwise|however|next|finally|in (?:this|that) case|let us|let's"
    r"|we|our|recall|note|as|because|since|for example|e\.g|for instance|instead|repeat|notice"
    r"|do the same|if so|another|again|consider (?:this|these|the same)"
    r"|using (?:this|the (?:above|previous|same)))\b"
    "|[,;.)\u3002\uff0c\u3001]|再|又|然后|此时|那么",
    re.IGNORECASE,
)
_END = re.compile("(?:[,:\uff1a\uff0c]|\\b(?:and|or|of|the|a|by|is|that|with))\\s*$", re.IGNORECASE)
_GUESSED = re.compile(  # yes or no
    _any_of(
        *(
            "true or false",
            r"true\s?/\s?false",
            "is it (?:possible|true)",
            "yes or no",
            "whether",
            "truth value",
        ),
        *("(?:determine|decide|check|see|tell) if", "which of (?:the following|these)"),
        *("是否", "对吗", "正确吗"),
    )
    + r"|(?:^|[.!?:\n]\s{0,3}|, )(?:is|are|does|do|can|could|was|were|will|would|has|have|should"
    r"|must)\s[^.?!\n]{1,300}\?",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:I|I'm|my|me|I've|anyone|thanks|any (?:idea|help|hint)s?|please help|yourself"
    r"|your(?! (?:final )?answers?\b))\b"
)
_MACRO = re.compile(
    r"\\(?:newcommand|def|cancel|PageIndex|label|ref|eqref|includegraphics|hspace|vspace|phantom)"
    r"(?![A-Za-z])"
)
_VALUE = re.compile(r"\d")
_HAN = re.compile("[\u3400-\u9fff]")
_LEADS = re.compile("[:\uff1a\\w\x00]\\s*$|\\b(?:each|following)\\b", re.IGNORECASE)


def question_fault(question: str, is_choice: bool = False) -> str:
    """Return the reason for which a text is not one question that stands alone; "" if it is.

    The stem of a multiple choice may be a sentence that its options complete.

    >>> question_fault("Find $x$ if $2x = 6$."), question_fault("Prove that $2 > 1$.")
    ('', 'open_question')
    """
    hidden = masked(question)
    for reason, is_fault in _FAULTS:
        if is_fault(question, hidden) and not (is_choice and reason in _FOR_CHOICES):
            return reason
    return ""


def asks(text: str) -> bool:
    """Return whether a text has a word that asks for something."""
    return bool(_ASKS.search(masked(text)))


def _has_bad_length(question: str, hidden: str) -> bool:
    return not _SHORTEST <= len(question) + 2 * len(_HAN.findall(question)) <= LONGEST


def _is_cut(question: str, hidden: str) -> bool:
    is_open = question.replace(r"\$", "").count("$") % 2 == 1
    return bool(is_open or _CUT.match(hidden) or _END.search(hidden))


def _refers(question: str, hidden: str) -> bool:
    is_unreadable = "```" in question or UNREADABLE_FORMULA in question
    return bool(_REFERS.search(hidden) or is_unreadable or _MACRO.search(question))


def _is_open(question: str, hidden: str) -> bool:
    return bool(_OPEN.search(hidden))


def _is_guessed(question: str, hidden: str) -> bool:
    return bool(_GUESSED.search(hidden))


def _is_personal(question: str, hidden: str) -> bool:
    return bool(_PERSONAL.search(hidden))


def _asks_nothing(question: str, hidden: str) -> bool:
    """Return whether the last paragraph does not ask, nor the one before that introduces it."""
    *before, last = ["", *re.split(r"\n{2,}", hidden.strip())]
    return not (_ASKS.search(last) or (_LEADS.search(before[-1]) and _ASKS.search(before[-1])))


def _asks_twice(question: str, hidden: str) -> bool:
    marks = len(re.findall("[?\uff1f]", hidden)) + question.count(r"\text{?}")
    return marks > 1 or len(_IMPERATIVE.findall(hidden)) > 1 or bool(_TWO.search(hidden))


def _has_no_mathematics(question: str, hidden: str) -> bool:
    return not (FORMULA.search(question) or _VALUE.search(question))


_FOR_CHOICES = ("guessable", "asks_nothing")  # faults that options repair
_FAULTS = (
    ("question_length", _has_bad_length),
    ("open_question", _is_open),
    ("refers_elsewhere", _refers),
    ("cut_question", _is_cut),
    ("guessable", _is_guessed),
    ("personal", _is_personal),
    ("asks_nothing", _asks_nothing),
    ("several_parts", _asks_twice),
    ("no_mathematics", _has_no_mathematics),
)
