"""TensorBoard: event files in the run's folder."""

from __future__ import annotations

import json

from grpo.runs.trackers.tracker import Opening, Row


class TensorBoardTracker:
    """Writes under `tensorboard/` in the run; a resumed run drops what it wrote after the step it goes on from."""

    def __init__(self, opening: Opening):
        from torch.utils.tensorboard.writer import SummaryWriter

        folder = opening.folder / "tensorboard"
        self.handle, self.where, self.sent = opening.identity, f"tensorboard --logdir {folder}", 0
        self._writer = SummaryWriter(str(folder), purge_step=opening.step + 1)
        self._writer.add_text(
            "config", f"```json\n{json.dumps(opening.config, indent=1, default=str)}\n```", opening.step
        )

    def scalars(self, values: dict[str, float], step: int) -> None:
        """Writes numbers."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def table(self, rows: list[Row], step: int) -> None:
        """Writes a table of Markdown."""
        lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
        told = "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)
        self._writer.add_text("rollouts", told, step)

    def note(self, text: str, step: int) -> None:
        """Writes a warning as text."""
        self._writer.add_text("warnings", text, step)

    def close(self) -> None:
        """Flushes and closes the event file."""
        self._writer.close()


def _cell(value: object) -> str:
    """Returns a cell that shows its text as it is, in one line."""
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    return "<br>".join(text.splitlines())
