"""What is laid around a chat: a system message, examples, arguments, stop strings, a template, a date."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import UsageError, make
from grpo.policy.form import ChatForm, Shots
from grpo.policy.model import load_policy
from grpo.policy.template import read_names, template_text, writes_date
from grpo.session import solved_shots

CHATML = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
IN_TURN = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}{% endfor %}"
)
SKIPS_SYSTEM = "{% for message in messages if message['role'] != 'system' %}{{ message['content'] }}{% endfor %}"
DATED = "{{ 'Today is ' + strftime_now('%d %b %Y') + '. ' }}" + CHATML
THINKS = CHATML + "{% if enable_thinking is defined and not enable_thinking %}{{ 'no thoughts' }}{% endif %}"
ASK = [{"role": "user", "content": "What is 2+2?"}]


def written(messages, shots=None, **form):
    policy = load_policy("builtin:tiny", with_model=False, form=ChatForm(**form))
    policy.renderer.shots = shots or Shots()
    return policy.renderer.tokenizer.decode(policy.renderer.prompt_ids(messages))


def test_the_system_message_is_first_then_the_examples_then_the_prompt():
    shots = Shots(1, ((("What is 1+1?", "two"),),))
    text = written(ASK, shots, system="Be brief.", template=CHATML)
    assert re.findall(r"Be brief|1\+1|two|2\+2", text) == ["Be brief", "1+1", "two", "2+2"]
    assert text.startswith("<|system|>") and text.count("<|system|>") == 1


def test_a_system_message_of_the_environments_own_follows_in_the_same_message():
    chat = [{"role": "system", "content": "Answer in tags."}, *ASK]
    assert ChatForm(system="Be brief.").arranged(chat) == [
        {"role": "system", "content": "Be brief.\n\nAnswer in tags."}, *ASK
    ]  # fmt: skip
    shots = Shots(1, ((("q", "a"),),))
    assert [m["role"] for m in ChatForm().arranged(chat, shots)] == ["system", "user", "assistant", "user"]


def test_joined_to_the_first_turn_of_the_user_no_system_message_is_left():
    chat = ChatForm(system="Be brief.", system_in_user=True).arranged(ASK)
    assert chat == [{"role": "user", "content": "Be brief.\n\nWhat is 2+2?"}]
    text = written(ASK, system="Be brief.", system_in_user=True, template=NO_SYSTEM + CHATML)
    assert "Be brief.\n\nWhat is 2+2?" in text


def test_a_form_that_says_nothing_changes_nothing():
    plain = load_policy("builtin:tiny", with_model=False).renderer
    assert ChatForm().arranged(ASK) == ASK and ChatForm().facts() == {}
    assert written(ASK) == plain.tokenizer.decode(plain.prompt_ids(ASK))


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6, unique_by=lambda pair: pair[0].strip()), st.data())
def test_no_prompt_sees_its_own_solution(pairs, data):
    shots = Shots(data.draw(st.integers(1, len(pairs))), tuple((pair,) for pair in pairs))
    asked = data.draw(st.sampled_from(pairs))[0]
    shown = [m["content"] for m in shots.beside([{"role": "user", "content": asked}]) if m["role"] == "user"]
    assert asked.strip() not in [text.strip() for text in shown]
    assert len(shown) >= min(shots.count, len(pairs) - 1)


def test_an_example_makes_room_for_another_in_its_own_prompt(tmp_path):
    env = make("dataset", data=str(_table(tmp_path)), prompt="{question}", answer="{answer}")
    shots = solved_shots(env, 2)
    assert len(shots.played) == 3
    for seed in range(env.tasks.size):
        task = env.tasks.task(seed)
        shown = [m["content"] for m in shots.beside(env.messages(task)) if m["role"] == "user"]
        assert len(shown) == 2 and task.prompt not in shown


def _table(folder):
    file = folder / "sums.jsonl"
    rows = [f'{{"question": "What is {n} plus {n}?", "answer": "{2 * n}"}}' for n in range(60)]
    file.write_text("\n".join(rows))
    return file


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"system": "x", "template": NO_SYSTEM + CHATML}, r"System role not supported.*--system-in-user"),
        ({"system": "hello", "template": SKIPS_SYSTEM}, "leaves the system message out.*--system-in-user"),
        ({"arguments": {"enable_thinkin": False}, "template": THINKS}, "did you mean 'enable_thinking'"),
        ({"arguments": {"enable_thinking": False}}, "--chat-arg enable_thinking"),
        ({"stop": ("never " * 40,)}, "--stop 'never .*at most 12 tokens"),
        ({"arguments": {"messages": "x"}}, "--chat-arg messages"),
        ({"arguments": {"tokenize": True}}, "--chat-arg tokenize"),
        ({"template": "{% for m in messages %}{{ m.content "}, "cannot write a chat.*--chat-template"),
        ({"template": "{{ messages[0].nothing.at_all }}"}, "cannot write a chat"),
    ],
)
def test_a_template_that_does_not_take_the_form_is_refused_in_one_line(form, says):
    with pytest.raises(UsageError, match=says) as refused:
        load_policy("builtin:tiny", with_model=False, form=ChatForm(**form))
    assert "\n" not in str(refused.value)


def test_roles_that_a_template_refuses_are_named():
    policy = load_policy("builtin:tiny", with_model=False, form=ChatForm(template=IN_TURN + CHATML))
    with pytest.raises(UsageError, match="roles user, user in this order.*Roles must alternate.*--chat-template"):
        policy.renderer.prompt_ids([*ASK, *ASK])
    with pytest.raises(UsageError, match="refuses a system message.*--system-in-user"):
        policy.renderer.prompt_ids([{"role": "system", "content": "x"}, *ASK])


def test_the_template_hears_its_arguments():
    assert "no thoughts" in written(ASK, template=THINKS, arguments={"enable_thinking": False})
    assert "no thoughts" not in written(ASK, template=THINKS, arguments={"enable_thinking": True})


def test_a_date_is_pinned_in_prompts_and_between_turns():
    form = ChatForm(template=DATED, date="2024-02-29")
    assert written(ASK, template=DATED, date="2024-02-29").startswith("Today is 29 Feb 2024.")
    renderer = load_policy("builtin:tiny", with_model=False, form=form).renderer
    assert renderer.continuation_ids("and now?", [], False)
    assert writes_date(DATED) and not writes_date(CHATML)


def test_own_stop_strings_come_beside_those_of_a_policy_without_a_template():
    policy = load_policy("builtin:tiny", with_model=False, form=ChatForm(stop=("STOP",)))
    ids = policy.renderer.tokenizer("one STOP two", add_special_tokens=False)["input_ids"]
    assert policy.renderer.stop == ("STOP",) and policy.renderer.text(ids) == "one "


@pytest.mark.parametrize("text", ["{{ messages", "no braces", "{% for m in others %}{% endfor %}"])
def test_what_is_no_template_is_no_template(tmp_path, text):
    file = tmp_path / "t.jinja"
    file.write_text(text)
    if "messages" in text:  # torn, which is seen when it is rendered
        assert template_text(str(file)) == text
    else:
        with pytest.raises(ValueError, match="no chat template"):
            template_text(str(file))


def test_a_template_file_must_be_there(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        template_text(str(tmp_path / "none.jinja"))
    assert template_text("") == "" and template_text(CHATML) == CHATML


def test_only_what_a_template_reads_from_outside_is_an_argument():
    names = read_names("{% for turn in messages %}{{ turn.role }}{{ tools }}{% endfor %}{% set a = b if c else none %}")
    assert names >= {"messages", "tools", "b", "c"} and not names & {"role", "none", "if", "for", "in", "else"}
