"""Words that mark lines as boilerplate, as dates, or as labels of the parts of a text."""

import re

# Words that mark a short paragraph at the edge of a text as boilerplate, anywhere in it.
LEGAL = re.compile(
    r"(?i)\b(?:uses?|using|use of|accept|allow|manage|enable|disable|our|these|via|all) cookies?\b"
    r"|\bcookies? (?:policy|settings|preferences|notice|consent|banner|to|for|help|on (?:this|our)"
    r"|are (?:used|small)|and (?:similar|other))\b|privacy (?:policy|notice|statement)"
    r"|terms of (?:use|service)|copyright"
    r"|all rights reserved|\u00a9|\bsubscribe\b|\bnewsletter|\b(?:sign|log) ?(?:up|in)\b"
    r"|\bfollow (?:us|me|on)\b|\bclick here\b|\bdatenschutz|confidentialit|privacidad"
    r"|\u7248\u6743|\u7248\u6b0a|\u8f6c\u8f7d|\u8f49\u8f09|\u514d\u8d23|\u767b\u5f55|\u6ce8\u518c"
    r"|\u5ba2\u6237\u7aef|\u626b\u4e00\u626b|\u8d23\u4efb\u7f16\u8f91|\u8d23\u7f16"
    r"|\u7f16\u8f91[:\uff1a]|\u8457\u4f5c\u6a29"
)
# A necessary condition for LEGAL on lower-case text, at a third of the cost: each alternative
# begins with a letter, so that the search skips most positions.
MAYBE_LEGAL = re.compile(LEGAL.pattern.replace("(?i)", "").replace(r"\b", ""))

_PAGES = (  # what a heading of links to other pages calls them
    r"(?:articles?|posts?|news|stor(?:y|ies)|links?|topics?|contents?|pages?|items?|products?|videos?"
    r"|searches|questions|threads|tags|categories|entries|blogs?|coverage|reading|reads|sites?"
    r"|documents?|publications|books|events|courses|jobs|downloads|discussions|for you|by)\b"
)
# Words that mark a short line as the heading of links to other pages or of comments, at its start.
RELATED_LINKS = re.compile(
    rf"(?i)\W*+(?:(?:related|recommended|trending|popular|sponsored) {_PAGES}"
    r"|trending\b|sponsored\b"
    r"|more (?:from|stories|news|articles|posts|like)\b|read (?:more|next|also)\b"
    r"|most (?:read|popular|viewed|recent|commented|active)\b"
    r"|(?:latest|recent|top) (?:news|posts|stories|articles|comments|rated|from)\b"
    r"|you (?:may|might) also (?:like|be)\b"
    r"|similar (?:threads|posts|questions|topics|articles)"
    r"|editors?.{0,2} (?:pick|choice)|about the author|share this"
    r"|(?:leave|post|add) a (?:comment|reply)|\d+ comments?\W*$|comments?\W*\d+\W*$"
    r"|join the (?:conv|disc)"
    r"|mehr zum thema|das k\u00f6nnte|(?:\u00e0 )?lire aussi|sur le m\u00eame sujet"
    r"|te puede interesar|noticias relacionad|art\u00edculos relacionad|leia (?:tamb\u00e9m|mais)"
    r"|veja tamb\u00e9m|leggi anche|articoli correlati|potrebbe interessar"
    r"|\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043a\u0436\u0435"
    r"|\u043f\u043e\u0445\u043e\u0436\u0438\u0435|ilgili haber|benzer haber"
    r"|\u76f8\u5173(?:\u9605|\u6587|\u65b0|\u63a8|\u94fe|\u4e13|\u5185|\u8d44|\u641c|\u95ee\u9898)"
    r"|\u76f8\u95dc(?:\u95b1|\u6587|\u65b0|\u63a8|\u9023|\u5c08|\u5167)|(?:\u63a8\u8350|\u63a8\u85a6)"
    r"|\u70ed\u95e8|\u71b1\u9580|\u70ed\u70b9"
    r"|\u731c\u4f60|\u5ef6\u4f38\u9605\u8bfb|\u6392\u884c|\u7f51\u53cb\u8bc4\u8bba"
    r"|\u95a2\u9023(?:\u8a18|\u30cb|\u30ea|\u5546|\u30b5)|\u304a\u3059\u3059\u3081"
    r"|\u30e9\u30f3\u30ad\u30f3\u30b0|\uad00\ub828 ?\uae30\uc0ac|\ucd94\ucc9c)"
)
# Words that may also name a section of the text: links or dates must follow.
MAYBE_RELATED_LINKS = re.compile(
    r"(?i)\W*+(?:(?:related|recommended|popular|comments?)\W*$|more (?:in|on)\b"
    r"|you (?:may|might) (?:like|be)\b"
    r"|\u76f8\u5173|\u76f8\u95dc|\u95a2\u9023)"
)
# Lines that are no text wherever they stand: advertisements, and messages of scripts.
NOTICE = re.compile(
    r"(?i)\W*+(?:(?:home|startseite|accueil|inicio|\u9996\u9875|\u9996\u9801) ?[>\u00bb\u203a/].*"
    r"|share|tweet|print|e-?mail|reply|quote|report|permalink|back to top|top"
    r"|log ?in|sign ?(?:in|up)"
    r"|register|menu|search|(?:show|read|view|load|see) (?:more|all|less)|close|subscribe|download"
    r"|copy(?: link)?|facebook|twitter|whatsapp|linkedin|pinterest|reddit|telegram|instagram"
    r"|share (?:this|on|via|to)\b.*|(?:add|leave|post|write) (?:a|your) (?:comment|reply)"
    r"|up ?votes?(?:\W*-?\d*\W*(?:down ?votes?)?)?|down ?votes?|required, but never shown"
    r"|(?:[\d.,]+k?\W*)?(?:\d+ (?:gold|silver|bronze) badges?\W*)+"
    r"|\d+ (?:people )?likes?(?: this)?|click here .{0,40}|reveal hidden contents"
    r"|advertisement|advert|anzeige|werbung|publicit\u00e9|publicidad|pubblicit\u00e0"
    r"|\u5e7f\u544a|\u5ee3\u544a|(?:article|story) continues below(?: (?:this )?ad\w*)?"
    r"|(?:advertisement\W*)?continue reading(?: below| the main story)?|scroll to continue"
    r"|(?:now )?loading(?: (?:comments|more|content|video|player|results|data))?|please wait"
    r"|wird geladen|chargement(?: en cours)?|cargando|carregando|caricamento"
    r"|\u0437\u0430\u0433\u0440\u0443\u0437\u043a\u0430|(?:\u6b63\u5728)?\u52a0\u8f7d\u4e2d?"
    r"|\u8aad\u307f\u8fbc\u307f\u4e2d"
    r"|an error (?:has )?occurr?ed|skip (?:to|advert)\b.{0,30}|javascript (?:is|must be) .{0,60}"
    r"|please enable javascript.{0,60}|(?:in|out) ?\[[\d ]{0,5}\]:?)\W*"
)
# Labels of the parts of an exercise: "(a)", "b)", "iii.", "Solution.", "Hint 2".
LABEL = re.compile(
    r"(?i)\W{0,3}(?:[a-z\d]|[ivx]{1,5}|\d{1,3})[).\]:]{1,2}"
    r"|\W{0,3}(?:(?:solution|answer|hint|proof|example|exercise|problem|question|remark|note|case|step"
    r"|definition|theorem|lemma|corollary|proposition|part|task|activity|checkpoint|explanation"
    r"|l\u00f6sung|beweis|beispiel|aufgabe|hinweis|d\u00e9monstration|preuve|exemple|exercice|soluci\u00f3n"
    r"|demostraci\u00f3n|ejemplo|ejercicio|soluzione|dimostrazione|esempio|esercizio"
    r"|\u0440\u0435\u0448\u0435\u043d\u0438\u0435|\u043e\u0442\u0432\u0435\u0442|\u0434\u043e\u043a\u0430\u0437\u0430\u0442\u0435\u043b\u044c\u0441\u0442\u0432\u043e"
    r"|\u89e3|\u89e3\u7b54|\u7b54\u6848|\u7b54|\u8bc1\u660e|\u8b49\u660e|\u4f8b\u9898?|\u63d0\u793a)s?)"
    r"\W{0,3}[\d.]{0,6}(?:\([a-z\d]{1,3}\))?\W{0,3}"
)
# Dates and times of day: 2024-05-19, 19.05.2024, 19 May 2024, May 19, 2024, 7:45 am, 2024年5月,
# 3 days ago.
_MONTH = (
    r"(?:jan|feb|f\u00e9v|m[a\u00e4]r|apr|avr|abr|ma[iyj]|mei|jun|juin|jul|juil|aug|ao\u00fb|ago|sep|set"
    r"|o[ckt]t|out|nov|de[cz]|d\u00e9c|ene|gen|giu|lug|mag|dic|\u044f\u043d\u0432|\u0444\u0435\u0432"
    r"|\u043c\u0430\u0440|\u0430\u043f\u0440|\u043c\u0430[\u0439\u044f]|\u0438\u044e\u043d|\u0438\u044e\u043b"
    r"|\u0430\u0432\u0433|\u0441\u0435\u043d|\u043e\u043a\u0442|\u043d\u043e\u044f|\u0434\u0435\u043a)[^\W\d]{0,8}"
)
DATE = re.compile(
    r"(?i)(?:19|20)\d\d ?[-/.\u5e74] ?\d{1,2} ?[-/.\u6708]"
    r"|\b\d{1,2}[-/.] ?\d{1,2}[-/.] ?(?:19|20)\d\d\b"
    rf"|\b{_MONTH}\.?,?(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?(?: de| at)? ?(?:19|20)\d\d\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?[-. ](?: ?de )?{_MONTH}[-., ](?: ?de )?(?:19|20)\d\d\b"
    rf"|\b{_MONTH}\.? \d{{1,2}},? ['\u2019]\d\d\b"
    rf"|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:at )?\d{{1,2}}:[0-5]\d"
    r"|\b\d+ ?(?:second|sec|minute|min|hour|hr|day|week|month|year|yr)s? ago\b"
    r"|\d ?(?:\u5206\u949f|\u5c0f\u65f6|\u5929|\u5468|\u4e2a?\u6708|\u5e74|\u5206|\u6642\u9593"
    r"|\u65e5|\u9031\u9593)\u524d"
    r"|\b(?:[01]?\d|2[0-3]):[0-5]\d(?::\d\d)? ?(?:[ap]\.?m\b|uhr\b|utc\b|gmt\b|[a-z]{1,2}[sd]t\b)"
)
# A necessary condition for DATE: a year, minutes, or "ago".
MAYBE_DATE = re.compile("(?:19|20)\\d\\d|:[0-5]\\d|['\u2019]\\d\\d|(?i:ago)|\u524d")
# A link that states an exercise.
EXERCISE = re.compile(
    r"(?:Prove|Show that|Solve|Compute|Calculate|Determine|Simplify|Differentiate|Find (?:the|all))"
    r" .{15}"
)
# Headings of lists of links that belong to a text on mathematics: exercises and references.
LIST_HEADING = re.compile(
    r"(?i)[\W\d]*+(?:(?:(?:further|more|practice|review|additional|selected|sample|open|solved|the)"
    r" )?(?:exercises?|problems?|solutions?|examples?|theorems?|proofs?|worksheets?|puzzles?"
    r"|assignments?|homework|lectures?|chapters?|references|bibliography|literature"
    r"|further reading|definitions?|lemmas?)(?: (?:and|for|on|in|of|by|to|with)\b.{0,40})?"
    r"|\w*aufgaben|\u00fcbungen|beispiele|literatur|kapitel|exercices?|exemples?"
    r"|ejercicios?|ejemplos?|esercizi|esempi|\u4e60\u9898|\u7ec3\u4e60|\u4f8b\u9898"
    r"|\u53c2\u8003\u6587\u732e)\W*"
)
