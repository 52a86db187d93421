"""The HTML report in a real browser: what a person sees and clicks. Skipped where there is no Chromium."""

import pytest

from evals.reporting.html import page
from evals.reporting.report import collect
from gymtests.evaluating.made_run import HOSTILE, make_run

pytest.importorskip("websockets", reason="pip install websockets")
from gymtests.browser import Browser, find_chromium  # noqa: E402

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium: apt-get install chromium")
COUNT = "document.getElementById('count').textContent"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp("runs") / "x")
    file = run / "report.html"
    file.write_text(page(collect([run])), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def choose(browser, name, value):
    browser.evaluate(
        f"(() => {{ const s = document.getElementById({name!r}); s.value = {value!r};"
        "s.dispatchEvent(new Event(s.tagName === 'INPUT' ? 'input' : 'change')); })()"
    )


def test_opens_without_network_or_error(browser, report, tmp_path):
    browser.open(report)
    assert browser.requests == [report] and browser.errors == []
    assert browser.evaluate(COUNT) == "6 completions in 2 groups"  # the last of three steps
    assert browser.evaluate("document.querySelectorAll('svg').length") >= 7
    assert browser.evaluate("document.querySelectorAll('#members .member').length") == 3  # the group, side by side
    picture = browser.screenshot(tmp_path / "page.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 20_000  # something is drawn


def test_filters_by_step_reward_status_and_text_over_all_steps(browser, report):
    browser.open(report)
    choose(browser, "chunk", "any")
    browser.wait_for(f"{COUNT} === '18 completions in 6 groups'")
    choose(browser, "reward", "full")
    assert browser.evaluate(COUNT) == "6 completions in 6 groups"
    choose(browser, "reward", "any")
    choose(browser, "status", "unscorable")
    assert browser.evaluate(COUNT) == "2 completions in 2 groups"  # both in step 3
    shown = browser.evaluate("document.querySelector('#members .member').textContent")
    assert "unscorable" in shown and "correct 0" in shown and "judge: because" in shown
    choose(browser, "status", "any")
    choose(browser, "text", "step 2 member 1")
    assert browser.evaluate(COUNT) == "1 completions in 1 groups"
    choose(browser, "text", "")
    choose(browser, "chunk", "chunk-0")
    browser.wait_for(f"{COUNT} === '6 completions in 2 groups'")
    assert browser.errors == []


def test_a_view_can_be_passed_on_as_a_link(browser, report):
    browser.open(report)
    choose(browser, "chunk", "any")
    browser.wait_for(f"{COUNT} === '18 completions in 6 groups'")
    choose(browser, "status", "unscorable")
    link = browser.evaluate("location.href")
    browser.open(link)
    assert browser.evaluate(COUNT) == "2 completions in 2 groups"
    browser.open(f"{report}#source=1&reward=zero")
    assert browser.evaluate("byId('source').selectedOptions[0].textContent") == "x/before: held out"


def test_hostile_completions_stay_text(browser, report):
    browser.open(f"{report}#text=onerror")
    assert browser.evaluate(COUNT).startswith("3 completions")
    shown = browser.evaluate("document.querySelector('#members pre').textContent")
    assert shown == HOSTILE.encode("utf-8", "backslashreplace").decode()
    assert browser.evaluate("document.title") == "x" and browser.evaluate("document.images.length") == 0
    assert browser.errors == []
