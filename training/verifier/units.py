r"""Units of answers: `10\text{ cm}^2`, `\$5`, `60 miles per hour`, `45^\circ`, `25\%`.

No unit is converted to another: 200 cm is not the answer "2 m".
"""

import re

_CJK = "\u3400-\u9fff"
_WORD = r"(?:[A-Za-z]{2,20}(?![A-Za-z])\.?|[ap]\.m)"
_PART = (
    rf"(?:\\text\{{[^{{}}]{{1,60}}\}}|\({_WORD}(?: {_WORD}){{0,5}}\)|(?<![\\A-Za-z]){_WORD}"
    rf"|[{_CJK}]{{1,12}}(?![{_CJK}]))"
)
_SUFFIX = re.compile(
    rf"(?P<body>.*?[\d\w}})\]!|])\s?(?P<unit>\\?%|\^\{{\\circ\}}[CF]?"
    rf"|{_PART}(?:\^\{{-?\d\}})?"
    rf"(?:\s?(?:/|\\cdot)?\s?{_PART}(?:\^\{{-?\d\}})?){{0,6}})",
    re.DOTALL,
)
_CURRENCY = re.compile(r"(-?)(\\\$|[\u00a5\u20ac\u00a3])(.+)", re.DOTALL)
_CURRENCY_AFTER = re.compile(r"(.+?)(\\\$|[\u00a5\u20ac\u00a3])", re.DOTALL)
_OHM = re.compile(r"(?<=\d)\s?(?:\\text\{)?\s?(k|M|)\}?\s?(?:\\Omega|[\u03a9\u2126])\s?\}?$")
_LENGTH = 300
_NO_UNIT = (
    "and or sin cos tan cot sec csc log ln exp arcsin arccos arctan gcd lcm mod sqrt to if for"
    " when where base january february march april may june july august september october november"
    " december jan feb mar apr jun jul aug sep sept oct nov dec"
)
_NO_UNITS = frozenset(_NO_UNIT.split())
_QUANTITY = re.compile(r"\d|\\pi|\\infty")
_ANGLE_OF = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![A-Za-z])")
_POWERS = {"square": "2", "sq": "2", "cubic": "3", "squared": "2", "cubed": "3"}
_SCALES = {"c": "celsius", "f": "fahrenheit"}
_NAMES = {
    "m": "meter metre \u7c73",
    "cm": "centimeter centimetre \u5398\u7c73",
    "mm": "millimeter millimetre \u6beb\u7c73",
    "dm": "decimeter decimetre \u5206\u7c73",
    "km": "kilometer kilometre \u5343\u7c73 \u516c\u91cc",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard",
    "mi": "mile",
    "m^2": "\u5e73\u65b9\u7c73",
    "cm^2": "\u5e73\u65b9\u5398\u7c73",
    "dm^2": "\u5e73\u65b9\u5206\u7c73",
    "km^2": "\u5e73\u65b9\u5343\u7c73",
    "m^3": "\u7acb\u65b9\u7c73",
    "cm^3": "cc \u7acb\u65b9\u5398\u7c73",
    "dm^3": "\u7acb\u65b9\u5206\u7c73",
    "g": "gram gramme \u514b",
    "kg": "kilogram kilo \u5343\u514b \u516c\u65a4",
    "mg": "milligram \u6beb\u514b",
    "t": "ton tonne \u5428",
    "lb": "pound",
    "oz": "ounce",
    "l": "liter litre \u5347",
    "ml": "milliliter millilitre \u6beb\u5347",
    "gal": "gallon",
    "s": "sec second \u79d2",
    "min": "minute \u5206\u949f",
    "h": "hr hour \u5c0f\u65f6",
    "day": "\u5929",
    "week": "wk \u5468 \u661f\u671f",
    "month": "\u4e2a\u6708 \u6708",
    "year": "yr \u5e74",
    "mi/h": "mph",
    "km/h": "kph kmh",
    "%": "percent percentage pct",
    "degree": "deg \u5ea6",
    "celsius": "centigrade",
    "fahrenheit": "",
    "rad": "radian",
    "$": "dollar usd buck",
    "cent": "\u00a2",
    "euro": "\u20ac eur",
    "gbp": "\u00a3",
    "jiao": "\u89d2",
    "yuan": "\u5143 \u00a5 rmb \u5757\u94b1",
    "am": "",
    "pm": "",
    "ohm": "\u03a9 \u2126",
    "kohm": "",
    "mohm": "",
    "n": "newton",
    "j": "joule",
    "w": "watt",
    "v": "volt",
    "hz": "hertz",
}
_UNITS = {name: unit for unit, names in _NAMES.items() for name in (unit, *names.split())}


def split_unit(latex: str) -> tuple[str, str]:
    r"""Return the number in normalised `latex`, and the unit that follows or precedes it.

    A known unit is canonical (`cm^2`, `m/s`, `%`, `degree`, `$`); an unknown one is "?" and its
    words. The unit is empty if there is none.

    >>> split_unit(r"12\text{square inches}")
    ('12', 'in^2')
    """
    if len(latex) > _LENGTH:
        return latex, ""
    latex = _OHM.sub(r"\\text{\g<1>ohm}", latex)
    money = _CURRENCY.fullmatch(latex)
    if money:
        body = money[1] + money[3]
        return split_unit(body)[0], _UNITS.get(money[2].strip("\\"), "$")
    money = _CURRENCY_AFTER.fullmatch(latex)
    if money:
        return money[1], _UNITS.get(money[2].strip("\\"), "$")
    match = _SUFFIX.fullmatch(latex)
    if not match or not _QUANTITY.search(match["body"]):
        return latex, ""
    words = re.findall(r"[A-Za-z]+", match["unit"].replace(r"\text", ""))
    if words and words[0].lower() in _NO_UNITS:
        return latex, ""
    if "circ" in match["unit"] and _ANGLE_OF.search(match["body"]):
        return latex, ""
    return match["body"].rstrip(" ~"), canonical_unit(match["unit"])


def canonical_unit(latex: str) -> str:
    r"""Return the canonical spelling of a unit.

    >>> canonical_unit(r"\text{miles per hour}")
    'mi/h'
    """
    plain = latex.replace(r"\text", " ").replace(r"^{\circ}", " degree ").replace(r"\cdot", " ")
    plain = re.sub(r"\^\{(-?\d)\}", r"^\1", plain)
    plain = re.sub(r"[{}()\\~]", " ", plain).replace(" ^", "^").lower()
    plain = re.sub(r"(?<=[a-z])\.", "", plain)
    plain = re.sub(r"\bper\b", "/", plain.split(" of ")[0])
    plain = re.sub(r"\bdegrees? (c|f)\b", lambda match: _SCALES[match[1]], plain)
    parts = [_product(part) for part in plain.split("/")]
    are_known = all(not part.startswith("?") for part in parts)
    joined = "/".join(parts) if are_known else "?" + " ".join(plain.split())
    return _UNITS.get(joined, "" if joined in ("?units", "?unit") else joined)


def _product(words: str) -> str:
    factors: list[str] = []
    power = ""
    for word in words.split():
        name, _, exponent = word.partition("^")
        if name in _POWERS and not factors:
            power = _POWERS[name]
            continue
        if name in _POWERS:
            factors[-1] += "^" + _POWERS[name]
            continue
        unit = _UNITS.get(name) or _UNITS.get(name.rstrip(".").removesuffix("s"))
        if unit is None:
            return "?" + words
        exponent, power = exponent or power, ""
        factors.append(f"{unit}^{exponent}" if exponent and exponent != "1" else unit)
    return " ".join(factors) if factors else "?"
