"""What an eval has done so far, line by line, so that a killed one goes on where it was.

The first line names the eval; the others are turns of the policy, what the environment said to them, and verdicts, as
they came in. A line that a kill cut short is dropped, and whatever does not follow on what is there. The same file
serves as a cache: its name and first line are a hash of everything that decides the samples.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TextIO

from envs.core.environment import info_of, reward_of
from envs.core.errors import RunError
from envs.core.reward import Reward
from envs.core.task import Task
from evals.sampling.sampler import FAILED, Sampled

Place = tuple[str, int, bool]
"""Task id, sample index, and whether it is the greedy completion."""


def identity_of(facts: dict[str, Any]) -> str:
    """Returns a hash of plain data, independent of the order of its keys."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class Journal:
    """Turns, observations and verdicts of one eval, kept on disk as they arrive.

    Args:
        path: Where; None keeps them in memory only.
        identity: Hash of what decides the samples; a file of another identity is started over.

    Raises:
        RunError: The disk refuses.
    """

    def __init__(self, path: Path | None, identity: str):
        self.sampled: dict[Place, list[Sampled]] = {}
        self.observations: dict[Place, list[str]] = {}
        self.rewards: dict[Place, Reward] = {}
        self.path = path
        self._file: TextIO | None = None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            known = self._read(path, identity)
            self._file = path.open("a" if known else "w", encoding="ascii")
        except OSError as error:
            raise RunError(f"cannot write {path}: {error.strerror}") from error
        if not known:
            self._append({"identity": identity})

    def add_turn(self, place: Place, sampled: Sampled) -> None:
        """Records a finished turn; one that failed is not kept on disk, so that a second try samples it again."""
        turns = self.sampled.setdefault(place, [])
        turns.append(sampled)
        if sampled.finish_reason == FAILED:
            return
        entry = {"place": place, "text": sampled.text, "tokens": sampled.tokens, "finish": sampled.finish_reason}
        if sampled.token_ids:
            entry["ids"] = sampled.token_ids
        self._append({**entry, "turn": len(turns)})

    def add_observation(self, place: Place, text: str) -> None:
        """Records what the environment said to the last turn."""
        heard = self.observations.setdefault(place, [])
        heard.append(text)
        self._append({"place": place, "observation": text, "turn": len(heard)})

    def add_reward(self, place: Place, task: Task, reward: Reward) -> None:
        """Records a verdict; unscorable ones are not kept on disk, so that a second try scores them again."""
        self.rewards[place] = reward
        if reward.scorable:
            turn = len(self.sampled[place])
            self._append({"place": place, "score": float(reward.score), "info": info_of(task, reward), "turn": turn})

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Deletes the file: the eval is finished and written elsewhere."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _append(self, entry: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
            self._file.flush()  # to the kernel: survives a kill of this process, which is what the journal is for
        except OSError as error:
            raise RunError(f"cannot write {self.path}: {error.strerror}") from error

    def _read(self, path: Path, identity: str) -> bool:
        """Takes over a file of the same identity; returns whether there was one."""
        if not path.exists():
            return False
        text = path.read_text(encoding="ascii", errors="replace")
        whole, _, cut = text.rpartition("\n")
        lines = whole.splitlines()
        if not lines or _parsed(lines[0]).get("identity") != identity:
            return False
        for line in lines[1:]:
            self._take(_parsed(line))
        if cut:  # what is appended next must begin on a line of its own
            path.write_text(whole + "\n", encoding="ascii")
        return True

    def _take(self, entry: dict[str, Any]) -> None:
        try:
            task_id, index, greedy = entry["place"]
            place = (str(task_id), int(index), bool(greedy))
            turn = int(entry["turn"])
            said, heard = self.sampled.setdefault(place, []), self.observations.setdefault(place, [])
            if "info" in entry and turn == len(said):
                self.rewards[place] = reward_of(entry["score"], entry["info"])
            elif "observation" in entry and turn == len(heard) + 1 == len(said):
                heard.append(str(entry["observation"]))
            elif "text" in entry and turn == len(said) + 1 == len(heard) + 1:
                ids = tuple(int(token) for token in entry.get("ids", ()))
                said.append(Sampled(entry["text"], int(entry["tokens"]), entry["finish"], token_ids=ids))
        except (KeyError, TypeError, ValueError):
            return  # a damaged line costs what follows on it, which is made again


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
