"""The guessing game, the calculator and the chain: won by their oracles, and by nothing else."""

import pickle
import re
import warnings
from fractions import Fraction

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs import Observation, Reward, UsageError
from envs.builtin.dialogues.arithmetic import NotArithmetic, evaluate, read_value
from envs.builtin.dialogues.tags import answered_number, only_tag
from envs.core.sources.procedural import split_of

NAMES = ("guess", "calculator", "chain")
HOSTILE = [
    "", "37", "<answer></answer>", "<answer>1..100</answer>", "<answer>34, 35, 36</answer>", "<answer>[34]</answer>",
    "<answer>34</answer><answer>35</answer>", "<answer>34 or 35</answer>", "<answer>1e2</answer>",
    "<answer>9" + "9" * 400 + "</answer>", "<answer>٣٤</answer>", "<answer>34", "34</answer>",
    "<think><answer>34</answer>", "<answer>nan</answer>",
    "<answer><answer>34</answer></answer>", "<answer>__import__('os')</answer>", "<answer>34\x00</answer>", "\ud800",
    "<answer>3 4</answer>", "<answer>+-34</answer>", "<answer>1_0</answer>",
]  # fmt: skip


def play(env, task, turns):
    return env.respond(task, turns, final=True)


@pytest.mark.parametrize("split", envs.SPLITS)
@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_checker_passes(name, split):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(envs.make(name, split=split), skip_render_check=True)


@pytest.mark.parametrize("level", range(1, 6))
@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_wins_every_task_and_ids_are_addresses(name, level):
    env = envs.make(name, split="test", levels=level)
    copied = pickle.loads(pickle.dumps(env))
    for seed in range(60):
        task = env.tasks.task(seed)
        assert env.tasks.get(task.id) == task == copied.tasks.task(seed) and task.meta["level"] == level
        played = env.oracle(task)
        assert played[0][0] == task.prompt and len(played) <= env.max_turns
        reward = play(env, task, [turn for _, turn in played])
        assert reward.score == 1.0 and reward.parts["correct"] == 1.0 and not reward.truncated
    with pytest.raises(UsageError):
        env.tasks.get("guess/1/34-99/37")


@pytest.mark.parametrize("name", NAMES)
def test_no_prompt_is_in_two_splits(name):
    prompts = {}
    for split in envs.SPLITS:
        source = envs.make(name, split=split, levels=1).tasks
        prompts[split] = {source.task(seed).prompt for seed in range(400)}
    assert all(prompts.values())
    assert not prompts["train"] & prompts["test"] and not prompts["dev"] & prompts["test"]
    assert not prompts["train"] & prompts["dev"]


def test_vector_environments_play_a_group():
    group = gymnasium.make_vec("grpo/Guess-v0", num_envs=3, vectorization_mode="sync", levels=1)
    prompts, _ = group.reset(seed=[4] * 3)
    assert len(set(prompts)) == 1
    low = int(re.search(r"from (\d+)", prompts[0])[1])
    said, _, terminated, _, _ = group.step([f"<answer>{low - 1}</answer>", "hm", f"<answer>{low + 9}</answer>"])
    assert said[0].startswith(f"Higher than {low - 1}.") and said[2].startswith(f"Lower than {low + 9}.")
    assert "one whole number" in said[1] and not terminated.any()


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 3]))
def test_halving_always_finds_the_number(seed, level):
    env = envs.make("guess", levels=level)
    task = env.tasks.task(seed)
    turns = []
    while not isinstance(answer := env.respond(task, [*turns, env.oracle_turn(task, turns)]), Reward):
        turns.append(env.oracle_turn(task, turns))
    assert answer.outcome == "found"


@pytest.mark.parametrize("turn", HOSTILE)
def test_what_is_no_guess_costs_one_and_teaches_nothing(turn):
    env = envs.make("guess", levels=1)
    task = env.tasks.get("guess/1/34-40/37")
    answer = env.respond(task, [turn])
    if answered_number(turn) is None:
        assert answer == Observation("That is not one whole number in <answer></answer> tags. Tries left: 2.")
    reward = play(env, task, [turn] * 3)
    assert reward.score == 0.0 and reward.outcome == "out_of_guesses"


def test_a_guess_pays_for_what_it_found_out():
    env = envs.make("guess", levels=1)
    task = env.tasks.get("guess/1/34-40/37")

    def paid(*guesses):
        return play(env, task, [f"so <answer>{guess}</answer>" for guess in guesses]).score

    assert paid(1, 2, 99) == 0.0  # out of the range: nothing found out
    assert 0 < paid(34, 34, 34) < paid(36, 36, 36) < paid(36, 38, 38) <= 0.5
    assert paid(36, 38, 37) == paid(37) == 1.0


@pytest.mark.parametrize("text", ["**{}**", " {} ", "{}.", "\n{}\n", "${}$", "+{}"])
def test_benign_forms_of_a_number_are_read(text):
    assert answered_number(f"It is <answer>{text.format(37)}</answer>. Right?") == 37
    assert answered_number(f"<think>40? <answer>40</answer></think><answer>{text.format(37)}</answer>") == 37


@settings(deadline=None)
@given(st.text(alphabet="<>/answerthinktool0123456789 ,.", max_size=60))
def test_a_tag_is_read_only_where_there_is_exactly_one(text):
    inside = only_tag(text, "answer")
    if inside is not None:
        said = text.rpartition("</think>")[2]
        assert said.count("<answer>") == said.count("</answer>") == 1
        assert f"<answer>{inside}</answer>" in said


def test_a_chain_pays_for_the_steps_that_were_right():
    env = envs.make("chain", levels=2)
    for seed in range(200):
        task = env.tasks.task(seed)
        right = [turn for _, turn in env.oracle(task)]
        assert isinstance(env.respond(task, right[:1]), Observation)
        assert play(env, task, ["<answer>-7</answer>"]).score == 0.0
        reward = play(env, task, [*right[:2], "<answer>-7</answer>"])
        assert reward.score == pytest.approx(2 / 3) and reward.parts == {"correct": 0.0, "steps": reward.score}
        assert play(env, task, right[:2]).truncated and play(env, task, right[:2]).score == 0.0


@st.composite
def expressions(draw, depth=4):
    """An expression and Python's own exact value of it."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.one_of(st.integers(0, 10**6), st.decimals(0, 999, places=2)))
        return str(number), Fraction(str(number))
    (left, a), (right, b) = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    sign = draw(st.sampled_from(["+", "-", "*", "/"]))
    space = draw(st.sampled_from(["", " "]))
    text = f"({left}{space}{sign}{space}{right})"
    if sign == "/" and not b:
        return left, a
    return text, {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[sign]


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_the_calculator_is_exact(made):
    text, value = made
    if len(text) <= 200:
        assert evaluate(text) == value
        assert evaluate(f"- {text} + 0") == -value if len(text) <= 190 else True


@pytest.mark.parametrize(
    ("text", "value"), [("2+3*4", 14), ("2-3-4", -5), ("12/4/3", 1), ("-2*-3", 6), ("6×7−2÷1", 40)]
)
def test_precedence_and_signs(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "(", ")", "1+", "*2", "1//2", "2**9", "9^9", "1/0", "1/(2-2)", "abs(3)", "1e9", "0x10", "1_000", "a", "()",
     "(" * 100 + "1" + ")" * 100, "-" * 150 + "1", "9" * 31, "1+" * 150 + "1", "1;2", "__import__('os')", "٣+٤", "1 2",
     "\x00", "lambda: 0", "[1]", "1,000*2", "10!", "1.", ".5"],
)  # fmt: skip
def test_the_calculator_refuses_everything_else(text):
    with pytest.raises(NotArithmetic) as refusal:
        evaluate(text)
    assert len(str(refusal.value)) < 60


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789+-*/(). ", max_size=210))
def test_the_calculator_never_breaks(text):
    try:
        evaluate(text)
    except NotArithmetic:
        pass


@settings(deadline=None)
@given(st.text(max_size=60))
def test_the_calculator_never_repeats_the_policy(call):
    env = envs.make("calculator", levels=1)
    task = env.tasks.task(0)
    answer = env.respond(task, [f"<tool>{call}</tool>"])
    assert isinstance(answer, Observation)
    assert re.fullmatch(r"= -?\d+(/\d+)?|Error: [^<>]*\.|(One thing a turn\. )?Either call .*", answer.text)


def test_a_calculation_ends_with_one_answer():
    env = envs.make("calculator", levels=1)
    task = env.tasks.get("calculator/1/26*82")
    assert env.respond(task, ["hm <tool>26*82</tool>"]) == Observation("= 2132")
    assert env.respond(task, ["<tool>26*</tool>"]) == Observation("Error: not an expression.")
    for turn in ("", "2132", "<tool>1</tool><answer>2132</answer>", "<answer>2132</answer><answer>5</answer>",
                 "<tool>1</tool><tool>2</tool>", "<tool>26*82 <answer>2132</answer>",
                 "<tool>1</tool><answer>1</answer><answer>2</answer>"):  # fmt: skip
        assert "Either call" in env.respond(task, [turn]).text
    called = play(env, task, ["<tool>26*82</tool>", "<answer>2,132</answer>"])
    assert called.score == 1.0 and called.parts == {"correct": 1.0, "called": 1.0}
    direct = play(env, task, ["<answer>4264/2</answer>"])
    assert direct.score == 1.0 and direct.parts["called"] == 0.0
    for wrong in ("26*82", "2133", "2132 or 2133", "2132e0", ""):
        assert play(env, task, [f"<answer>{wrong}</answer>"]).score == 0.0
    assert play(env, task, ["<tool>26*82</tool>"] * 4).truncated


@pytest.mark.parametrize(
    ("text", "value"), [("1,234", 1234), ("-7/2", Fraction(-7, 2)), ("3.5", Fraction(7, 2)), ("−5", -5)]
)
def test_values_are_read_in_the_forms_people_write(text, value):
    assert read_value(f" {text} ") == value


@pytest.mark.parametrize("text", ["1/0", "1,2", "1e9", "12+3", "½", "1//2", "", "0x1", "9" * 61, "1 2"])
def test_what_is_no_value_is_none(text):
    assert read_value(text) is None


def test_twins_share_a_split():
    source = envs.make("calculator", levels=2).tasks
    a, b = source.rebuild("calculator/2/(417-38)*96"), source.rebuild("calculator/2/(96-417)*38")
    assert a.key == b.key and split_of(a.key) == split_of(b.key)
    assert source.rebuild("calculator/2/417*96") is None and source.rebuild("calculator/1/4/0") is None
