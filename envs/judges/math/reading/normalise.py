"""From what a model writes to one plain spelling: unicode, delimiters, markup, separators."""

from __future__ import annotations

import re
import unicodedata

from envs.judges.math.grammar.limits import MAX_ANSWER_CHARS, TooLarge

_CHARACTERS = {
    "−": "-", "–": "-", "—": "-", "‒": "-", "﹣": "-", "×": "\\times ", "⋅": "\\cdot ", "·": "\\cdot ", "∙": "\\cdot ",
    "÷": "/", "∕": "/", "⁄": "/", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ", "≠": "\\ne ",
    "≈": "\\approx ", "≅": "\\approx ", "±": "\\pm ", "∓": "\\mp ", "∞": "\\infty ", "∪": "\\cup ", "∩": "\\cap ",
    "∖": "\\setminus ", "∈": "\\in ", "∅": "\\emptyset ", "⌀": "\\emptyset ", "Ø": "\\emptyset ",
    "√": "\\sqrt ", "∛": "\\cbrt ",
    "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}",
    "°": "\\degree ", "º": "\\degree ", "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "∘": "\\circ ",
    "⟨": "\\langle ", "⟩": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ",
    "∣": "|", "≡": "\\equiv ", "…": "...", "∧": " and ", "∨": " or ", "⇒": "\\implies ", "→": "\\to ", "ϕ": "\\phi ",
    "↦": "\\mapsto ", "ℯ": "e", "ⅈ": "i", "∶": ":", "⟶": "\\to ", "％": "%", "﹪": "%", "☐": "", "✓": "", "✅": "",
    "。": ".", "，": ", ", "、": ", ", "\u2061": "", "\u2062": "*", "\u2063": ",",
}  # fmt: skip
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho _ sigma tau upsilon phi "
    "chi psi omega"
).split()
_CHARACTERS.update({chr(0x3B1 + k): f"\\{name} " for k, name in enumerate(_GREEK) if name not in ("_", "omicron")})
_CHARACTERS.update({"Δ": "\\Delta ", "Γ": "\\Gamma ", "Σ": "\\Sigma ", "Ω": "\\Omega ", "Φ": "\\Phi ", "Π": "\\Pi "})
_TABLE = str.maketrans(_CHARACTERS)
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸ", "0123456789+-=()nixy", strict=True))
_SUBSCRIPT = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢₓₖ", "0123456789+-=()nixk", strict=True))
_SUPERSCRIPT_RUN = re.compile("[" + "".join(map(re.escape, _SUPERSCRIPT)) + "]+")
_SUBSCRIPT_RUN = re.compile("[" + "".join(map(re.escape, _SUBSCRIPT)) + "]+")
_CIRCLED = re.compile("([①-⑳])[ 、]?(?=[①-⑳])")  # statements that are chosen, no digits of a number
_SQUARE_UNIT = re.compile(r"(\d\s?)([cdk]?m)([²³])(?![A-Za-z])")
_FRACTION_SLASH = "⁄"
# These print nothing, and leave digits in their order.
_ZERO_WIDTH = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u2060\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f"
)
_TURNED_ROUND = re.compile("\u202e([^\u202c]*)\u202c?")  # prints from right to left
_STRIKES = frozenset("\u0334\u0335\u0336\u0337\u0338\u20d2\u20d3\u20d8\u20d9\u20da\u20e5\u20e6\u20ea\u20eb")

_STRUCK = re.compile(r"~~(?=\S)([^~\n]+)(?<=\S)~~")
_BLANKS = re.compile(r"\s{2,}")
_LATEX_SPACE = re.compile(
    r"(?<!\\)\\(?:[,;:!>]|q?quad|(?:displaystyle|textstyle|limits|nolimits|thinspace|enspace|hfill|phantom\{[^{}]*\}"
    r"|hspace\*?\{[^{}]*\}|(?:text)?color\{[^{}]*\}|mathstrut|strut|angle|measuredangle|triangle|large|Large|LARGE"
    r"|huge|Huge|small|normalsize|bfseries|itshape|nonumber|notag|hline|smallskip|medskip|bigskip)(?![A-Za-z]))"
    r"|(?<!\\)\\ |~|(?<!\\)\\\r?\n"
)
_SIZING = re.compile(r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s*(\.(?!\d))?")
_JOINED_THOUSANDS = re.compile(r"(?<=\d)(?:\s*\{\s*,\s*\}\s*|,\s*\\!\s*|\\,\s*(?=\d{3}(?!\d))|~(?=\d{3}(?!\d)))")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.,/_^])([1-9]\d{0,2})((?: \d{3})+)(?![\d/]|\s*\\frac)")
# What ends a row: the space asked for below it prints no number.
_ROW_END = re.compile(
    r"\\\\(?:\*\s*)?(?:\s*\[\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*"
    r"(?:pt|em|ex|mm|cm|in|mu|pc|bp|dd|cc|sp|\\(?:baselineskip|jot))\s*\])?|\\cr(?:cr)?(?![A-Za-z])"
)
_ROW_STOP = re.compile(r"(?<![.\d])\.\s?(\}?)\s?(?=\\\\|\\end\b)")  # at the end of its sentence
_MARKUP = re.compile(r"^(?:\*\*|__|`+|\*(?=\S))(.*?)(?:\*\*|__|`+|\*)$", re.DOTALL)
_WRAPPERS = [
    re.compile(r"^\$\$?(.*?)\$?\$$", re.DOTALL),
    re.compile(r"^\\\((.*?)\\\)$", re.DOTALL),
    re.compile(r"^\\\[(.*?)\\\]$", re.DOTALL),
    _MARKUP,
    re.compile(r"^\\(?:boxed|fbox|ensuremath|mathstrut|displaystyle|textbf|mathbf|boldsymbol|bm)\s*\{([^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*)\}$",
               re.DOTALL),
    re.compile(r"^\\(?:text|mbox|textrm|mathrm)\s*\{([^{}\\]*\\[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*)\}$",
               re.DOTALL),
    re.compile(r"^\[([^\[\],;]*\d[^\[\],;]*)\]$"),  # one value in brackets is that value
    re.compile(r'^"(.*)"$', re.DOTALL),
    re.compile(r"^'(.*)'$", re.DOTALL),
]  # fmt: skip
_UPRIGHT = re.compile(r"\\(?:text(?:rm|normal)?|mathrm|mbox)\s*\{([^{}\\]*)\}")
_WORD = re.compile(r"[^\W\d_]{2}")
_AROUND_SIGNS = re.compile(r"\s*([^\w\s])\s*")


def unicode_to_ascii(text: str) -> str:
    """Spells mathematical unicode in LaTeX and everything else in its compatibility form."""
    if text.isascii():
        return text
    text = _TURNED_ROUND.sub(lambda run: run[1][::-1], text)
    text = _CIRCLED.sub(r"\1, ", text)
    text = _SQUARE_UNIT.sub(r"\1\\text{ \2}\3", text)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^{" + "".join(_SUPERSCRIPT[c] for c in run.group()) + "}", text)
    text = _SUBSCRIPT_RUN.sub(lambda run: "_{" + "".join(_SUBSCRIPT[c] for c in run.group()) + "}", text)
    text = re.sub(r"(\d)[\u0305\u0304]", r"\\overline{\1}", text)
    text = re.sub(r"√\s*(\d+(?:\.\d+)?|[A-Za-z])", r"\\sqrt{\1}", text)
    text = text.translate(_TABLE)
    if text.isascii():
        return text
    return "".join(map(_plain, unicodedata.normalize("NFC", text))).translate(_TABLE)


def _plain(character: str) -> str:
    if character < "\x80":
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if character in _STRIKES:
        return character  # what is struck through is not what it was
    if character in _ZERO_WIDTH or category == "Mn":
        return ""
    if category.startswith("Z"):
        return " "
    form = unicodedata.normalize("NFKC", character)
    if _FRACTION_SLASH in form:
        top, _, bottom = form.partition(_FRACTION_SLASH)
        return f"\\frac{{{top}}}{{{bottom}}}" if bottom else form
    return form


def strip_wrappers(text: str) -> str:
    """Removes math delimiters, emphasis, quotes and closing punctuation around an answer."""
    for _ in range(8):
        before = text
        text = text.strip()
        while text and (text[-1] in ".,;:" or text[-2:] in ("\\\\", "\\ ", "\\,")):
            if text.endswith("..."):
                break
            cut = 2 if text[-2:] in ("\\\\", "\\ ", "\\,") or text[-1] not in ".,;:" else 1
            text = text[:-cut].rstrip()
        if text.endswith("\\") and not text.endswith("\\\\"):  # what is left of a control space
            text = text[:-1].rstrip()
        for wrapper in _WRAPPERS:
            found = wrapper.match(text)
            if found and "$" not in (inner := found.group(1)) and "\\)" not in inner and "**" not in inner:
                text = inner.strip()
        if text == before:
            break
    return text


def clean(text: str) -> str:
    """Returns an answer in one plain spelling, still as text.

    Raises:
        TooLarge: The answer is longer than an answer may be.
    """
    if len(text) > MAX_ANSWER_CHARS:
        raise TooLarge(f"an answer of {len(text)} characters")
    if text.isalnum() and text.isascii():
        return text
    text = strip_wrappers(unicode_to_ascii(text))
    if "\\\\" in text:
        text = _single_backslashes(text)
    if "\\begin" in text:
        text = _ROW_END.sub(r"\\\\ ", text)
    if "^" in text and "/" in text:
        text = _SLANTED_FRACTION.sub(r"\\frac{\1}{\2}", text)
    if "\\" in text or "~" in text or "{" in text:
        text = _STRUCK.sub(r"\\sout{\1}", text)
        text = text.replace("\\$", "¤").replace("\\textdollar", "¤").replace("\\%", "%")
        text = _infix_commands(text)
        text = _JOINED_THOUSANDS.sub(",", text)
        text = _LATEX_SPACE.sub(" ", text)
        text = _SIZING.sub("", text)
        if "\\end" in text:
            text = _ROW_STOP.sub(r"\1", text)
    if "&=" in text:
        text = text.replace("&=", "=")
    text = _currency(text)
    text = _SPACED_THOUSANDS.sub(lambda found: found.group().replace(" ", ","), text)
    text = strip_wrappers(_BLANKS.sub(" ", text))
    return strip_wrappers(text[1:-1]) if text[:1] == "{" and _is_one_group(text) else text


def _is_one_group(text: str) -> bool:
    """Whether braces that print nothing stand around a whole answer; a list in braces may be a set."""
    if text[-1:] != "}" or "," in text and ("=" not in text or any(mark in text for mark in ("|", ":", "\\mid"))):
        return False
    depth = 0
    for found in _BRACE.finditer(text):
        depth += 1 if found[0] == "{" else -1 if found[0] == "}" else 0
        if not depth:
            return found.end() == len(text)
    return False


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_SLANTED_FRACTION = re.compile(r"\^\s*\{?(\d+)\}?\s*/\s*_\s*\{?(\d+)\}?")


def _single_backslashes(text: str) -> str:
    """Halves backslashes that were escaped once too often: no row of a matrix begins a command outside of one."""
    if "\\\\begin" in text:
        return text.replace("\\\\", "\\")
    return text if "\\begin" in text else re.sub(r"\\\\(?=[A-Za-z{}|])", r"\\", text)


_INFIX = re.compile(
    r"\{\s*([^{}]*?)\s*\\(over|choose)(?![A-Za-z])\s*([^{}]*?)\s*\}|^([^{}]*?)\\(over|choose)(?![A-Za-z])([^{}]*)$"
)
_UNIT_FRACTION = re.compile(
    r"\\[dt]?frac\s*\{\s*(\\(?:text|mathrm)\s*\{[^{}]*\})\s*\}\s*\{\s*(\\(?:text|mathrm)\s*\{[^{}]*\})\s*\}"
)
_BRACED_ROWS = re.compile(
    r"\\left\s*\\\{\s*\\begin\{(array|aligned|matrix|gathered)\}(?:\{[^{}]*\})?"
    r"(.*?)\\end\{\1\}(?:\\,|\s)*\\right(?:\.|$)",
    re.DOTALL,
)
_SYSTEM = re.compile(
    r"^(?:\\(?:displaystyle|[,;:! ])|\s)*\\begin\{(cases|aligned|align\*?|gathered)\}(.*)\\end\{\1\}$", re.DOTALL
)


def _infix_commands(text: str) -> str:
    """Spells infix fractions and binomials as commands, and the rows of a system as a list."""
    if "frac" in text and "}}" in text:
        text = _UNIT_FRACTION.sub(r"\1/\2", text)
    if "\\over" in text or "\\choose" in text:
        text = _INFIX.sub(_prefix_command, text)
    if "\\right" in text and "\\begin" in text:
        text = _BRACED_ROWS.sub(r"\\begin{cases}\2\\end{cases}", text)
    if (system := _SYSTEM.match(text)) and not _is_piecewise(system[1], system[2]):
        rows = [row.replace("&", " ").strip().removesuffix("\\,") for row in system[2].split("\\\\")]
        text = ", ".join(row.rstrip(",") for row in rows if row)
    return text


def _is_piecewise(name: str, body: str) -> bool:
    """Whether every row of a system is a value and a condition."""
    rows = [row for row in body.split("\\\\") if row.strip()]
    return name == "cases" and all(row.count("&") == 1 and not re.search(r"&\s*[=<>]", row) for row in rows)


def _prefix_command(found: re.Match[str]) -> str:
    top, name, bottom = found.group(1, 2, 3) if found.group(2) else found.group(4, 5, 6)
    return f"\\{'frac' if name == 'over' else 'binom'}{{{top.strip()}}}{{{bottom.strip()}}}"


def _currency(text: str) -> str:
    """Tells a dollar sign from a math delimiter: an odd one out, before or after a number, is money."""
    count = text.count("$")
    if not count:
        return text
    if count % 2 == 0:
        return text.replace("$", " ").strip()
    text = re.sub(r"\$(?=\s*[\d.])", "¤", text, count=1) if re.search(r"\$\s*[\d.]", text) else text
    return (
        text.replace("$", " ").strip() if "¤" in text else re.sub(r"(?<=\d)\s*\$", " dollars", text).replace("$", " ")
    )


def canonical(text: str) -> str:
    """Returns a cleaned answer without the spaces and spellings that never matter, for comparison as text."""
    text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\cfrac", "\\frac")
    if "\\" in text and "{" in text:
        text = _UPRIGHT.sub(_without_markup, text)
    return _AROUND_SIGNS.sub(r"\1", " ".join(text.split()))


def _without_markup(found: re.Match[str]) -> str:
    """Words print alike in text mode and out of it; a single letter is a unit in the one, a variable in the other."""
    return f" {found[1]} " if _WORD.search(found[1]) else found[0]
