"""Weights & Biases; `WANDB_MODE=offline` writes into the run's folder and sends nothing."""

from __future__ import annotations

from grpo.runs.trackers.tracker import Opening, Row


class WandbTracker:
    """A run at Weights & Biases; it ignores by itself the steps that it has."""

    def __init__(self, opening: Opening):
        import wandb  # type: ignore[import-not-found]

        self._wandb = wandb
        self.handle, self.sent = opening.known or opening.identity, 0
        self._run = wandb.init(
            project=opening.project, name=opening.name, id=self.handle, resume="allow", config=opening.config,
            dir=str(opening.folder), reinit="create_new",
        )  # fmt: skip
        offline = self._run.settings.mode in ("offline", "dryrun")
        self.where = f"offline, in {opening.folder / 'wandb'}" if offline else str(self._run.url)

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Sends numbers."""
        self._run.log(dict(values), step=step)

    def table(self, rows: list[Row], step: int) -> None:
        """Sends a table."""
        table = self._wandb.Table(columns=list(rows[0]), data=[list(row.values()) for row in rows])
        self._run.log({"rollouts": table}, step=step)

    def note(self, text: str, step: int) -> None:
        """Sends a warning as an alert."""
        self._run.alert(title="grpo", text=text)

    def close(self) -> None:
        """Ends the run there."""
        self._run.finish()
