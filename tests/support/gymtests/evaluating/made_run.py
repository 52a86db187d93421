"""A small finished run on disk: three steps of rollouts, metrics, and an eval before and after."""

from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from evals.evaluator import EvalSettings, Evaluator
from grpo.engines.base import FinishReason
from grpo.rollouts.rollout import Rollout
from grpo.runs.rundir import RunDir
from gymtests.evaluating.fake_policy import FakeSampler
from gymtests.places import SUMS

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)> \ud800 <!--body--> ${x}"


def make_run(folder, steps=3):
    run = RunDir(folder)
    folder.mkdir(parents=True)
    run.config_file.write_text('env = "sums"\nmodel = "fake"\nsteps = 3\nseed = 7\n', encoding="utf-8")
    for step in range(1, steps + 1):
        rollouts = [_rollout(step, group, member) for group in range(2) for member in range(3)]
        run.write_rollouts(step, rollouts)
        numbers = {"reward": step / 4, "pass_rate": step / 4, "parts": {"correct": step / 4}, "kl": None}
        run.append_metrics({"step": step, **numbers, "completion_tokens": 9.0, "entropy": 0.5, "elapsed_s": 2.0 * step})
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=20, samples=4)) as evaluator:
        for label, skill in (("before", 0.3), ("after", 0.9)):
            evaluator.run(FakeSampler(skill), model={"name": "fake"}).save(run.evals / label)
    return folder


def _rollout(step, group, member):
    hostile = step == 2 and group == 0
    lost = step == 3 and member == 2
    status = Status.UNSCORABLE if lost else Status.OK
    return Rollout(
        task_id=f"task-{group}",
        sample=member,
        prompt="say 1",
        prompt_ids=[1],
        completion=HOSTILE if hostile else f"step {step} member {member}",
        completion_ids=[1, 2],
        logprobs=[-0.1, -0.2],
        finish_reason=FinishReason.STOP,
        meta={"family": "odd", "level": 1},
        reward=Reward(float(member == 0), {"correct": float(member == 0)}, status, "wrong", None, "because"),
        advantage=1.0 - member,
    )
