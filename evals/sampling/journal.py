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
from evals.sampling.slot import Place, Slot
from grpo.rollouts.episodes import Record
from grpo.rollouts.sampler import FAILED, Sampled


def identity_of(facts: dict[str, Any]) -> str:
    """Returns a hash of plain data, independent of the order of its keys."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class Journal(Record[Slot]):
    """Turns, observations and verdicts of one eval, kept on disk as they arrive.

    Args:
        path: Where; None keeps nothing.
        identity: Hash of what decides the samples; a file of another identity is started over.
        with_tokens: Whether the tokens of turns are kept: episodes of several turns go on from them.

    Raises:
        RunError: The disk refuses.
    """

    def __init__(self, path: Path | None, identity: str, with_tokens: bool = True):
        self._sampled: dict[Place, list[Sampled]] = {}
        self._observations: dict[Place, list[str]] = {}
        self._rewards: dict[Place, Reward] = {}
        self._with_tokens = with_tokens
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

    def restore(self, slot: Slot) -> None:
        """Brings a fresh slot to where the file says it was."""
        heard = self._observations.pop(slot.place, [])
        for turn, sampled in enumerate(self._sampled.pop(slot.place, [])):
            slot.say(sampled)
            if turn < len(heard):
                slot.hear(heard[turn])
        if reward := self._rewards.pop(slot.place, None):
            slot.end(reward)

    def said(self, episode: Slot) -> None:
        """Keeps a finished turn; one that failed is not kept, so that a second try samples it again."""
        sampled = episode.turns[-1]
        if sampled.finish_reason == FAILED:
            return
        entry = {"place": episode.place, "text": sampled.text, "tokens": sampled.tokens}
        entry["finish"] = sampled.finish_reason
        if sampled.token_ids and self._with_tokens:
            entry["ids"] = sampled.token_ids
        self._append({**entry, "turn": len(episode.turns)})

    def heard(self, episode: Slot) -> None:
        """Keeps what the environment said to the last turn."""
        observation, turn = episode.observations[-1], len(episode.observations)
        self._append({"place": episode.place, "observation": observation, "turn": turn})

    def ended(self, episode: Slot) -> None:
        """Keeps a verdict; unscorable ones are not kept, so that a second try scores them again."""
        reward = episode.reward
        if reward is not None and reward.scorable:
            verdict = {"score": float(reward.score), "info": info_of(episode.task, reward)}
            self._append({"place": episode.place, **verdict, "turn": len(episode.turns)})

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
            said, heard = self._sampled.setdefault(place, []), self._observations.setdefault(place, [])
            if "info" in entry and turn == len(said):
                self._rewards[place] = reward_of(entry["score"], entry["info"])
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
