"""`grpo judge code`: a file of completions and tests in, a file of verdicts out."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from envs.authoring.judge.verdict_files import Output, print_summary, verdict_sink
from envs.core.errors import RunError, UsageError
from envs.judges.sandbox.cases import AssertSuite, asked_of, suite
from envs.judges.sandbox.judge import CodeJudge
from envs.judges.sandbox.verdict import Outcome, Verdict

FORMS = 'needs "tests", or "calls" with "entry_point", or "stdin" and "stdout"'


def tests_of(row: Mapping[str, Any]) -> Any:
    """Returns the tests of a row in a form `CodeJudge.judge` takes.

    Raises:
        UsageError: The row has none.
    """
    for name in ("tests", "test"):
        if row.get(name):
            return row[name]
    if row.get("calls"):
        return row["calls"]
    if row.get("test_list"):
        setup = row.get("test_setup_code") or ""
        return [*(row.get("test_imports") or []), *([setup] if setup else []), *row["test_list"]]
    if "stdout" in row:
        given, printed = row.get("stdin", ""), row["stdout"]
        if isinstance(printed, list) != isinstance(given, list):
            raise UsageError('"stdin" and "stdout" must both be text or both be lists of the same length')
        if not isinstance(printed, list):
            given, printed = [given], [printed]
        if len(given) != len(printed) or not printed:
            raise UsageError(f'"stdin" has {len(given)} entries and "stdout" {len(printed)}')
        pairs = [{"stdin": a, "stdout": b} for a, b in zip(given, printed, strict=True)]
        return {"programs": pairs, "output": row.get("output"), "checker": row.get("checker")}
    raise UsageError(f"no tests: {FORMS}")


def answer_of(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Returns what is to be judged of a row, and whether it is a completion in which the code has yet to be found.

    Where there is a `completion`, whatever it holds, `code` beside it is the data set's reference, which no answer may
    be paid for. A chat's completion is the text of its last message.

    Raises:
        UsageError: It is no text.
    """
    if "completion" not in row:
        if not isinstance(row.get("code"), str):
            raise UsageError('needs "completion" or "code", as text')
        return row["code"], False
    completion = row["completion"]
    if isinstance(completion, list) and completion and isinstance(completion[-1], Mapping):
        completion = completion[-1].get("content")
    if not isinstance(completion, str):
        raise UsageError('"completion" must be text, or messages of which the last has text')
    return completion, True


def job_of(row: Any) -> dict[str, Any]:
    """Returns the arguments of `CodeJudge.judge` for a row, whose tests have been read once.

    Rows of the formats in `envs.judges.code.rows` are read as those data sets' authors read them. A row with a `prompt`
    that is Python, as HumanEval's are, is judged as a continuation of it, with the prompt's helper functions as trusted
    context.

    Raises:
        UsageError: The row lacks something, or its tests are in no form that can be run.
    """
    from envs.judges.code.extract import code_of, continued, function_of, open_function
    from envs.judges.code.rows import problem_of

    if not isinstance(row, dict):
        raise UsageError("not a JSON object")
    problem = problem_of(row)
    if problem is not None:
        answer, completed = answer_of(row)
        tests = suite(problem.tests, problem.entry_point or None, problem.context)
        if completed and problem.prompt:
            answer = continued(problem.prompt, answer, problem.entry_point, asked_of(tests))
            completed = False
        code = (code_of(answer, problem.entry_point, asked_of(tests)) if completed else "") or answer
        code = f"{problem.before}\n{code}" if problem.before else code
        return {"code": code, "tests": tests, "prelude": problem.prelude}
    entry, prompt = row.get("entry_point") or "", row.get("prompt") or ""
    if not isinstance(entry, str) or not isinstance(prompt, str):
        raise UsageError('"entry_point" and "prompt" must be text')
    code, completed = answer_of(row)
    entry = entry or function_of(prompt)  # else the prompt's own stub would be what is tested
    context = f"{prompt.rstrip()}\n    pass\n" if open_function(prompt) else ""
    try:
        tests = suite(tests_of(row), entry or None, context)
    except UsageError:
        if not context:
            raise
        tests = suite(tests_of(row), entry or None)  # the prompt is no Python after all
    if completed:
        names = asked_of(tests)
        code = continued(prompt, code, entry, names) if context else code_of(code, entry, names) or code
    prelude = not isinstance(tests, AssertSuite)  # the harnesses of contest sets import the usual libraries themselves
    return {"code": code, "tests": tests, "entry_point": entry or None, "prelude": prelude}


def judge_rows(
    lines: Iterator[bytes] | IO[bytes], judge: CodeJudge
) -> Iterator[tuple[int, dict[str, Any], Verdict | UsageError]]:
    """Yields (line number, the row, its verdict or why it cannot be judged), in order, holding few rows at a time."""
    waiting: deque[tuple[int, dict[str, Any], Future[Verdict] | UsageError]] = deque()

    def settled() -> tuple[int, dict[str, Any], Verdict | UsageError]:
        number, row, found = waiting.popleft()
        try:
            return number, row, found.result() if isinstance(found, Future) else found
        except UsageError as error:
            return number, row, error

    with ThreadPoolExecutor(judge.workers) as threads:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row: Any = {}
            try:
                row = json.loads(line)
                waiting.append((number, row, threads.submit(judge.judge, **job_of(row))))
            except UsageError as error:
                waiting.append((number, row, error))
            except (ValueError, RecursionError) as error:
                waiting.append((number, row, UsageError(f"not JSON: {error}")))
            except (TypeError, LookupError, AttributeError, OverflowError) as error:
                waiting.append(
                    (number, row, UsageError(f"not a row that can be read: {type(error).__name__}: {error}"))
                )
            if len(waiting) > 4 * judge.workers:
                yield settled()
        while waiting:
            yield settled()


def judge_code(
    input_path: Annotated[
        Path,
        typer.Option(
            "--input", "-i", help=f"JSONL; each row has `completion` (or `code`), and {FORMS}.", show_default=False
        ),
    ],
    output_path: Output = None,
    workers: Annotated[int, typer.Option("--workers", "-w", help="Jobs judged at a time.", min=1, max=256)] = 1,
    timeout: Annotated[float, typer.Option(help="Seconds a completion may take for all its tests.")] = 10.0,
    memory_mb: Annotated[int, typer.Option(help="MiB of address space a completion may use.")] = 512,
    level: Annotated[
        str | None, typer.Option(help="The one level of isolation to use; the best to be had when left out.")
    ] = None,
    unsafe_exec: Annotated[
        str | None, typer.Option(help="`i-accept` runs completions with your rights where there is no sandbox.")
    ] = None,
) -> None:
    """Judge the code of completions by tests, in a sandbox.

    Every verdict keeps the row's own fields and adds score (0 or 1), passed, total, status (passed, failed, error,
    timeout, memory, refused), ms, reason and level. A row without usable tests is `refused` and reported with its line
    number, as is a line that is no JSON object; the others are judged all the same.
    """
    if not input_path.is_file():
        raise UsageError(f"no file at {input_path}: give --input a JSONL file with completions and tests")
    options: dict[str, Any] = {"timeout": timeout, "memory_mb": memory_mb, "lists_for_tuples": True}
    judge = CodeJudge(workers=workers, level=level, unsafe_exec=unsafe_exec, **options)
    counts: Counter[str] = Counter()
    bad: list[tuple[int, UsageError]] = []
    refusal = ""
    with judge, input_path.open("rb") as lines, verdict_sink(output_path) as sink:
        for number, row, verdict in judge_rows(lines, judge):
            if isinstance(verdict, UsageError):
                bad.append((number, verdict))
                if isinstance(row, dict) and row:
                    told = Verdict(0, Outcome.REFUSED, 0, 0, f"not judged: {verdict}", 0.0, judge.level)
                    sink.write(json.dumps({**row, **_fields(told)}) + "\n")
                continue
            counts[verdict.status] += 1
            refusal = verdict.reason if verdict.status is Outcome.REFUSED else refusal
            sink.write(json.dumps({**row, **_fields(verdict)}) + "\n")
        if not counts and not bad:
            raise UsageError(f"{input_path} holds no rows: each line is a JSON object that {FORMS}")
    print_summary(f"verdicts, isolation {judge.level}", dict(counts.most_common()), bad)
    if refusal:
        raise RunError(refusal)
    if bad and not counts:
        raise UsageError(f"no row of {input_path} could be judged")


def _fields(verdict: Verdict) -> dict[str, Any]:
    return {
        "score": verdict.score,
        "passed": verdict.passed,
        "total": verdict.total,
        "status": str(verdict.status),
        "ms": verdict.ms,
        "reason": verdict.reason,
        "level": verdict.level,
    }
