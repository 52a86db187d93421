"""The questions: the five prompts of the classic introductions to GRPO, and as many for dev and for test."""

from __future__ import annotations

from typing import Any

from envs import SPLITS, Task, UsageError, did_you_mean

Row = dict[str, Any]


def _row(prompt: str, needs: list[list[str]], topic: list[str], rivals: list[str], solution: str) -> Row:
    """One question.

    Args:
        prompt: What is asked.
        needs: Groups of words or phrases; a correct reply holds one of each group.
        topic: Words of which a relevant reply holds one.
        rivals: Answers that are wrong: a reply that names one beside the right answer is not correct.
        solution: A reply that deserves the full reward.
    """
    return {"prompt": prompt, "needs": needs, "topic": topic, "rivals": rivals, "solution": solution}


_CITIES = ["paris", "rome", "madrid", "london", "berlin", "lyon", "vienna", "lisbon", "milan", "barcelona"]
_CANNOT = ["do not know", "don't know", "cannot", "can't", "unable", "no access", "do not have access"]
_LIVE = ["live", "current", "real-time", "real time", "up-to-date", "today's", "forecast", "right now"]
_LEARN = ["learn", "learns", "learning", "trained", "training", "fit", "fits"]
_DATA = ["data", "examples", "samples"]
_MODEL = ["model", "models", "program", "programs", "computer", "computers", "algorithm", "algorithms", "network"]


def _capital(country: str, city: str) -> Row:
    rivals = [name for name in _CITIES if name != city.lower()]
    solution = f"The capital of {country} is {city}. It is the seat of the government."
    return _row(f"What is the capital of {country}?", [[city.lower()]], [country.lower(), "capital"], rivals, solution)


def _weather(prompt: str, day: str) -> Row:
    claims = ["it is sunny", "it is raining", "it will be sunny", "it will rain", "it is cloudy", "degrees"]
    solution = f"I cannot know the weather {day}, because I have no access to live data. A forecast will tell you."
    return _row(prompt, [_CANNOT, [*_LIVE, "data"]], ["weather", "forecast"], claims, solution)


def _person(prompt: str, names: list[str], topic: list[str], solution: str) -> Row:
    rivals = ["shakespeare", "mozart", "napoleon", "beethoven", "picasso", "messi"]
    return _row(prompt, [names, ["who", "for", "discovered", "known", "proved"]], topic, rivals, solution)


_SCIENTISTS = ["einstein", "curie", "newton", "darwin", "galileo", "turing", "tesla", "hawking", "franklin"]
_MATHEMATICIANS = ["euler", "gauss", "noether", "euclid", "ramanujan", "hilbert", "riemann", "lovelace"]
_GROUP = [["group", "groups"], ["reward", "rewards"], ["average", "mean", "relative", "compared", "baseline"]]

ROWS: dict[str, list[Row]] = {
    "train": [
        _capital("France", "Paris"),
        _row("Explain machine learning.", [_LEARN, _DATA, _MODEL], ["learning"], [],
             "Machine learning lets a computer learn from examples. A model is fitted to data and then predicts."),
        _row("How does GRPO work?", _GROUP, ["grpo", "policy"], [],
             "GRPO samples a group of answers and compares each reward with the average of the group. "
             "The policy then makes the better answers more likely."),
        _weather("What is the weather today?", "today"),
        _person("Name a famous scientist.", _SCIENTISTS, ["scientist", "physics", "physicist"],
                "Marie Curie was a famous scientist. She is known for her work on radioactivity in physics."),
    ],
    "dev": [
        _capital("Spain", "Madrid"),
        _row("Explain deep learning.", [_LEARN, _DATA, ["layers", "layer"]], ["learning", "network"], [],
             "Deep learning trains a network of many layers on data. Each layer learns features of the one before."),
        _row("How does PPO work?", [["clip", "clips", "clipped"], ["policy"], ["ratio", "advantage"]], ["ppo"], [],
             "PPO improves a policy in small steps. It clips the ratio of new and old probabilities."),
        _weather("What will the weather be like tomorrow?", "tomorrow"),
        _person("Name a famous mathematician.", _MATHEMATICIANS, ["mathematician", "mathematics", "algebra"],
                "Emmy Noether was a famous mathematician. She is known for her work in algebra."),
    ],
    "test": [
        _capital("Italy", "Rome"),
        _row("Explain reinforcement learning.", [_LEARN, ["reward", "rewards"], ["agent", "policy"]], ["learning"], [],
             "Reinforcement learning trains an agent by trial and error. It learns what earns the most reward."),
        _row("How does REINFORCE work?", [["gradient", "gradients"], ["policy"], ["reward"]], ["reinforce"], [],
             "REINFORCE follows the gradient of the expected reward. The policy repeats what earned more."),
        _weather("Is it raining outside right now?", "outside"),
        _person("Name a famous chemist.", ["lavoisier", "mendeleev", "pauling", "curie", "nobel"],
                ["chemist", "chemistry", "elements"],
                "Dmitri Mendeleev was a famous chemist. He is known for the table of the elements."),
    ],
}  # fmt: skip


class Questions:
    """Five questions a split, each written for its split; an id is the split and a number, such as `train/3`."""

    version = "1"
    size: int | None = 5

    def __init__(self, split: str):
        if split not in SPLITS:
            raise UsageError(f"no split {split!r}: {did_you_mean(split, SPLITS)}")
        self.split = split

    def task(self, seed: int) -> Task:
        """The seeds 0 to 4 are the five questions."""
        return self.get(f"{self.split}/{seed % len(ROWS[self.split])}")

    def get(self, task_id: str) -> Task:
        """Returns a question of this split."""
        split, _, number = task_id.partition("/")
        if split != self.split or not number.isdecimal() or int(number) >= len(ROWS[split]):
            raise UsageError(f"no task {task_id!r} in split {self.split!r}: an id looks like {self.split}/0")
        row = ROWS[split][int(number)]
        gold = {name: row[name] for name in ("needs", "topic", "rivals")}
        return Task(f"{split}/{int(number)}", row["prompt"], gold, {"family": "knowledge"})

    def solution(self, task: Task) -> str:
        """What deserves the full reward."""
        split, _, number = task.id.partition("/")
        return str(ROWS[split][int(number)]["solution"])
