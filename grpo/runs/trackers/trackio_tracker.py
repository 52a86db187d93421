"""Trackio: a database in `TRACKIO_DIR`, or what `TRACKIO_SPACE_ID` and `TRACKIO_SERVER_URL` name."""

from __future__ import annotations

import contextvars
import os
from typing import Any

from grpo.runs.trackers.tracker import Opening, Row


class TrackioTracker:
    """A run of trackio, which finds runs by their names: a name that is taken gets the folder's identity behind it."""

    def __init__(self, opening: Opening):
        import trackio  # type: ignore[import-not-found]

        self._trackio = trackio
        self.handle = opening.known or _free_name(trackio, opening)
        self.sent, self.where = 0, f'trackio show --project "{opening.project}", run {self.handle}'
        # In a context of its own it leaves alone whatever run the person's notebook has opened.
        self._run = contextvars.Context().run(
            trackio.init, project=opening.project, name=self.handle, config=opening.config, embed=False,
            resume="allow" if opening.known else "never",
        )  # fmt: skip

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Writes numbers."""
        self._run.log(dict(values), step=step)

    def table(self, rows: list[Row], step: int) -> None:
        """Writes a table."""
        self._run.log({"rollouts": self._trackio.Table(data=[dict(row) for row in rows])}, step=step)

    def note(self, text: str, step: int) -> None:
        """Writes a warning as an alert."""
        self._run.alert(title="grpo", text=text, step=step)

    def close(self) -> None:
        """Waits until everything is written or sent."""
        self._run.finish()


def _free_name(trackio: Any, opening: Opening) -> str:
    """Returns the run's name, which nobody has there yet; whose elsewhere are taken cannot be asked beforehand."""
    if not (os.environ.get("TRACKIO_SPACE_ID") or os.environ.get("TRACKIO_SERVER_URL")):
        try:
            taken = {run.name for run in trackio.Api().runs(opening.project)}
        except ValueError:  # no such project
            taken = set()
        if opening.name not in taken:
            return opening.name
    return f"{opening.name}-{opening.identity}"
