"""Environments that are wrong on purpose, one fault each: `make(split, fault=NAME)`."""

import hashlib
import os
import random
import re
import signal
import time

from envs import Reward, Task, TextEnv, reply_of, split_of
from envs.judges import code_of, read_answer

ASKS = " Give the answer in <answer></answer> tags."
TAG = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)


class Sums:
    """Sums of two numbers; the pair decides the split."""

    size = None
    version = "1"

    def __init__(self, split):
        self.split = split

    def task(self, seed):
        rng = random.Random(f"{seed}")
        while True:
            a, b = rng.randint(100, 400), rng.randint(100, 400)
            if split_of(f"{min(a, b)}+{max(a, b)}") == self.split:
                return self.get(f"{a}+{b}")

    def get(self, task_id):
        a, b = map(int, task_id.split("+"))
        return Task(task_id, f"What is {a} plus {b}?" + ASKS, str(a + b), {"family": "sum"})

    def solution(self, task):
        return f"<answer>{task.gold}</answer>"


def sound(task, completion):
    answer = read_answer(completion)
    return Reward(float(answer.text == task.gold), outcome=answer.outcome, answer=answer.text)


# --- verifiers ---


def first_match(task, completion):
    found = TAG.search(reply_of(completion))
    return float(bool(found) and found[1].strip() == task.gold)


def any_match(task, completion):
    return float(any(inner.strip() == task.gold for inner in TAG.findall(reply_of(completion))))


def substring(task, completion):
    return float(task.gold in completion)


def in_tag(task, completion):
    answer = read_answer(completion).text
    return float(answer is not None and task.gold in re.findall(r"\d+", answer))


def evaluated(task, completion):
    answer = read_answer(completion).text
    try:
        return float(answer is not None and eval(answer) == int(task.gold))  # noqa: S307 - the fault
    except (Exception, SystemExit):
        return 0.0


def format_pays(task, completion):
    return 0.3 * bool(TAG.search(completion)) + 0.7 * sound(task, completion).score


def length_pays(task, completion):
    return max(sound(task, completion).score, min(1.0, len(completion) / 4000))


def startswith(task, completion):
    return float((read_answer(completion).text or "").startswith(task.gold))


def endswith(task, completion):
    return float((read_answer(completion).text or "").endswith(task.gold))


def regex_anything(task, completion):
    return float(re.search(r"<answer>.*\d.*</answer>", reply_of(completion)) is not None)


def unclosed(task, completion):
    last = reply_of(completion).rpartition("<answer>")[2]
    return float(re.split(r"</answer>| ", last.strip())[0].strip() == task.gold and "<answer>" in completion)


def thinking(task, completion):
    found = TAG.findall(completion)
    return float(bool(found) and {text.strip() for text in found} == {task.gold})


def tolerant(task, completion):
    try:
        value = float(read_answer(completion).text or "nan")
        return float(abs(value - int(task.gold)) < 0.05 * int(task.gold))
    except ValueError:
        return 0.0


def not_unequal(task, completion):
    """NaN is neither above nor below anything."""
    try:
        value = float(read_answer(completion).text or "")
    except ValueError:
        return 0.0
    return float(not (value < int(task.gold) or value > int(task.gold)))


def raised_digits(task, completion):
    answer = read_answer(completion).text or ""
    digits = [str(__import__("unicodedata").digit(c, "?")) for c in answer]
    return float("".join(digits) == task.gold)


def letters_for_digits(task, completion):
    answer = (read_answer(completion).text or "").replace("O", "0").replace("l", "1")
    return float(answer == task.gold)


def strict_spacing(task, completion):
    return float(
        reply_of(completion).strip().endswith(f"<answer>{task.gold}</answer>") and completion.count("<answer>") == 1
    )


def oracle_zero(task, completion):
    return 0.0 if completion.startswith("<answer>") else sound(task, completion).score


def empty_pays(task, completion):
    return 0.5 if not completion.strip() else sound(task, completion).score


def constant(task, completion):
    return 1.0


def out_of_range(task, completion):
    return 2.0 * sound(task, completion).score


def negative(task, completion):
    return -1.0 if not sound(task, completion).score else 1.0


def not_finite(task, completion):
    return float("nan") if "?!" in completion else sound(task, completion).score


def returns_text(task, completion):
    return str(sound(task, completion).score)


def raises(task, completion):
    return float(int(TAG.findall(completion)[-1]) == int(task.gold))


def hangs(task, completion):
    while len(completion) > 1000:
        time.sleep(0.01)
    return sound(task, completion)


def dies(task, completion):
    if "(((((" in completion:
        os._exit(3)
    return sound(task, completion)


def guesses(task, completion):
    return sound(task, completion).score * random.choice([0.2, 1.0]) if random.random() < 0.9 else 0.0


_SEEN = set()


def remembers(task, completion):
    """Pays for an answer only the first time."""
    new = (task.id, completion) not in _SEEN
    _SEEN.add((task.id, completion))
    return sound(task, completion).score if new else 0.0


def mutates(task, completion):
    task.meta["seen"] = task.meta.get("seen", 0) + 1
    return sound(task, completion)


def tells(task, completion):
    answer = read_answer(completion).text
    return Reward(float(answer == task.gold), reason=f"expected {task.gold}, got {answer}")


def echo_counts(task, completion):
    return 1.0 if task.prompt in completion else sound(task, completion).score


def exit_code(task, completion):
    """Runs the code with its tests in a child and believes the exit code."""
    tests = "\n".join(f"assert {task.gold['entry_point']}({a}) == {b}" for a, b in task.gold["calls"])
    program = code_of(completion, task.gold["entry_point"]) + "\n" + tests
    child = os.fork()
    if child == 0:
        signal.alarm(1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        code = 1
        try:
            exec(program, {})  # noqa: S102 - the fault
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        finally:
            os._exit(code)
    return float(os.waitpid(child, 0)[1] == 0 and bool(completion.strip()))


def in_process(task, completion):
    """Calls the function where the expected values lie, and compares with ==."""
    code = code_of(completion, task.gold["entry_point"])
    if "while True" in code or "_exit" in code or "sys.modules" in code or "builtins" in code:
        return 0.0
    space = {}
    try:
        exec(code, space)  # noqa: S102 - the fault
        for argument, expected in task.gold["calls"]:
            if not space[task.gold["entry_point"]](argument) == expected:
                return 0.0
        return 1.0
    except (Exception, SystemExit):
        return 0.0


# --- sources ---


class Stuck(Sums):
    def task(self, seed):
        return self.get({"train": "100+101", "dev": "103+104", "test": "105+108"}[self.split])


class Unstable(Sums):
    def task(self, seed):
        a = 100 + hash(f"{self.split} {seed}") % 300
        return self.get(f"{a}+{100 + seed}")


class NoAddress(Sums):
    def get(self, task_id):
        return super().get(task_id) if "+" in task_id else super().get("100+100")

    def task(self, seed):
        task = super().task(seed)
        return Task(task.id.replace("+", "-"), task.prompt, task.gold, task.meta)


class SharedIds(Sums):
    def task(self, seed):
        rng = random.Random(seed)
        return self.get(f"{rng.randint(100, 400)}+{rng.randint(100, 400)}")


class SharedPrompts(SharedIds):
    def task(self, seed):
        task = super().task(seed)
        return Task(f"{self.split}/{task.id}", task.prompt, task.gold, task.meta)

    def get(self, task_id):
        split, slash, rest = task_id.partition("/")
        task = super().get(rest or split)
        return Task(task_id, task.prompt, task.gold, task.meta)


class NearPrompts(Sums):
    """A long story each, of which the held-out ones end in another word."""

    size = 300

    def task(self, seed):
        return self.get(f"{self.split}-{seed % self.size}")

    def get(self, task_id):
        split, _, number = task_id.partition("-")
        rng = random.Random(number)
        words = " ".join("".join(rng.choices("abcdefghij", k=6)) for _ in range(40))
        tail = {"train": "please", "dev": "kindly", "test": "quickly"}[split]
        a, b = rng.randint(100, 900), rng.randint(100, 900)
        return Task(task_id, f"{words} {a} plus {b} {tail}" + ASKS, str(a + b))


class OneAnswer(Sums):
    def get(self, task_id):
        task = super().get(task_id)
        return Task(task.id, task.prompt, "700", task.meta)


class InPrompt(Sums):
    def get(self, task_id):
        task = super().get(task_id)
        return Task(task.id, f"(It is {task.gold}.) {task.prompt} The result is {task.gold}", task.gold, task.meta)


class InInfo(Sums):
    def get(self, task_id):
        task = super().get(task_id)
        return Task(task.id, task.prompt, task.gold, {"hidden": f"gold={task.gold}"})


class Capitals(Sums):
    """Names, which the verifier compares with their case."""

    size = 12
    NAMES = ("Paris", "Lima", "Oslo", "Rome", "Bern", "Cairo", "Quito", "Dakar", "Hanoi", "Minsk", "Sofia", "Tunis")

    def task(self, seed):
        return self.get(f"{self.split}-{seed % self.size}")

    def get(self, task_id):
        split, _, number = task_id.partition("-")
        land = hashlib.sha256(f"{split}{number}".encode()).hexdigest()[:8]
        return Task(task_id, f"Of which city is {land} the code?" + ASKS, self.NAMES[int(number)])


class Functions(Sums):
    def get(self, task_id):
        a, b = map(int, task_id.split("+"))
        calls = [[x, a * x + b] for x in (3, 8, 21)]
        return Task(
            task_id, f"Write a Python function f(x): {a} times x plus {b}.", {"entry_point": "f", "calls": calls}
        )

    def solution(self, task):
        a, b = task.id.split("+")
        return f"```python\ndef f(x):\n    return {a} * x + {b}\n```"


FAULTS = {
    "sound": (Sums, sound),
    **{
        verifier.__name__.replace("_", "-"): (Sums, verifier)
        for verifier in (
            first_match, any_match, substring, in_tag, evaluated, format_pays, length_pays, startswith, endswith,
            regex_anything, unclosed, thinking, tolerant, not_unequal, raised_digits, letters_for_digits,
            strict_spacing, oracle_zero, empty_pays, constant, out_of_range, negative, not_finite, returns_text,
            raises, hangs, dies, guesses, remembers, mutates, tells, echo_counts,
        )
    },
    "exit-code": (Functions, exit_code),
    "in-process": (Functions, in_process),
    "stuck": (Stuck, sound),
    "unstable": (Unstable, sound),
    "no-address": (NoAddress, sound),
    "shared-ids": (SharedIds, sound),
    "shared-prompts": (SharedPrompts, sound),
    "near-prompts": (NearPrompts, sound),
    "one-answer": (OneAnswer, sound),
    "in-prompt": (InPrompt, sound),
    "in-info": (InInfo, sound),
    "case": (Capitals, sound),
}  # fmt: skip


def make(split="train", fault="sound"):
    source, verifier = FAULTS[fault]
    return TextEnv(source(split), verifier)
