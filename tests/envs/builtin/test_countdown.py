"""Countdown: exact arithmetic by a parser of our own, solvable puzzles, answers that cannot be had for less."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs.builtin.countdown.env import Reaches
from envs.builtin.countdown.expression import (
    BadExpression,
    Node,
    Step,
    evaluate,
    fault_of,
    numbers_of,
    read_steps,
    render,
)
from envs.builtin.countdown.tasks import LEVELS, ProceduralCountdown
from envs.core.task import SPLITS, Task

TASK = Task("t", "", {"numbers": [2, 5, 8], "target": 24})
EXPRESSIONS = st.recursive(
    st.integers(1, 99), lambda inner: st.builds(Node, st.sampled_from("+-*/"), inner, inner), max_leaves=7
)


def score(completion, task=TASK):
    return Reaches()(task, completion).score


@given(EXPRESSIONS)
def test_what_is_written_reads_as_itself_with_pythons_value(expression):
    text = render(expression)
    assert read_steps(text) == [Step(expression, None)] or evaluate(read_steps(text)[0].expression) == evaluate(
        expression
    )
    try:
        value = evaluate(expression)
    except BadExpression:
        return
    # the oracle: Python's own arithmetic on the same text, with every number a Fraction
    oracle = "".join(f"Fraction({token})" if token.isdigit() else token for token in _split(text))
    assert eval(oracle, {"Fraction": Fraction}) == value


def _split(text):
    token = ""
    for char in text:
        if char.isdigit():
            token += char
        else:
            yield from (token, char) if token else (char,)
            token = ""
    yield token or " "


RIGHT = [
    "(5-2)*8", "<answer>(5-2)*8</answer>", "<answer> 8 * ( 5 - 2 ) </answer>", "<answer>(5-2)×8</answer>",
    "<answer>(5−2)*8 = 24</answer>", r"\boxed{(5-2)\times 8}", "<answer>$(5-2) \\cdot 8$</answer>",
    "<answer>5-2=3, 3*8=24</answer>", "<answer>5-2=3; 8*3=24;</answer>", "<answer>5-2=3\n3*8=24</answer>",
    "5-2=3 3*8=24 <answer>24</answer>", "<think>no <answer>1</answer></think> <answer>(5-2)*8</answer>",
    "I try.\n(5-2)*8", "<answer>(5-2)*8</answer> <answer>(5-2)*8</answer>", "<answer>((((5-2))))*8</answer>",
    r"<answer>\boxed{(5-2)*8}</answer>",
]  # fmt: skip

WRONG = [
    "", "24", "<answer>24</answer>", "24=24", "<answer>24=24</answer>", "<answer></answer>", "<answer>(5-2)*8",
    "<answer>8*(5-2)+0</answer>", "<answer>8*3</answer>", "<answer>(5-2)*8+2-2</answer>", "<answer>5-2=3</answer>",
    "<answer>(5-2)*8</answer><answer>8*(5-2)</answer>", "<answer>(5-2)*8</answer> <answer>5+2+8</answer>",
    "<answer>5+2+8</answer> <answer>(5-2)*8</answer>", r"<answer>(5-2)*8</answer> \boxed{15}", "<think>(5-2)*8",
    "<think>(5-2)*8</think>", "<answer>5+2+8=24</answer>", "<answer>2**5-8</answer>", "<answer>8*(5-2)=24=24</answer>",
    "<answer>24=(5-2)*8</answer>", "<answer>5-2=4, 4*8=24</answer>", "<answer>5-2=3, 5-2=3, 3*8=24</answer>",
    "<answer>5-2=3, 8*8=24</answer>", "<answer>5-2, 3*8</answer>", "5-2=3 3*8=24 <answer>25</answer>",
    "so: 5-2=3 3*8=24 <answer>24</answer>", "<answer>(５-2)*8</answer>", "<answer>(٥-2)*8</answer>",
    "<answer>(5-2)8</answer>", "<answer>52-8</answer>", "<answer>-2*8+5*8</answer>", "<answer>(5-2)*8.0</answer>",
    "<answer>8^2-5*8</answer>", "<answer>9e9</answer>", "<answer>__import__('os')</answer>",
    "<answer>5/(2-2)*8</answer>",
    "<answer>nan</answer>", "<answer>inf</answer>", "<answer>(5-2)*8 or 24</answer>", "<answer>5 2 8</answer>",
    "<answer>(5-2*8</answer>", "<answer>5-2)*8</answer>", "<answer>()</answer>", "<answer>(5-2)//8</answer>",
    "<answer>8*(5-2)</answer", "<ANSWER>(5-2)*8</ANSWER> no", "<answer>(5-2)*8<answer>",
    "<answer>(5-2)*8</answer></answer>",
]  # fmt: skip


@pytest.mark.parametrize("completion", RIGHT)
def test_a_right_answer_scores_in_every_honest_form(completion):
    assert score(completion) == 1


@pytest.mark.parametrize("completion", WRONG)
def test_anything_else_scores_nothing(completion):
    reward = Reaches()(TASK, completion)
    assert reward.score == 0 and reward.status == "ok" and reward.outcome != "correct"


HOSTILE = [
    "(" * 50_000,
    "1" * 50_000,
    "9*" * 50_000 + "9",
    "1/" * 140 + "3",
    "5=" * 100,
    "," * 200,
    "\ud800",
    "\x00",
    "$" * 400,
]


@pytest.mark.parametrize("text", [*HOSTILE, *(f"<answer>{text}</answer>" for text in HOSTILE)])
def test_hostile_text_is_bounded(text):
    assert score(text) == 0


@given(st.text(alphabet="0123456789+-*/()=,; ×\\boxed{}<answer>/", max_size=60))
def test_no_text_makes_it_raise(text):
    assert Reaches()(TASK, text).score in (0.0, 1.0)


@given(EXPRESSIONS)
def test_only_all_the_numbers_once_will_do(expression):
    numbers = sorted(numbers_of(expression).elements())
    try:
        evaluate(expression)
    except BadExpression:
        return
    steps = [Step(expression, None)]
    assert fault_of(steps, numbers) == ""
    assert fault_of(steps, [*numbers, 7]) == "7 is not used"
    assert "is not there" in fault_of(steps, numbers[1:])


@pytest.mark.parametrize("level", LEVELS)
def test_every_puzzle_is_solvable_and_of_its_size(level):
    env = envs.make("countdown", levels=level)
    for seed in range(300 if level < 4 else 60):
        task = env.tasks.task(seed)
        reward = env.score(task, env.tasks.solution(task))
        assert reward.score == 1 and reward.parts == {"correct": 1, "numbers": 1}
        numbers, sizes = task.gold["numbers"], LEVELS[level]
        assert len(numbers) == level + 1 and max(numbers) <= sizes.largest and 0 < task.gold["target"] <= sizes.target
        assert str(task.gold["target"]) in task.prompt and all(str(number) in task.prompt for number in numbers)


@given(st.integers(0, 2**62), st.sampled_from([1, 2, 3]), st.sampled_from(SPLITS))
@settings(deadline=None)
def test_a_puzzle_is_its_id_and_belongs_to_one_split(seed, level, split):
    task = ProceduralCountdown(split, levels=(level,)).task(seed)
    assert ProceduralCountdown(split).get(task.id) == task
    for other in set(SPLITS) - {split}:
        with pytest.raises(envs.UsageError, match="belongs to the split"):
            ProceduralCountdown(other).get(task.id)


def test_the_same_numbers_and_target_share_a_split():
    owners = set()
    for task_id in ("make/2/(5-2)*8", "make/2/8*(5-2)"):
        for split in SPLITS:
            try:
                owners.add((split, ProceduralCountdown(split).get(task_id).prompt))
            except envs.UsageError:
                continue
    assert len(owners) == 1


def test_no_operator_alone_solves_level_one():
    env, solved = envs.make("countdown", split="test"), dict.fromkeys("+-*/", 0)
    for seed in range(300):
        task = env.tasks.task(seed)
        small, large = task.gold["numbers"]
        for operator in solved:
            solved[operator] += env.score(task, f"<answer>{large}{operator}{small}</answer>").score
    assert all(15 <= count <= 130 for count in solved.values()), solved


def test_cheap_replies_score_nothing():
    env = envs.make("countdown", levels=[1, 2, 3], split="test")
    tasks = [env.tasks.task(seed) for seed in range(80)]
    for place, task in enumerate(tasks):
        numbers = list(map(str, task.gold["numbers"]))
        random.Random(place).shuffle(numbers)
        others = [env.tasks.solution(other) for other in tasks[place + 1 :] if other.prompt != task.prompt]
        target = str(task.gold["target"])
        for reply in ("", task.prompt, target, f"<answer>{target}</answer>", f"<answer>{target}={target}</answer>",
                      f"<answer>{' '.join(numbers)}</answer>", f"<answer>{','.join(numbers)}={target}</answer>",
                      f"<answer>{'+'.join(numbers)}={int(target) + 1}</answer>", *others):  # fmt: skip
            assert env.score(task, reply).score == 0, (task, reply)


def test_format_weight_pays_for_the_right_numbers_and_never_more_than_for_the_target():
    env = envs.make("countdown", format_weight=0.25, levels=2)
    right, numbers, wrong = (env.score(TASK, f"<answer>{text}</answer>") for text in ("(5-2)*8", "5+2+8", "5+2"))
    assert (right.score, numbers.score, wrong.score) == (1.0, pytest.approx(0.2), 0.0)
    assert envs.make("countdown").score(TASK, "<answer>5+2+8</answer>").score == 0
    with pytest.raises(envs.UsageError, match="format_weight"):
        envs.make("countdown", format_weight=2)


@pytest.mark.parametrize("split", SPLITS)
def test_gymnasium_takes_it(split):
    env = gymnasium.make("grpo/Countdown-v0", split=split, levels=[1, 5])
    check_env(env.unwrapped, skip_render_check=True)
    pickle.loads(pickle.dumps(env.unwrapped.verifier))


@pytest.mark.parametrize(
    "task_id",
    ["make/1/1+1", "make/1/3+4+5", "make/1/3 + 4", "make/1/(3+4)", "make/1/3-4", "make/1/3/0", "make/1/31+2",
     "make/6/3+4", "take/1/3+4", "make/1/", "make/1/3+4, 5+6", "make/1/99*99"],
)  # fmt: skip
def test_a_stray_id_is_refused(task_id):
    with pytest.raises(envs.UsageError, match="has no task"):
        ProceduralCountdown("train").get(task_id)
