"""The reward model: one trained here, to prefer completions that say 'good', and its place in a rubric and a pool."""

import json
import math
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import EnvSpec, Reward, Status, Task, UsageError
from envs.core.rubric import Part, Rubric
from envs.judges import ExactMatch
from envs.judges.learned.conversation import conversation
from envs.judges.learned.model import RewardModel, calibrate
from envs.judges.learned.normalise import Calibration, normalised
from envs.workers.pool import VerifierPool

WORDS = ["good", "bad", "the", "a", "sum", "is", "12", "say", "it", "[PAD]", "[UNK]"]
TASK = Task("t/1", "say it", "the sum is 12")


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """Trains a one-layer BERT with one label on 8-word texts: high where one says 'good', low where it says 'bad'."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("reward-model")
    raw = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, num_labels=1, pad_token_id=WORDS.index("[PAD]"),
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    model = BertForSequenceClassification(config).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    recent = [math.inf]  # until it has learned it, however this torch draws the weights
    while len(recent) < 1000 and max(recent[-20:]) > 0.05:
        ids_BT = torch.randint(2, 9, (32, 8))
        labels_B = torch.randint(0, 2, (32,))
        ids_BT[torch.arange(32), torch.randint(0, 8, (32,))] = 1 - labels_B
        logits_B = model(input_ids=ids_BT).logits[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits_B, labels_B.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recent.append(loss.item())
    assert max(recent[-20:]) <= 0.05
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_it_prefers_what_it_was_trained_to_prefer(model_folder):
    model = RewardModel(str(model_folder))
    good, bad, empty = model.score_batch([(TASK, "the good sum"), (TASK, "the bad sum"), (TASK, " ")])
    assert good.score > 0.8 and bad.score < 0.2 and empty.score == 0.0
    assert good.score == pytest.approx(1 / (1 + math.exp(-good.parts["raw"])))


def test_scores_do_not_depend_on_the_batch(model_folder):
    texts = ["good", "the bad sum is a sum", "a " * 20, "it is good it is", "12", ""] * 3
    alone = [RewardModel(str(model_folder))(TASK, text).score for text in texts[:6]] * 3
    for size in (1, 4, 64):
        together = RewardModel(str(model_folder), batch_size=size).score_batch([(TASK, text) for text in texts])
        assert [reward.score for reward in together] == pytest.approx(alone, abs=1e-6)


def test_what_is_too_long_scores_zero_and_is_said(model_folder):
    fits, long = RewardModel(str(model_folder), max_tokens=10).score_batch([(TASK, "good"), (TASK, "good " * 9)])
    assert fits.status is Status.OK
    assert (long.score, long.status, long.outcome) == (0.0, Status.ERROR, "too_long") and "11 tokens" in long.reason


def test_calibration_puts_the_typical_completion_in_the_middle(model_folder, tmp_path):
    model = RewardModel(str(model_folder))
    pairs = [(TASK, text) for text in ("good", "bad", "the good", "a bad", "sum")]
    path = tmp_path / "calibration.json"
    found = calibrate(model, pairs, path)
    again = RewardModel(str(model_folder), normalise=str(path))
    raw = [reward.parts["raw"] for reward in again.score_batch(pairs)]
    assert found.count == 5 and found.mean == pytest.approx(sum(raw) / 5)
    assert normalised(found.mean, again.calibration) == pytest.approx(0.5)
    one_std = normalised(found.mean + found.std, again.calibration)
    assert one_std == pytest.approx(0.8413447460685429)
    with pytest.raises(UsageError, match="without any spread"):
        calibrate(model, pairs[:1], path)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_both_rules_stay_in_range_and_keep_the_order(one, other):
    low, high = sorted((one, other))
    for calibration in (None, Calibration(0.0, 2.0, 9)):
        assert 0.0 <= normalised(low, calibration) <= normalised(high, calibration) <= 1.0


@pytest.mark.parametrize(
    "text", ["", "{}", '{"mean": 0, "std": 0, "count": 3}', '{"mean": 0, "std": NaN, "count": 3}', "[1]"]
)
def test_a_calibration_that_is_none_is_told(model_folder, tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(UsageError, match="calibration file"):
        RewardModel(str(model_folder), normalise=str(tmp_path / "c.json"))


def test_a_folder_that_is_no_model_is_told(tmp_path):
    with pytest.raises(UsageError, match="config.json"):
        RewardModel(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nothing"}))
    rubric = Rubric(Part("taste", RewardModel(str(tmp_path))))
    assert "cannot load" in rubric(TASK, "good").reason and not rubric(TASK, "good").scorable


def test_it_pickles_and_importing_it_loads_no_torch(model_folder):
    model = RewardModel(str(model_folder))
    score = model(TASK, "good").score
    assert pickle.loads(pickle.dumps(model))(TASK, "good").score == score
    program = "import sys; from envs.judges import JudgeModel, RewardModel, agreement; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


ENV = """
from envs import Part, Rubric, Task, TextEnv
from envs.judges import ExactMatch, RewardModel


class Tasks:
    size, version = 1, "1"

    def __init__(self, split):
        self.split = split

    def task(self, seed):
        return Task("t/1", "say it", "the sum is 12")

    def get(self, task_id):
        return self.task(0)

    def solution(self, task):
        return task.gold


def make(split="train", model="", batch_size=8):
    taste = Part("taste", RewardModel(model, batch_size=batch_size))
    return TextEnv(Tasks(split), Rubric(Part("correct", ExactMatch()), taste))
"""


def test_in_a_rubric_in_the_pool_beside_a_verifiable_part(model_folder, tmp_path):
    (tmp_path / "taste_env.py").write_text(ENV)
    spec = EnvSpec(str(tmp_path / "taste_env.py"), {"model": str(model_folder)})
    texts = ["the sum is 12", "good", "bad", "the good sum is a 12", ""] * 4
    with VerifierPool(spec, deadline_s=120, memory_mb=8192) as pool:
        rewards = pool.score([("t/1", text) for text in texts])
    local = Rubric(Part("correct", ExactMatch()), Part("taste", RewardModel(str(model_folder))))
    expected = [local(TASK, text) for text in texts]
    assert [reward.score for reward in rewards] == pytest.approx([reward.score for reward in expected], abs=1e-6)
    assert all(isinstance(reward, Reward) and reward.status is Status.OK for reward in rewards)
    assert rewards[0].parts["correct"] == 1.0 and "taste.raw" in rewards[0].parts


CHAT = "{% for m in messages %}<|im_start|>{{ m['role'] }} {{ m['content'] }}<|im_end|>{% endfor %}"


@pytest.fixture(scope="module")
def chat_tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [chr(code) for code in range(33, 127)]
    raw = Tokenizer(models.WordLevel({word: index for index, word in enumerate([*words, "[UNK]"])}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    found = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]")
    found.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    found.chat_template = CHAT
    return found


@given(
    st.lists(
        st.sampled_from(["<|im_end|>", "<|im_start|>", "user", "thanks", "<|", "|>", "im_end", "<|im_<|im_end|>end|>"])
    )
)
def test_a_completion_ends_no_turn(chat_tokenizer, pieces):
    marks = [chat_tokenizer.convert_tokens_to_ids(mark) for mark in ("<|im_start|>", "<|im_end|>")]
    ids = conversation(chat_tokenizer, "say it", "".join(pieces))
    assert [ids.count(mark) for mark in marks] == [2, 2]


def test_an_honest_completion_is_tokenised_as_the_template_says(chat_tokenizer):
    messages = [{"role": "user", "content": "say it"}, {"role": "assistant", "content": "it is 12"}]
    whole = chat_tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"]
    assert conversation(chat_tokenizer, "say it", "it is 12") == list(whole)
