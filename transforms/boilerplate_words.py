"""Words by which lines that are no content give themselves away, in the web's larger languages.

Only stems that a text of its own seldom starts or contains; shapes do most of the work.
"""

import re

# Found anywhere in a short paragraph at the edge of a text.
LEGAL = re.compile(
    r"(?i)\bcookies?\b|privacy (?:policy|notice|statement)|terms of (?:use|service)|copyright"
    r"|all rights reserved|\u00a9|\bsubscribe\b|\bnewsletter|\b(?:sign|log) ?(?:up|in)\b"
    r"|\bfollow (?:us|me|on)\b|\bclick here\b|\bdatenschutz|confidentialit|privacidad"
    r"|\u7248\u6743|\u7248\u6b0a|\u8f6c\u8f7d|\u8f49\u8f09|\u514d\u8d23|\u767b\u5f55|\u6ce8\u518c"
    r"|\u5ba2\u6237\u7aef|\u626b\u4e00\u626b|\u8d23\u4efb\u7f16\u8f91|\u8d23\u7f16"
    r"|\u7f16\u8f91[:\uff1a]|\u8457\u4f5c\u6a29"
)
# What matches this too in small letters, at a third of the cost: each alternative begins with a
# letter, so that most places are passed over at once.
MAYBE_LEGAL = re.compile(LEGAL.pattern.replace("(?i)", "").replace(r"\b", ""))

# At the start of a short line.
NEXT_READS = re.compile(
    r"(?i)\W*(?:related\b|recommended\b|trending\b|popular\b|sponsored\b|advertis"
    r"|more (?:from|in|on|stories|news|articles|posts|like)\b|read (?:more|next|also)\b"
    r"|most (?:read|popular|viewed|recent|commented|active)\b"
    r"|(?:latest|recent|top) (?:news|posts|stories|articles|comments|rated|from)\b"
    r"|you (?:may|might) (?:also )?(?:like|be)\b"
    r"|similar (?:threads|posts|questions|topics|articles)"
    r"|editors?.{0,2} (?:pick|choice)|about the author|share this"
    r"|(?:leave|post|add) a (?:comment|reply)|(?:\d+ )?comments?\W*\d*\W*$|join the (?:conv|disc)"
    r"|mehr zum thema|das k\u00f6nnte|(?:\u00e0 )?lire aussi|sur le m\u00eame sujet"
    r"|te puede interesar|noticias relacionad|art\u00edculos relacionad|leia (?:tamb\u00e9m|mais)"
    r"|veja tamb\u00e9m|leggi anche|articoli correlati|potrebbe interessar"
    r"|\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043a\u0436\u0435"
    r"|\u043f\u043e\u0445\u043e\u0436\u0438\u0435|ilgili haber|benzer haber"
    r"|\u76f8\u5173|\u76f8\u95dc|\u63a8\u8350|\u63a8\u85a6|\u70ed\u95e8|\u71b1\u9580|\u70ed\u70b9"
    r"|\u731c\u4f60|\u5ef6\u4f38\u9605\u8bfb|\u6392\u884c|\u7f51\u53cb\u8bc4\u8bba"
    r"|\u95a2\u9023|\u304a\u3059\u3059\u3081|\u30e9\u30f3\u30ad\u30f3\u30b0"
    r"|\uad00\ub828 ?\uae30\uc0ac|\ucd94\ucc9c)"
)
