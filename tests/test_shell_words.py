"""What the command line says is whole and about what was typed: values, flags, ids, warnings."""

import pytest

import envs


def one_line(err):
    return " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("train", "--steps", "abc"), ["'--steps'", "'abc'"]),
        (("train", "--steps", "1.5"), ["'--steps'", "'1.5'"]),
        (("eval", "--limit", "abc"), ["'--limit'", "'abc'"]),
        (("eval", "--model", "builtin:tiny", "--limit", "0"), ["'--limit'", "0"]),
        (("eval", "gate", "--max-drop", "abc"), ["'--max-drop'", "'abc'"]),
    ],
)
def test_a_value_that_cannot_be_read_is_repeated_with_its_flag(grpo, args, says):
    code, _, err = grpo(*args)
    assert code == 2 and all(word in one_line(err) for word in says)


def test_rows_left_out_are_one_plain_warning(grpo, tmp_path):
    rows = "".join(f'{{"q": "What is {n}?", "a": {n}}}\n' for n in range(60))
    (tmp_path / "q.jsonl").write_text(rows + "no json\n")
    code, out, err = grpo(
        "env", "show", "dataset", "--data", tmp_path / "q.jsonl", "--env-arg", "prompt={q}", "--env-arg", "answer={a}"
    )
    assert code == 0 and out
    assert set(err.splitlines()) == {err.splitlines()[0]} and err.startswith("warning: q: 1 bad row left out (q.jsonl")


def test_a_list_into_a_pipe_has_every_id_whole(grpo):
    code, out, _ = grpo("env", "list")
    assert code == 0 and all(entry.gym_id in out for entry in envs.entries() if entry.origin == "built-in")


def test_a_table_for_the_judge_is_refused_in_one_line(grpo, tmp_path):
    (tmp_path / "q.csv").write_text("gold,completion\n1,2\n3,4\n")
    code, _, err = grpo("judge", "math", "--input", tmp_path / "q.csv")
    assert code == 2 and len(err.splitlines()) == 1 and "is no JSONL" in err
