"""Whether there is anything to learn: a few groups, sampled before the first step."""

from __future__ import annotations

from collections.abc import Callable

from grpo.rollouts.collect import Groups
from grpo.rollouts.episodes import OnProgress
from grpo.rollouts.mixture import Mixture, drawn_by
from grpo.runs.preflight import LOW, PROBE_GROUPS, mean_score, signal_figures, signal_warning
from grpo.settings.config import TrainConfig


def probe(
    config: TrainConfig, groups_of: Callable[[Mixture], Groups], mixture: Mixture, heard: OnProgress
) -> tuple[list[str], list[str]]:
    """Samples some groups before the first step; returns what they earned, and warnings of where nothing can be learnt.

    The probe samples as step 0, which no run has, so it takes nothing from the run's own samples. Where they earn
    little, one greedy completion of each task says whether sampling is the cause.

    Args:
        config: The run's.
        groups_of: What makes the groups of a mixture.
        mixture: The run's.
        heard: Told how far it is.
    """
    draws = drawn_by(mixture.members, config)
    drawn = [draws.next(0, slot) for slot in range(PROBE_GROUPS)]
    probed = mixture.by_environment(groups_of(mixture)(drawn, config.group_size, 0, heard)[0])
    greedy: dict[str, float | None] = {}
    if any((mean := mean_score(own)) is not None and mean < LOW for _, own in probed if own):
        cold = mixture.greedily()
        found = cold.by_environment(groups_of(cold)(drawn, 1, 0, heard)[0])
        greedy = {member.said.label: mean_score(own) for member, own in found}
    figures, told = [], []
    for member, own in probed:
        if not own:
            continue
        solvable = member.env.oracle(member.env.tasks.get(own[0].task_id)) is not None
        if warning := signal_warning(own, config, solvable, greedy.get(member.said.label)):
            told.append(member.said.told(warning))
        else:
            figures.append(member.said.told(signal_figures(own, config.group_size)))
    return figures, told
