"""Units: which words name one, and how they convert."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.lexicon.foreign import UNITS as FOREIGN

F = Fraction

# unit -> (dimension, factor to that dimension's base). A dimension is a sorted tuple of (base, power).
_SIMPLE: dict[str, tuple[str, Fraction]] = {}


def _define(dimension: str, table: dict[str, Fraction | int]) -> None:
    for names, factor in table.items():
        for name in names.split():
            _SIMPLE[name] = (dimension, F(factor))


_define("length", {
    "nm nanometer": F(1, 10**9), "mm millimeter millimetre": F(1, 1000), "cm centimeter centimetre": F(1, 100),
    "dm decimeter": F(1, 10), "m meter metre": 1, "km kilometer kilometre": 1000, "in inch": F(254, 10000),
    "ft foot": F(3048, 10000), "yd yard": F(9144, 10000), "mi mile": F(1609344, 1000),
})  # fmt: skip
_define("mass", {
    "mg milligram": F(1, 1000), "g gram": 1, "kg kilogram kilo": 1000, "lb pound": F(45359237, 100000),
    "oz ounce": F(45359237, 1600000), "tonne": 10**6,
})  # fmt: skip
_define("time", {
    "ms millisecond": F(1, 1000), "s sec second": 1, "min minute": 60, "h hr hour": 3600, "day": 86400,
    "week wk": 604800,
})  # fmt: skip
_define("months", {"month": 1, "year yr": 12, "decade": 120, "century": 1200})
_define("money", {"dollar usd buck $": 1, "cent penny ¢": F(1, 100), "quarter": F(1, 4), "dime": F(1, 10),
                  "nickel": F(1, 20)})  # fmt: skip
_define("euro", {"€ euro eur": 1})
_define("sterling", {"£ gbp": 1})
_define("yen", {"¥ yen": 1})
_define("yuan", {"yuan rmb cny": 1, "jiao": F(1, 10)})
_define("won", {"won": 1})
_define("ruble", {"ruble": 1})
_define("peso", {"peso": 1})
_define("rupee", {"₹ rupee": 1})
_define("angle", {"degree deg °": 1, "radian rad": 0})
_define("volume", {"ml milliliter millilitre": F(1, 10**6), "cl": F(1, 10**5), "l liter litre": F(1, 1000),
                   "gallon gal": F(3785411784, 10**12), "quart": F(946352946, 10**12),
                   "pint": F(473176473, 10**12), "tablespoon tbsp": F(473176473, 32 * 10**12),
                   "teaspoon": F(473176473, 96 * 10**12), "fluidounce": F(473176473, 16 * 10**12)})  # fmt: skip
_define("speed", {"mph": F(44704, 100000), "kph kmh kmph": F(5, 18)})
_define("mileage", {"mpg": F(1609344, 1000) / F(3785411784, 10**12)})
_define("count", {"dozen": 12, "pair": 2})
_define("power", {"w watt": 1, "kw kilowatt": 1000})
_define("energy", {"j joule newtonmeter": 1, "kj": 1000, "cal calorie": F(4184, 1000), "kcal": 4184,
                   "kilowatthour": 3600000})  # fmt: skip
_define("force", {"n newton": 1})
_define("temperature_c", {"celsius": 1})
_define("temperature_f", {"fahrenheit": 1})
_define("pressure", {"pa pascal": 1, "kpa": 1000})
_define("frequency", {"hz hertz": 1})
_define("resistance", {"ohm": 1, "kiloohm": 1000})
_define("voltage", {"v volt": 1, "kv kilovolt": 1000})
_define("temperature_k", {"k kelvin": 1})
_define("charge", {"c coulomb": 1})
_define("current", {"a ampere amp": 1})
_define("capacitance", {"f farad": 1})
_define("points", {"point": 1})
# A kilobyte has 1,000 or 1,024 bytes: each of these is a dimension of its own, and none converts.
for _name in "byte kilobyte megabyte gigabyte terabyte megabit gigabit".split():
    _define(_name, {_name: 1})

_MONEY = frozenset("money euro sterling yen yuan won ruble peso rupee".split())
_IRREGULAR = {
    "feet": "foot", "inches": "inch", "pence": "penny", "pennies": "penny", "centuries": "century",
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "geese": "goose",
    "buses": "bus", "vertices": "vertex", "matrices": "matrix", "teeth": "tooth", "wolves": "wolf",
    "leaves": "leaf", "loaves": "loaf", "shelves": "shelf", "scarves": "scarf", "knives": "knife",
    "indices": "index", "axes": "axis", "units": "", "unit": "", "dollars": "dollar", "secs": "s", "lbs": "lb",
    "hrs": "hr", "yrs": "yr", "yds": "yd", "kgs": "kg", "kms": "km", "wks": "wk", "rad": "radian",
    "calories": "calorie", "deg": "degree",
}  # fmt: skip

_AFTER_MEGA = frozenset("m g l s w j n v a pa hz".split())
_LETTERS = frozenset("mgshlLNJW")
# Upright, these are units as well, but only the gold's own: `5 K` may be five thousand.
_UPRIGHT_LETTERS = _LETTERS | frozenset("VKCAF")
SYMBOLS = {"Omega": "ohm"}  # slanted letters that are the symbol of a unit
# Abbreviations that are units only behind a number, some of them by their case: `mb` may be a product.
CASED = {"Nm": "newtonmeter", "KB": "kilobytes", "kB": "kilobytes", "MB": "megabytes", "GB": "gigabytes",
         "TB": "terabytes", "Mb": "megabits", "Gb": "gigabits", "kWh": "kilowatthours", "KWh": "kilowatthours",
         "kwh": "kilowatthours",
         "tsp": "teaspoons", "qt": "quarts", "pt": "pints", "mo": "months", "mos": "months",
         "pts": "points"}  # fmt: skip
ALSO = {
    "pound": ("£",),
    "celsius": ("degree",),
    "fahrenheit": ("degree",),
    "yuan": ("¥",),
    "ounce": ("fluidounce",),
    "fluidounce": ("ounce",),
}  # other units of the same name, or sign
# Two words that are one unit, or one thing that is counted one by one.
_JOINED = {("kilowatt", "hour"): "kilowatthours", ("fluid", "ounce"): "fluidounces", ("fl", "oz"): "fluidounces",
           ("newton", "meter"): "newtonmeters", ("ordered", "pair"): "tuples",
           ("unordered", "pair"): "tuples", ("per", "cent"): "percent"}  # fmt: skip
for _kind in "real distinct different complex rational positive negative integer unique".split():
    _JOINED[_kind, "root"] = "solutions"  # roots alone may be an operation
_JOINS = frozenset(first for first, _ in _JOINED)
_SHARED_SIGNS = {"¥": ("yen", "yuan")}
CURRENCY = {"¤": "dollar", "$": "dollar", "€": "€", "£": "£", "¥": "¥", "₹": "₹", "¢": "¢"}

_COMPOUND = {
    "volume": {"length": 3}, "speed": {"length": 1, "time": -1}, "energy": {"force": 1, "length": 1},
    "power": {"force": 1, "length": 1, "time": -1}, "mileage": {"length": -2},
}  # fmt: skip

SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def singular(word: str) -> str:
    """Returns a word without its plural ending, roughly: only used to compare unit words with each other."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in FOREIGN:
        return FOREIGN[word]
    if word in _SIMPLE or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def joined(words: list[str]) -> list[str]:
    """Returns words with what two of them name as one: `kilowatt hours`, `ordered pairs`."""
    if _JOINS.isdisjoint(map(str.casefold, words)):
        return words
    out: list[str] = []
    for word in words:
        pair = _JOINED.get((out[-1].casefold(), singular(word.casefold()))) if out else None
        if pair:
            out[-1] = pair
        else:
            out.append(word)
    return out


def is_abbreviation(word: str) -> bool:
    """Whether a word may have a full stop behind it that ends nothing, as in `sq. ft.` they do."""
    return word.lower() in ("sq", "cu", "fl") or 1 < len(word) < 5 and is_unit_word(word)


def is_unit_letter(letter: str) -> bool:
    """Whether one letter is the symbol of a unit: case matters, for `N` is a newton and `n` a number."""
    return letter in _LETTERS or letter in SYMBOLS


def is_upright_unit(letter: str) -> bool:
    """Whether one letter is the symbol of a unit where it is set upright."""
    return letter in _UPRIGHT_LETTERS


def symbol_in_case(word: str) -> str:
    """Returns a symbol whose capital makes it another one than its small letter, and nothing for all other words.

    A megawatt is no milliwatt, `M` no metre and `S` no second; `KG`, `Km` and `ML/min`-like spellings of words are not
    told apart, for nothing but M has both cases among the prefixes in use.
    """
    if len(word) == 1:
        return word if word.isupper() and not is_unit_letter(word) and is_unit_letter(word.lower()) else ""
    return word if word[0] == "M" and word[1:].lower() in _AFTER_MEGA and len(word) < 4 else ""


def is_unit_word(word: str) -> bool:
    """Whether a word names a unit with a known size."""
    if len(word) == 1 and word.isalpha() and word not in FOREIGN:
        return is_unit_letter(word)
    name = singular(word.lower())
    return name.partition("^")[0] in _SIMPLE


def base_of(word: str) -> str:
    """Returns the unit that a word of a quantity names, without its power, or nothing."""
    name = word.partition("^")[0]
    return name if name and (name in _SIMPLE or symbol_in_case(name)) else ""


def is_money(unit: str) -> bool:
    """Whether a unit is one of money, of any country."""
    return _SIMPLE.get(unit, ("", 0))[0] in _MONEY


def dimension_of(unit: str) -> tuple[tuple[tuple[str, int], ...], Fraction] | None:
    """Returns the dimension and the factor of a unit made of known ones, or None."""
    return _dimension(unit, nouns=False)


def _dimension(unit: str, nouns: bool = True) -> tuple[tuple[tuple[str, int], ...], Fraction] | None:
    powers: dict[str, int] = {}
    factor, sign = F(1), 1
    for part in unit.split():
        if part == "/":
            sign = -1
            continue
        if part == "*":
            continue
        name, _, exponent = part.partition("^")
        if name in ("radian", "rad") or name not in _SIMPLE and not (nouns and name.isalpha()):
            return None
        power = sign * (int(exponent) if exponent else 1)
        if abs(power) > 6:
            return None
        dimension, size = _SIMPLE.get(name) or (f"{name}s", F(1))
        factor *= size**power
        _add_power(powers, dimension, power)
        sign = 1
    return tuple(sorted((name, power) for name, power in powers.items() if power)), factor


def _add_power(powers: dict[str, int], dimension: str, power: int) -> None:
    compound = _COMPOUND.get(dimension, {dimension: 1})
    for base, exponent in compound.items():
        powers[base] = powers.get(base, 0) + exponent * power


def conversion(unit: str, into: str) -> Fraction | None:
    """Returns by what a value in `unit` is multiplied to stand in `into`, or None where they do not convert.

    A noun is a dimension of its own: pages a minute convert into pages an hour. Behind a unit it may be left out, for
    `5 gallons of water` are five gallons.
    """
    if unit == into or unit in _SHARED_SIGNS.get(into, ()) or into in _SHARED_SIGNS.get(unit, ()):
        return F(1)
    one, two = _dimension(unit), _dimension(into)
    if one is None or two is None:
        return None
    if one[0] != two[0]:
        bare, into_bare = measured_only(unit), measured_only(into)
        if (bare, into_bare) == (unit, into) or bare != unit and into_bare != into:
            return None
        return conversion(bare, into_bare)
    return one[1] / two[1]


def measured_only(unit: str) -> str:
    """Returns a unit without the nouns behind its parts: `gallon water` is a gallon; a noun alone stays."""
    out: list[str] = []
    measured = False
    for part in unit.split():
        if part in ("/", "*"):
            measured = False
        elif measured and not base_of(part):
            continue
        else:
            measured = bool(base_of(part))
        out.append(part)
    return " ".join(out)


def without_divisor(unit: str) -> str:
    """Returns what stands above the stroke of a unit where that is money or things: `dollar`, of `dollar / hour`."""
    above, stroke, _ = unit.partition(" / ")
    return above if stroke and (is_money(above) or not any(map(base_of, above.split()))) else ""
