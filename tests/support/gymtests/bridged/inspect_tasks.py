"""Seven tasks of inspect_ai over made-up samples, completions for them, and inspect_ai itself as the judge."""

TASKS_PY = r"""
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, GenerateConfig
from inspect_ai.scorer import answer, choice, exact, f1, includes, match, pattern
from inspect_ai.solver import chain_of_thought, generate, multiple_choice, prompt_template, system_message

SIZE = 24


def made(make):
    return MemoryDataset([make(n) for n in range(SIZE)])


@task
def numbers(size: int = SIZE):
    numbers = [*range(size), 0]  # a sample that occurs twice counts twice
    samples = [Sample(input=f"How much is {n} plus 1?", target=[f"{n + 1}", f"{n + 1}.0"]) for n in numbers]
    return Task(MemoryDataset(samples), scorer=match(numeric=True))


@task
def cities():
    dataset = made(lambda n: Sample(input=f"The capital of Land {n}?", target=f"Saint-City {n}", metadata={"land": n}))
    solvers = [system_message("You know {land}."), prompt_template("Q: {prompt}\nA:"), chain_of_thought(), generate()]
    return Task(dataset, solver=solvers, scorer=[includes(), match(location="begin")])


@task
def letters():
    dataset = made(lambda n: Sample(input=f"Is it {n}?", choices=[f"x {n}", f"y {n}", f"z {n}"], target="ABC"[n % 3]))
    return Task(dataset, solver=multiple_choice(), scorer=choice())


@task
def several():
    dataset = made(lambda n: Sample(input=f"Which of {n}?", choices=["p", "q", "r", "s"], target=["A", "C"]))
    return Task(dataset, solver=multiple_choice(multiple_correct=True, cot=True), scorer=choice())


@task
def words():
    chat = [ChatMessageSystem(content="One word."), ChatMessageUser(content="Hi"), ChatMessageAssistant(content="Yes?")]
    dataset = made(lambda n: Sample(input=[*chat, ChatMessageUser(content=f"Word {n}?")], target=f"the word-{n}"))
    return Task(dataset, scorer=exact(), config=GenerateConfig(system_message="Short.", max_tokens=9))


@task
def lines():
    dataset = made(lambda n: Sample(input=f"Line {n}?", target=f"line {n}"))
    return Task(dataset, solver=[generate()], scorer=[answer("line"), pattern(r"(\w+ \d+)$")])


@task
def spans():
    return Task(made(lambda n: Sample(input=f"Who of {n}?", target=f"the {n} red birds")), scorer=f1())
"""
NAMES = ("numbers", "cities", "letters", "several", "words", "lines", "spans")
WAYS = {
    "numbers": ["{up}", "it is ${up}.", "{up} or 7", "**{up}.0**", "no idea", "1,000"],
    "cities": ["Saint-City {n}", "saint-city {n}!", "I say: SAINT-CITY {n}", "City {n}", "none"],
    "letters": ["ANSWER: {letter}", "answer: {letter}.", "**ANSWER: A**", "{letter}", "ANSWER: $B$\nANSWER: {letter}"],
    "several": ["ANSWER: A,C", "ANSWER: AC", "ANSWER: A", "so\nANSWER: C and A", "ANSWER: A, C, D"],
    "words": ["word {n}", "The Word-{n}.", "word", "a word-{n}", "the the word-{n}"],
    "lines": ["ANSWER: line {n}", "ANSWER: Line {n}\nmore", "so line {n}", "ANSWER: none", "ANSWER : line {n}"],
    "spans": ["the {n} red birds", "{n} birds", "red red birds", "fish", "The {n}, red. birds and more"],
}
HOSTILE = ["", " \n", "ANSWER:" * 300, "$" * 500, "A" * 900, "ANSWER: " + "A," * 400, "\u202e\u0661\u00bd", "(((" * 200]


def write(folder):
    """Writes the tasks into a file and returns its path."""
    (folder / "made.py").write_text(TASKS_PY)
    return str(folder / "made.py")


def completion(name, place):
    """The text for the sample at this place: right, wrong or hostile."""
    if place % 3 == 2:
        return HOSTILE[place // 3 % len(HOSTILE)]
    n = place % 24
    return WAYS[name][place % len(WAYS[name])].format(n=n, up=n + 1, letter="ABC"[n % 3])


def their_results(name, file, texts, log_dir):
    """What inspect_ai itself says of these texts, given in the order of the samples: figures by scorer, and chats."""
    from inspect_ai import eval as evaluate
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    chats = []

    def say(messages, tools, tool_choice, config):
        first = [{"role": "system", "content": config.system_message}] if config.system_message else []
        own = [{"role": turn.role, "content": turn.text} for turn in messages]
        chats.append(own if own[: len(first)] == first else [*first, *own])
        said = ModelOutput.from_content("mockllm/model", texts[len(chats) - 1])
        said.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # it would count them by the network
        return said

    (log,) = evaluate(
        f"{file}@{name}", model=get_model("mockllm/model", custom_outputs=say), max_samples=1, max_connections=1,
        log_dir=str(log_dir), display="none",
    )  # fmt: skip
    assert log.status == "success", log.error
    figures = {}
    for score in log.results.scores:
        metric = score.metrics.get("accuracy") or score.metrics["mean"]
        figures[score.scorer] = metric.value
    return figures, chats
