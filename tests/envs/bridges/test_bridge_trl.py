"""An environment as TRL's reward function: the signature without TRL, and one training step with the real package."""

import pickle

import pytest

import envs
from envs import UsageError
from envs.bridges.trl import prompts, reward_function
from gymtests.places import PLANTED, TINY


def test_texts_and_chats_are_scored_by_task_and_the_unscorable_is_none():
    reward = reward_function(PLANTED)
    ids, texts = ["t1", "t2", "t3", "t1"], ["t1", "no", "raise", "t1"]
    assert reward(prompts=[""] * 4, completions=texts, task_id=ids) == [1.0, 0.0, None, 1.0]
    chats = [[{"role": "assistant", "content": text}] for text in texts]
    logged = {}
    values = reward(prompts=[[]] * 4, completions=chats, task_id=ids, log_metric=logged.__setitem__, trainer_state=None)
    assert values == [1.0, 0.0, None, 1.0] and reward.unscorable == 2
    assert logged == {f"{PLANTED}/unscorable": 0.25, f"{PLANTED}/match": pytest.approx(2 / 3)}
    copy = pickle.loads(pickle.dumps(reward))
    assert copy(prompts=[""], completions=["t1"], task_id=["t1"]) == [1.0]
    copy.close()
    reward.close()
    assert reward(prompts=[""], completions=["t1"], task_id=["t1"]) == [1.0]
    reward.close()


def test_a_part_is_a_reward_function_of_its_own():
    part = reward_function("math", part="correct")
    task = envs.make("math").tasks.task(3)
    solution = envs.make("math").tasks.solution(task)
    assert part(prompts=[""], completions=[solution], task_id=[task.id]) == [1.0]
    assert part.__name__ == "math.correct"
    part.close()


def test_what_cannot_work_is_told():
    with pytest.raises(UsageError, match="no part 'style'"):
        reward_function("math", part="style")
    with pytest.raises(UsageError, match="several turns"):
        reward_function("guess")
    with pytest.raises(UsageError, match="no column 'task_id'"):
        reward_function("math")(prompts=[""], completions=[""])
    pytest.importorskip("datasets", reason="needs `pip install datasets`")
    with pytest.raises(UsageError, match="count="):
        prompts("math")


def test_the_prompts_are_the_environments():
    pytest.importorskip("datasets", reason="needs `pip install datasets`")
    env = envs.make("math")
    rows = prompts("math", count=5)
    assert rows["task_id"] == [env.tasks.task(seed).id for seed in range(5)]
    assert rows[0]["prompt"] == env.messages(env.tasks.task(0))
    assert prompts("math", count=5, chat=False)[1]["prompt"] == env.tasks.task(1).prompt


@pytest.mark.slow
def test_trl_trains_the_builtin_policy_on_an_environment(tmp_path):
    trl = pytest.importorskip("trl", reason="needs `pip install --no-deps trl==1.16.*` beside accelerate and datasets")
    transformers = pytest.importorskip("transformers")
    folder = str(TINY)
    reward = reward_function("math", workers=1)
    seen = []

    def watched(**batch):
        values = reward(**batch)
        seen.extend(values)
        return values

    args = trl.GRPOConfig(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=8, num_generations=4,
        max_completion_length=24, logging_steps=1, report_to=[], use_cpu=True, bf16=False, save_strategy="no",
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        model=transformers.AutoModelForCausalLM.from_pretrained(folder),
        processing_class=transformers.AutoTokenizer.from_pretrained(folder),
        reward_funcs=watched,
        train_dataset=prompts("math", count=8, chat=False),
        args=args,
    )
    trainer.train()
    reward.close()
    logs = trainer.state.log_history[0]
    assert len(seen) == 8 and all(value in (0.0, 1.0) for value in seen)
    assert logs["reward"] == pytest.approx(sum(seen) / 8)
    assert logs["math/unscorable"] == 0.0 and "math/correct" in logs
