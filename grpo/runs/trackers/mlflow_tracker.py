"""MLflow: a database in the working folder, or where `MLFLOW_TRACKING_URI` says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from grpo.runs.trackers.tracker import Opening, Row

_LONGEST_PARAMETER = 500  # characters that every server takes
_AT_ONCE = 100  # parameters of one request


class MlflowTracker:
    """A run of MLflow, of the experiment that is called as the project."""

    def __init__(self, opening: Opening):
        from mlflow import MlflowClient  # type: ignore[import-not-found]

        self._client = MlflowClient()
        self.handle, self.sent = opening.known, 0
        if opening.known:
            self.sent = max((one.step for one in self._client.get_metric_history(opening.known, "step")), default=0)
            self._client.update_run(opening.known, status="RUNNING")
        else:
            self.handle = self._begun(opening)
        self._client.log_dict(self.handle, opening.config, "config.json")
        self.where = f"run {opening.name} of the experiment {opening.project} at {self._client.tracking_uri}"
        self._notes: list[str] = []

    def _begun(self, opening: Opening) -> str:
        """Returns the id of a new run that holds the settings."""
        from mlflow.entities import Param  # type: ignore[import-not-found]

        known = self._client.get_experiment_by_name(opening.project)
        experiment = known.experiment_id if known else self._client.create_experiment(opening.project)
        run = self._client.create_run(experiment, run_name=opening.name, tags={"folder": str(opening.folder.resolve())})
        said = [Param(_name(name), text[:_LONGEST_PARAMETER]) for name, text in _flat(opening.config)]
        for start in range(0, len(said), _AT_ONCE):
            self._client.log_batch(run.info.run_id, params=said[start : start + _AT_ONCE])
        return run.info.run_id

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Sends numbers."""
        from mlflow.entities import Metric  # type: ignore[import-not-found]

        now = int(time.time() * 1000)
        self._client.log_batch(
            self.handle, metrics=[Metric(_name(key), value, now, step) for key, value in values.items()]
        )

    def table(self, rows: list[Row], step: int) -> None:
        """Sends a table as an artifact."""
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        self._client.log_table(self.handle, data=columns, artifact_file=f"rollouts/step-{step:06d}.json")

    def note(self, text: str, step: int) -> None:
        """Sends the warnings so far as an artifact."""
        self._notes.append(text)
        self._client.log_text(self.handle, "\n".join(self._notes), f"warnings-after-{self.sent:06d}.txt")

    def close(self) -> None:
        """Ends the run there."""
        self._client.set_terminated(self.handle)


def _name(name: str) -> str:
    """Returns a name of letters that MLflow takes: `pass@1` is `pass_at_1` there."""
    return re.sub(r"[^\w./: -]", "_", name.replace("@", "_at_"), flags=re.ASCII)


def _flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields every setting, those in tables under names joined by a dot."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + str(name), str(value)
