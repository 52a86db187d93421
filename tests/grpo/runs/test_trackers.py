"""Trackers offline, each by its own client: numbers, settings, held-out results, rollouts, names, and a resume."""

import importlib.util
import json
import os
import shutil

import pytest

from gymtests.training.runs import metrics

SMALL = (
    "train", "--env", "math", "--env-arg", "levels=1", "--engine", "transformers", "--tasks-per-step", "2",
    "--group-size", "2", "--max-tokens", "24", "--eval-tasks", "2", "--eval-samples", "1", "--no-rehearsal",
)  # fmt: skip
LOGGERS = ("tensorboard", "wandb", "trackio", "mlflow")


def needs(name):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: pip install '.[{name}]'")


class Seen:
    """What a tracker holds, read by its own means: `numbers`, `settings` and rows of `rollouts` by the run's name."""

    def __init__(self):
        self.numbers, self.settings, self.rollouts, self.ids = {}, {}, {}, set()


def of_tensorboard(place, run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    seen = Seen()
    seen.numbers[run.name] = {
        tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]
    }
    texts = {
        tag: events.Tensors(f"{tag}/text_summary")[0].tensor_proto.string_val[0].decode()
        for tag in ("config", "rollouts")
    }
    seen.settings[run.name] = json.loads(texts["config"].removeprefix("```json\n").removesuffix("\n```"))
    seen.rollouts[run.name] = len(texts["rollouts"].splitlines()) - 2
    return seen


def records(file):
    """What a .wandb file holds: a log of LevelDB's form, after a header of seven bytes."""
    data, whole = file.read_bytes(), b""
    place = 7
    while place + 7 <= len(data):
        if (left := 32768 - place % 32768) < 7:
            place += left
            continue
        size, kind = int.from_bytes(data[place + 4 : place + 6], "little"), data[place + 6]
        whole += data[place + 7 : place + 7 + size]
        place += 7 + size
        if kind in (1, 4):  # whole, or the last part
            yield whole
            whole = b""


def of_wandb(place, run):
    import wandb
    from wandb.proto.wandb_internal_pb2 import Record

    wandb.teardown()  # its service writes on for a moment
    seen = Seen()
    for file in sorted((run / "wandb").glob("offline-run-*/run-*.wandb")):
        for data in records(file):
            record = Record()
            record.ParseFromString(data)
            if record.WhichOneof("record_type") == "run":
                name, said = record.run.display_name, record.run.config.update
                assert record.run.project == os.environ.get("PROJECT", "grpo-gym")
                seen.settings.setdefault(name, {item.key: json.loads(item.value_json) for item in said})
                seen.ids.add(record.run.run_id)
            if record.WhichOneof("record_type") == "history":
                items = record.history.item
                line = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
                if "rollouts/nrows" in line:
                    seen.rollouts.setdefault(name, line["rollouts/nrows"])
                for key, value in line.items():
                    seen.numbers.setdefault(name, {}).setdefault(key, []).append((line["_step"], value))
    return seen


def of_trackio(place, run):
    from trackio.sqlite_storage import SQLiteStorage

    seen, project = Seen(), os.environ.get("PROJECT", "grpo-gym")
    for name in SQLiteStorage.get_runs(project):
        numbers = seen.numbers[name] = {}
        for line in SQLiteStorage.get_logs(project, name):
            for key, value in line.items():
                if key == "rollouts":
                    seen.rollouts.setdefault(name, len(value["_value"]))
                numbers.setdefault(key, []).append((line["step"], value))
        seen.settings[name] = SQLiteStorage.get_run_config(project, name)
    return seen


def of_mlflow(place, run):
    from mlflow import MlflowClient
    from mlflow.artifacts import load_dict

    seen, client = Seen(), MlflowClient()
    experiment = client.get_experiment_by_name(os.environ.get("PROJECT", "grpo-gym"))
    for one in client.search_runs([experiment.experiment_id]):
        name = one.info.run_name if one.info.run_name not in seen.numbers else one.info.run_id
        seen.numbers[name] = {
            key.replace("_at_", "@"): [(m.step, m.value) for m in client.get_metric_history(one.info.run_id, key)]
            for key in one.data.metrics
        }
        assert one.data.params["group_size"] == "2" and one.info.status == "FINISHED"
        seen.settings[name] = load_dict(f"{one.info.artifact_uri}/config.json")
        table = load_dict(f"{one.info.artifact_uri}/rollouts/step-000001.json")
        seen.rollouts[name] = len(table["data"])
    return seen


READ = {"tensorboard": of_tensorboard, "wandb": of_wandb, "trackio": of_trackio, "mlflow": of_mlflow}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where trackio keeps its runs: it asks for that once, when it is imported."""
    return tmp_path_factory.mktemp("trackio")


@pytest.fixture
def offline(tmp_path, kept, monkeypatch):
    """Nothing leaves the machine, and nothing is written outside the tests' folders."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("TRACKIO_DIR", str(kept))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", LOGGERS)
def test_a_tracker_holds_the_run_and_a_resume_goes_on_in_it(grpo, offline, name):
    needs(name)
    run = offline / "first"
    code, _, err = grpo(*SMALL, "--steps", "2", "--save-every", "1", "--logger", name, "--run-dir", run)
    assert code == 0 and f"{name}: " in err, err
    shutil.rmtree(run / "checkpoints" / "step-000002")  # as if it had been killed in its second step
    (run / "checkpoints" / "last").unlink()
    (run / "checkpoints" / "last").symlink_to("step-000001")
    code, _, err = grpo("train", "--run-dir", run, "--resume", "--steps", "3")
    assert code == 0, err
    seen = READ[name](offline, run)
    assert list(seen.numbers) == ["first"] and len(seen.ids) < 2, "one run there"
    numbers = seen.numbers["first"]
    for line in metrics(run):
        for key in ("reward", "grad_norm", "parts/correct"):
            part, _, inner = key.partition("/")
            logged = [value for step, value in numbers[key] if step == line["step"]]
            times = 2 if name in ("trackio", "wandb") and line["step"] == 2 else 1  # wandb knows better online
            assert logged == [pytest.approx(line[part][inner] if inner else line[part], rel=1e-6)] * times
    assert [step for step, _ in numbers["before/pass@1"]] == [0]
    assert [step for step, _ in numbers["after/pass@1"]][-1] == 3
    settings = seen.settings["first"]
    assert settings["env"] == "math" and settings["env_args"] == {"levels": 1} and settings["group_size"] == 2
    assert seen.rollouts["first"] == 2, "a group of the first step"


@pytest.mark.parametrize("name", LOGGERS[1:])
def test_two_folders_of_one_name_are_two_runs_of_the_users_project(grpo, offline, monkeypatch, name):
    needs(name)
    monkeypatch.setenv("PROJECT", "sums of mine")
    runs = [offline / side / "same" for side in ("a", "b")]
    for run in runs:
        code, _, err = grpo(
            *SMALL,
            "--steps",
            "1",
            "--logger",
            name,
            "--run-dir",
            run,
            "--project",
            "sums of mine",
            "--run-name",
            "mine",
        )
        assert code == 0, err
    if name == "wandb":
        seen = [READ[name](offline, run) for run in runs]
        assert [list(one.numbers) for one in seen] == [["mine"]] * 2 and seen[0].ids != seen[1].ids
    else:
        seen = READ[name](offline, runs[0])
        assert len(seen.numbers) == 2 and "mine" in seen.numbers


def test_a_tracker_that_cannot_be_opened_leaves_nothing(grpo, tmp_path, monkeypatch):
    import grpo.runs.trackers.tensorboard_tracker as room

    def refuse(self, opening):
        (opening.folder / "tensorboard").mkdir()
        raise ConnectionError("nobody answers at the other end\nTraceback")

    monkeypatch.setattr(room.TensorBoardTracker, "__init__", refuse)
    run = tmp_path / "run"
    code, _, err = grpo(*SMALL, "--steps", "1", "--logger", "tensorboard", "--run-dir", run)
    assert code == 2 and "--logger tensorboard cannot be opened: nobody answers at the other end\n" in err
    assert not run.exists()


def test_a_tracker_that_fails_on_the_way_is_left_and_the_run_goes_on(grpo, tmp_path, monkeypatch):
    needs("tensorboard")
    import grpo.runs.trackers.tensorboard_tracker as room

    def fail(self, values, step):
        raise OSError("the disk is full there")

    monkeypatch.setattr(room.TensorBoardTracker, "scalars", fail)
    run = tmp_path / "run"
    code, _, err = grpo(*SMALL, "--steps", "2", "--logger", "tensorboard", "--run-dir", run)
    assert code == 0 and len(metrics(run)) == 2
    assert err.count("--logger tensorboard is sent nothing more: the disk is full there") == 1


@pytest.mark.parametrize(
    ("flag", "value", "told"), [("--project", " ", "is blank"), ("--run-name", "a/b", "holds '/'")]
)
def test_names_that_trackers_refuse_are_refused_at_once(grpo, tmp_path, flag, value, told):
    code, _, err = grpo(*SMALL, "--logger", "tensorboard", "--run-dir", tmp_path / "run", flag, value)
    assert code == 2 and told in err and not (tmp_path / "run").exists()
