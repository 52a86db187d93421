"""One of the processes of `test_update_oracle.py`: runs every update of a case over gloo and writes the losses down.

python rank_updates.py FOLDER, with the environment of torchrun; FOLDER/case.pt has models, rollouts and settings.
"""

import json
import sys
from pathlib import Path

import torch

from grpo.update.ranks import joined_ranks
from gymtests.training.updates import loss_of


def main(folder):
    torch.set_num_threads(1)
    case = torch.load(folder / "case.pt", weights_only=False)  # written by the test itself
    with joined_ranks() as ranks:
        assert ranks.world == 2
        losses = [loss_of(case["models"], case["rollouts"], settings, ranks) for settings in case["settings"]]
        if ranks.is_first:
            (folder / "losses.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
