"""A dialogue that repeats its task until it hears `done`, and whose answers, on request, do what they must not."""

import os
import time
from pathlib import Path

from envs import DialogueEnv, EnvSpec, Observation, Reward

PLANTED = EnvSpec(str(Path(__file__).with_name("planted_env.py"))).build()


class Tasks(type(PLANTED.tasks)):
    def solution(self, task):
        return None  # not in one turn


class Echo(DialogueEnv):
    """Ends on `done` with the share of turns that named the task."""

    def reply(self, task, turns):
        match turns[-1]:
            case "raise":
                raise KeyError("planted")
            case "hang":
                while True:
                    time.sleep(0.01)
            case "die":
                os._exit(3)
            case "number":
                return Observation(3)
            case "flood":
                return Observation("x" * 200_000)
            case "none":
                return None
            case "done":
                named = sum(turn == task.gold for turn in turns) / len(turns)
                return Reward(named, {"named": named}, outcome="done", answer=turns[0])
        return Observation(f"{len(turns)}: {task.prompt}")

    def oracle_turn(self, task, turns):
        return "done" if len(turns) == 2 else task.gold


class Generous(Echo):
    """Pays half for an episode that was cut off."""

    def unfinished(self, task, turns):
        if turns[0] == "bad":
            raise ValueError("planted")
        return 0.5


def make(split="train", max_turns=4, generous=False):
    return (Generous if generous else Echo)(Tasks(split), max_turns=max_turns)
