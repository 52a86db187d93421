"""A data file that cannot be used is refused in one line that says what it is and what to do, through `grpo env`."""

import codecs

import pytest

COLUMNS = ("--env-arg", "prompt={question}", "--env-arg", "answer={answer}")
ROWS = "question,answer\n" + "".join(f"What is {n} and {n}?,{2 * n}\n" for n in range(60))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("q.csv", ROWS.replace("What is 5", "Wé 5").encode("latin-1"), "q.csv line 7 is not UTF-8: save it as UTF-8"),
        ("q.jsonl", b'{"question": "a"}\n{"question": "\xe9"}\n', "q.jsonl line 2 is not UTF-8: save it as UTF-8"),
        ("q.csv", codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le"), "q.csv is UTF-16: save it as UTF-8"),
        ("q.jsonl", codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"), "q.jsonl is UTF-16: save it as UTF-8"),
        ("q.csv", b"PK\x03\x04\x00\x00 secret", "q.csv is not text but binary: a data file ends in"),
        ("q.csv", b'{"question": "a", "answer": "b"}\n', "q.csv holds JSON lines: its name must end in .jsonl"),
        ("q.csv", b"question,answer\n", "q.csv has no rows under its header"),
    ],
)
def test_a_file_is_refused_for_what_it_is(grpo, tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    code, out, err = grpo("env", "show", "dataset", "--data", tmp_path / name, *COLUMNS)
    assert code == 2 and err.startswith(f"grpo: {says}") and len(err.splitlines()) == 1
    assert "secret" not in out + err and not out


def test_tabs_are_read_by_their_own_suffix_too(grpo, tmp_path):
    (tmp_path / "q.tsv").write_text(ROWS.replace(",", "\t").replace(" and ", ", "), encoding="utf-8-sig")
    code, out, err = grpo("env", "show", "dataset", "--data", tmp_path / "q.tsv", *COLUMNS)
    assert code == 0 and "What is" in out, err


def test_a_folder_without_a_split_says_what_its_files_are_called(grpo, tmp_path):
    code, out, err = grpo("env", "show", "dataset", "--data", tmp_path, *COLUMNS)
    assert code == 2 and err.startswith(f"grpo: {tmp_path} holds no data file named after a split: put train.jsonl")
    assert not out


def test_a_test_set_says_what_it_is_for(grpo, tmp_path):
    (tmp_path / "test.jsonl").write_text('{"problem": "1+1", "answer": "2"}\n')
    code, _, err = grpo("env", "show", "math500", "--data", tmp_path)
    assert code == 2 and "measure on it, `grpo eval --env math500`" in err


def test_a_package_that_lies_there_is_to_be_installed(grpo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert grpo("env", "new", "my-env")[0] == 0
    for name in ("./my-env", "my-env"):
        code, _, err = grpo("env", "check", name)
        assert code == 2 and err.startswith(f"grpo: {name} is not installed: pip install -e {name}, ")
