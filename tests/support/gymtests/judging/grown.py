"""Answers grown from the grammar at random: nested calls, containers, units, words, text broken on purpose."""

from __future__ import annotations

import random
import string

_LEAVES = (
    *"0123456789xynkeiabCfg", "10", "12.5", "0.333333", r"\pi", r"\infty", "10^{200}", "10^{-60}", "x_1", "1,000", "½",
    "1500!", r"0.\overline{3}", r"\theta", "e^{-10^9}", "3.14...", "٣", "²", "−7", "9^{9^{9}}", "1e400", r"\hbar", "∅",
)  # fmt: skip
_CALLS = tuple(
    r"\sin \cos \tan \sec \csc \cot \arcsin \arccos \arctan \sinh \cosh \tanh \coth \ln \log \exp \sqrt \gcd \lcm \min "
    r"\max \det \Re \Im \arg f g P I \lfloor \operatorname{sgn} \operatorname{arcsec} \log_2 \log_{10} \sin^{-1} "
    r"\sin^2 sgn re im floor ceil arccot csch binom \hat \overline \text \mathbb \mathbf \boxed \phantom \cancel "
    r"\sqrt[3] \sqrt[i] \binom \frac \prod \int \sum \lim |".split(" ")
)
_BETWEEN = tuple(
    r"+ - \cdot / ^ _ = < > \le \approx \sim \pm \mp , ; : \cup \cap \in \ne \equiv \mod \pmod{ ! !! ' % \% ^\circ \to "
    r"\implies \mid | or and \text{or} \setminus & \\ \ldots $ \$ ~ oder not times by # ** × ÷ ≤".split(" ")
)
_AROUND = (
    "(%s)", "[%s]", r"\{%s\}", "{%s}", r"\left(%s\right)", "|%s|", r"\frac{%s}{%s}", r"\sqrt{%s}", "(%s,%s)", "[%s,%s)",
    r"\begin{pmatrix}%s&%s\\%s&%s\end{pmatrix}", r"\begin{vmatrix}%s\end{vmatrix}", r"\binom{%s}{%s}", "%s^{%s}",
    "%s_%s",
    r"\lfloor %s\rfloor", r"\lceil%s\rceil", r"\langle %s,%s\rangle", r"\{x\mid %s\}", r"\text{%s}", r"%s\text{ cm}",
    r"x=%s", r"f(x)=%s", r"%s\text{ or }%s", "%s%%", r"%s^\circ", r"\$%s", "%s!", r"\max(%s,%s)", r"\log_{%s}(%s)",
    r"\sum_{n=1}^{%s}%s", r"\int_0^{%s}%s\,dx", r"\lim_{x\to %s}%s", r"%s\pmod{%s}", r"%s_8", "%s:%s", r"-%s",
    r"\pm %s",
)  # fmt: skip
_COMPLETIONS = (
    r"\boxed{%s}", "The answer is %s.", "#### %s", "<answer>%s</answer>", "%s", r"So $\boxed{%s}$ or $\boxed{5}$.",
    r"\boxed{5} wait, %s", r"A: %s", r"\boxed{%s", "<think>%s</think>%s", r"\fbox{%s} **Final answer:** %s",
)  # fmt: skip


def answer(draw: random.Random, depth: int = 0) -> str:
    """Returns one random answer."""
    kind = draw.random()
    if depth > 5 or kind < 0.3:
        return draw.choice(_LEAVES)
    if kind < 0.5:
        form = draw.choice(_AROUND)
        return form % tuple(answer(draw, depth + 1) for _ in range(form.replace("%%", "").count("%s")))
    if kind < 0.65:
        arguments = [answer(draw, depth + 1) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
        return draw.choice(_CALLS) + draw.choice(("(%s)", "{%s}", " %s")) % ",".join(arguments)
    if kind < 0.95:
        return answer(draw, depth + 1) + draw.choice(("", " ")) + draw.choice(_BETWEEN) + answer(draw, depth + 1)
    return _noise(draw)


def _noise(draw: random.Random) -> str:
    letters = string.printable + "αβ√∞±≤«»中元оиñ\u200b\u0305\ud800\U0001d7d9"
    return "".join(draw.choice(letters) for _ in range(draw.randrange(12)))


def completion(draw: random.Random) -> str:
    """Returns one random completion: an answer in some wrapping, at times with a piece cut out."""
    form = draw.choice(_COMPLETIONS)
    text = form.replace("%s", "\0")
    while "\0" in text:
        text = text.replace("\0", answer(draw), 1)
    if draw.random() < 0.1:
        cut = draw.randrange(len(text) + 1)
        text = text[:cut] + text[cut + draw.randrange(4) :]
    return text
