"""Each family's checker in both directions: replies that meet it, near misses that do not."""

from __future__ import annotations

import pytest

from envs.builtin.format.families import FAMILIES

# name: (parameters, replies that meet it, replies that do not)
CASES = {
    "word_count": (
        (10,),
        ["one two three four five six seven eight nine ten", "It's a well-known dog: 7 five six seven eight nine ten"],
        ["one two three four five six seven eight nine", "a b c d e f g h i j k", "", "1 2 3 4 5 6 7 8 9 10"],
    ),
    "word_limit": ((10,), ["one", "a b c d e f g h i j"], ["", "...", "a b c d e f g h i j k"]),
    "sentence_count": (
        (2,),
        ["A dog. A cat!", "Is it 3.5 pounds? Yes.", "No end here\nbut two lines", '"Go on." She went...'],
        ["A dog.", "A. B. C.", "", "...", "One! ..."],
    ),
    "paragraph_count": ((2,), ["a b\n\nc", "a\nb\n \n\nc"], ["a\nb", "a\n\nb\n\nc", "a\n\n...", "a\n\n"]),
    "line_count": ((2,), ["a\nb", "a\n\nb"], ["a", "a\nb\nc", "a\n---", "a b\u2028c"]),
    "bullet_count": (
        (2,),
        ["- a\n- b", "* a\n* b", "- a\n\n- b"],
        ["- a", "- a\n- b\n- c", "Here:\n- a\n- b", "-a\n-b", "- a\n- ", "- a - b"],
    ),
    "numbered_list": (
        (2,),
        ["1. a\n2. b"],
        ["1. a", "1. a\n3. b", "2. a\n1. b", "1. a\n2. b\n3. c", "1) a\n2) b", "1. a\n2. ", "Here:\n1. a\n2. b"],
    ),
    "sections": (
        (2,),
        ["# Part 1\na\n# Part 2\nb", "# Part 1\n\na\nb\n\n# Part 2\nc"],
        ["# Part 1\na", "# Part 1\n# Part 2\nb", "# Part 2\na\n# Part 1\nb", "x\n# Part 1\na\n# Part 2\nb",
         "# Part 1\na\n# Part 2\nb\n# Part 3\nc", "# Part 1\na\n# Part 2", "## Part 1\na\n## Part 2\nb", ""],
    ),
    "json_object": (
        ("title", "count"),
        ['{"title": "a b", "count": 3}', '```json\n{"count": -1, "title": ""}\n```'],
        ['{"title": "a"}', '{"title": "a", "count": "3"}', '{"title": "a", "count": true}', '{"title": 1, "count": 3}',
         '{"title": "a", "count": 3, "x": 1}', '{"title": "a", "title": "b", "count": 3}', "[]", "",
         'Sure: {"title": "a", "count": 3}', '{"title": "a", "count": NaN}', '{"title": "a", "count": 3.0}',
         "[" * 9999],
    ),
    "placeholders": (
        (2,), ["[name] and [the place]"], ["[name]", "[a] [b] [c]", "[] []", "[1] [2]", "[name] [place", ""],
    ),
    "highlights": (
        (2,), ["*a* and *b c*"], ["*a*", "*a* *b* *c*", "**a** **b**", "* a * * b *", "*a *b*", "2*3*4 *a*", ""],
    ),
    "capital_words": ((2,), ["GO and STOP", "I am OK, A NASA"], ["GO", "GO TO STOP", "I a A", "Go Stop", "", "GO2"]),
    "number_count": ((2,), ["1 and 2", "3.5 or 1,000"], ["1", "1 2 3", "one two", "", "12"]),
    "exclamations": ((2,), ["a! b!", "a!!"], ["a!", "a!!!", "!!", "a¡ b¡"]),
    "include_words": (
        ("friend", "story"),
        ["A friend, a story.", "FRIEND story", "ﬁrst friend story"],
        ["A friend.", "friends story", "befriend story", "friend-story", "frıend story", "fri end story", ""],
    ),
    "keyword_frequency": (
        ("story", 2),
        ["A story is a story", "Story, STORY"],
        ["story", "story story story", "story stories", "story history", ""],
    ),
    "forbidden_words": (
        ("the", "and"),
        ["A band of other men", "thee sandy"],
        ["the end", "The", "you AND me", "t\u200bhe", "th\u0435", "\uff54\uff48\uff45", "", "..."],
    ),
    "avoid_letter": (("e",), ["A dog ran", "123 a"], ["Eat", "the", "é a", "\u0435 a", "\uff45 a", "", "123"]),
    "letter_frequency": (("s", 6), ["Sassy bosses"], ["sssss", "", "$$$$$$", "ѕѕѕѕѕѕ"]),
    "alphabetical": ((), ["A big cat", "Dog dog elephant", "a"], ["big a", "Cat apple", "", "..."]),
    "no_repeats": ((), ["A big cat", "cat cats"], ["A cat, a dog", "Go go", "", "1 1"]),
    "short_words": ((7,), ["letters fit", "so-so 12345678"], ["lettered", "",
        "a e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"]),
    "palindrome": ((), ["A Level", "kayak"], ["noon", "levels", "aaaaa", "a level-headed b", "", "12321"]),
    "sentence_lead": (
        ("today",),
        ["Today a. Today b.", "today, a! TODAY b"],
        ["Today a.", "Today a. b today.", "Yes. Today a. Today b.", "Todays a. Todays b.", ""],
    ),
    "all_caps": ((), ["A DOG, 3", "ÉTÉ"], ["A Dog", "", "123", "犬", "a"]),
    "all_lower": ((), ["a dog, 3"], ["A dog", "", "123", "犬", "a dogG"]),
    "title_case": ((), ["A Big Dog", "Well-known 3 Cats"], ["A big Dog", "A BIG Dog", "", "3", "a"]),
    "no_commas": ((), ["a and b; c"], ["a, b", "", "a、b", "a，b", ";"]),
    "end_question": ((), ["Is it a dog?", "a??"], ["Is it? Yes.", "?", "", "a?!", "a ?)"]),
    "title": (
        (),
        ["<<A day>>\nIt rained.", "<<A>>\n\nb c"],
        ["<<A day>>", "A <<day>>\nb", "<A day>\nb", "<<>>\nb", "<<..>>\nb", "<<A\nday>>\nb", "b\n<<A day>>",
        "<<A>>\n<<B>>", ""],
    ),
    "postscript": ((), ["a\nP.S. b", "a\n\nP.S. b c"], ["P.S. b", "a P.S. b", "a\nP.S.", "a\nP.S. ...", "P.S. b\na",
        "a\nPS b", ""]),
    "starts_with": (
        ("Dear friend",),
        ["Dear friend, hello", "dear FRIEND"],
        ["My dear friend", "Dear friends", '"Dear friend"', "Dear", "", "- Dear friend"],
    ),
    "ends_with": (
        ("the end",),
        ["This is the end", "a. The end!", 'a "the end."'],
        ["the end is near", "the ends", "end", "", "the end 3", "the end)"],
    ),
    "quoted": ((), ['"a b"', "“a b.”"], ["a b", '"a" b', '"a" and "b"', '""', '"', "'a'", '"a”', '"..."', ""]),
    "guillemets": (
        ("story",), ["a «story»", "« Story » b"], ["story", '"story"', "«stories»", "«a story»", "<<story>>",
        "»story«", ""],
    ),
}  # fmt: skip


def test_every_family_has_cases():
    assert set(CASES) == set(FAMILIES) and len(FAMILIES) >= 20


@pytest.mark.parametrize("name", CASES)
def test_the_checker_tells_them_apart(name):
    params, meets, misses = CASES[name]
    family = FAMILIES[name]
    assert all(param in space for param, space in zip(params, family.space, strict=True))
    assert [reply for reply in meets if not family.check(reply, *params)] == []
    assert [reply for reply in misses if family.check(reply, *params)] == []


HOSTILE = [
    "." * 20_000, "!" * 20_000, "*" * 20_000, "[" * 20_000, "<<" * 10_000, "a" * 20_000, "a-" * 10_000, "\n" * 20_000,
    "- " * 10_000, "{" * 20_000, '{"a":' * 4_000, "1," * 10_000, "\ud800 lone", "\x00", "a\u0301" * 8_000, "«" * 20_000,
    "* a" * 6_000, "[a" * 10_000, "'" * 20_000, '"' * 20_000, " \n" * 10_000, "﷽" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_hostile_text_is_judged_and_never_raises(name):
    params = CASES[name][0]
    for reply in HOSTILE:
        assert FAMILIES[name].check(reply.strip(), *params) in (True, False)
