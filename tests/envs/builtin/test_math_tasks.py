"""Procedural mathematics: right gold, disjoint splits, stable addresses and seeds."""

from __future__ import annotations

import math
import random
import re
import statistics
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.builtin.math.families import FAMILIES, LEVELS
from envs.builtin.math.tasks import ProceduralMath
from envs.core.errors import UsageError
from envs.core.sources.procedural import split_of
from envs.core.task import SPLITS, Task

CELLS = [(family, level) for family in FAMILIES for level in LEVELS]
seeds = st.integers(min_value=0, max_value=2**62)
cells = st.sampled_from(CELLS)


def draw(split: str, cell: tuple[str, int], seed: int) -> Task:
    return ProceduralMath(split, levels=(cell[1],), families=(cell[0],)).task(seed)


def independent_value(task: Task) -> Fraction:
    """Works the answer out from the address by other means than the families do."""
    family, _, address = task.id.split("/", 2)
    numbers = [int(n) for n in re.findall(r"\d+", address)]
    if family == "linear":
        left, right = (re.sub(r"(\d)([a-z])", r"\1*\2", side) for side in address.split("="))
        (value,) = sympy.solve(sympy.Eq(sympy.sympify(left), sympy.sympify(right)))
        return Fraction(str(value))
    if family == "div":
        quotient, rest = divmod(*numbers)
        return Fraction(quotient if "//" in address else rest)
    if family == "next":
        shown = [int(n) for n in re.findall(r"\d+", task.prompt)]
        return Fraction(2 * shown[2] - shown[1])
    special = {
        "percent": lambda: Fraction(numbers[0] * numbers[-1], 100),
        "largest": lambda: Fraction(sorted(numbers)[-1]),
        "mean": lambda: statistics.mean(map(Fraction, numbers)),
        "gcd": lambda: Fraction(math.gcd(*numbers)),
    }
    if family in special:
        return special[family]()
    return Fraction(str(sympy.sympify(address, rational=True)))


@settings(max_examples=300, deadline=None)
@given(cells, seeds)
def test_gold_is_the_value_asked_for(cell, seed):
    task = draw("train", cell, seed)
    assert Fraction(task.gold) == independent_value(task)


@settings(max_examples=200, deadline=None)
@given(cells, seeds)
def test_solution_ends_in_the_gold_value_and_every_step_is_true(cell, seed):
    source = ProceduralMath("train", levels=(cell[1],), families=(cell[0],))
    task = source.task(seed)
    work, _, rest = source.solution(task).partition("<answer>")
    assert Fraction(rest.removesuffix("</answer>")) == Fraction(task.gold)
    for step in re.findall(r"(?<![\w.])([-0-9+*/%]+)=(-?[0-9./]+)(?![a-z])", work):
        left, right = step
        if "%" in left:
            a, b = map(int, left.split("%"))
            assert a % b == int(right)
        else:
            assert sympy.sympify(left, rational=True) == sympy.Rational(right)


@settings(max_examples=200, deadline=None)
@given(cells, seeds, st.sampled_from(SPLITS))
def test_an_id_rebuilds_its_task_in_its_own_split_only(cell, seed, split):
    task = draw(split, cell, seed)
    assert ProceduralMath(split).get(task.id) == task
    for other in set(SPLITS) - {split}:
        with pytest.raises(UsageError, match=f"belongs to the split '{split}'"):
            ProceduralMath(other).get(task.id)


def owner(task_id: str) -> str:
    """Returns the one split that has this id."""
    owners = []
    for split in SPLITS:
        try:
            ProceduralMath(split).get(task_id)
            owners.append(split)
        except UsageError as error:
            assert "belongs to the split" in str(error), error
    assert len(owners) == 1
    return owners[0]


TWINS = [
    ("add/2/{a}+{b}", "add/2/{b}+{a}"),
    ("mul/4/{a}*{b}", "mul/4/{b}*{a}"),
    ("chain/3/{a}+{b}+{c}", "chain/3/{c}+{a}+{b}"),
    ("mean/4/{a},{b},{c},{d}", "mean/4/{d},{b},{c},{a}"),
    ("gcd/4/1{a},1{b}", "gcd/4/1{b},1{a}"),
    ("div/3/1{a}//7", "div/3/1{a}%7"),
    ("linear/3/3x+{a}={b}", "linear/3/3t+{a}={b}"),
    ("frac/5/{a}/97*{b}/98", "frac/5/{b}/98*{a}/97"),
    ("percent/4/{a}% of {b}", "percent/4/{b}% of {a}"),
    ("largest/2/{a},{b},{c}", "largest/2/{c},{b},{a}"),
    ("order/5/{a}*({b}+{c})-{d}*11", "order/5/{a}*({c}+{b})-11*{d}"),
]


@pytest.mark.parametrize(("first", "second"), TWINS)
def test_twins_lie_in_one_split(first, second):
    found, rng = 0, random.Random(first)
    for _ in range(400):
        names = {name: rng.randrange(11, 97) for name in "abcd"}
        if _known(first.format(**names)) and _known(second.format(**names)):
            assert owner(first.format(**names)) == owner(second.format(**names))
            found += 1
    assert found >= 20


def _known(task_id: str) -> bool:
    return ProceduralMath("train").rebuild(task_id) is not None


def test_one_question_in_two_families_lies_in_one_split():
    for a in range(21, 39):
        assert owner(f"linear/1/x-{a // 2}={a}") == owner(f"add/2/{a}+{a // 2}")
        assert owner(f"chain/4/{a}+41-12+17") == owner(f"chain/4/41+17-12+{a}")


@pytest.mark.parametrize("split", SPLITS)
def test_every_cell_has_tasks_in_every_split(split):
    for family, level in CELLS:
        source = ProceduralMath(split, levels=(level,), families=(family,))
        drawn = [source.task(seed) for seed in range(40)]
        assert all(task.meta == {"family": family, "level": level} for task in drawn)
        assert len({task.id for task in drawn}) >= 5


def test_train_is_effectively_unlimited():
    source = ProceduralMath("train", levels=LEVELS, families=None)
    assert len({source.task(seed).id for seed in range(3000)}) > 2400


def test_split_shares_are_80_10_10():
    owners = [split_of(f"key {n}") for n in range(5000)]
    assert 0.77 < owners.count("train") / 5000 < 0.83
    assert 0.08 < owners.count("test") / 5000 < 0.12


def test_seeds_name_the_same_task_in_another_process():
    code = (
        "from envs.builtin.math.tasks import ProceduralMath\n"
        "print([ProceduralMath('test').task(seed).id for seed in range(20)])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    source = ProceduralMath("test")
    assert out.strip() == str([source.task(seed).id for seed in range(20)])


@pytest.mark.parametrize("family", FAMILIES)
def test_high_levels_are_larger_than_low_ones(family):
    def size(levels):
        source = ProceduralMath("train", levels=levels, families=(family,))
        tasks = [source.task(seed) for seed in range(80)]
        return statistics.mean(len(task.id) + len(source.solution(task) or "") for task in tasks)

    assert size((1, 2)) < size((4,)) < size((5,))


def test_boxed_answers():
    source = ProceduralMath("train", answer_format="boxed")
    task = source.task(3)
    assert task.prompt.endswith(r"\boxed{}.") and source.solution(task).endswith(rf"\boxed{{{task.gold}}}")


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40)
    | st.sampled_from(["add/2/", "frac/1/", "linear/4/"]).flatmap(
        lambda head: st.text("0123456789+-*/=xy,()% of", max_size=30).map(head.__add__)
    )
)
def test_a_stray_id_is_a_usage_error_or_a_task_with_that_id(task_id):
    try:
        assert ProceduralMath("train").get(task_id).id == task_id
    except UsageError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "task_id",
    ["add/2/047+85", "add/2/47 + 85", "add/9/47+85", "add/2/4+5", "ADD/2/47+85", "add/2/４７+85",
     "linear/4/3x+1=2y+1", "frac/1/9/7+1/7", "div/1/50//0", "add/5/" + "9" * 5000 + "+1",
     "", "/", "add/2/47+85\n"],
)  # fmt: skip
def test_what_is_no_problem_of_its_level_is_refused(task_id):
    with pytest.raises(UsageError):
        ProceduralMath("train").get(task_id)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "trian"}, "did you mean 'train'"),
        ({"levels": (0, 6)}, "levels are 1 to 5"),
        ({"levels": ()}, "levels are 1 to 5"),
        ({"families": ("ad",)}, "did you mean 'add'"),
        ({"families": ()}, "known: add"),
        ({"answer_format": "box"}, "did you mean 'boxed'"),
    ],
)
def test_wrong_arguments_say_what_to_type(arguments, message):
    with pytest.raises(UsageError, match=message):
        ProceduralMath(**arguments)
