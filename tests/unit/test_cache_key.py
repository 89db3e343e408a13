"""Whose answer a cached answer is: keys, and which calls have one."""

import json
from dataclasses import fields, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.proxy.domain.cache_key import EVERYBODY, Audience, Partition, answer_key, key_prefix
from banyan.proxy.domain.cache_policy import CacheMode, CacheRules, CacheWish, judge

SECRET = b"secret"
PARTITION = Partition(
    tenant="oak",
    audience=EVERYBODY,
    course="biology",
    chapter=None,
    lesson="leaves",
    index="1",
    policy="",
    task="chat",
    zone=None,
    model="m",
    answerers=("a=b",),
)
ASK: list[dict[str, Any]] = [{"role": "user", "content": "What is a leaf?"}]

words = st.text(max_size=6)
names = st.none() | words
audiences = st.just(EVERYBODY) | st.builds(Audience, names, words)
partitions = st.builds(
    Partition,
    tenant=words,
    audience=audiences,
    course=names,
    chapter=names,
    lesson=names,
    index=words,
    policy=words,
    task=words,
    zone=names,
    model=words,
    answerers=st.lists(words, max_size=2).map(tuple),
)
values = st.none() | st.integers() | words | st.lists(words, max_size=2)
parameters = st.dictionaries(st.sampled_from(["messages", "temperature", "user", "seed", "stop", "persona"]), values)


def raw(given: dict[str, Any]) -> dict[str, msgspec.Raw]:
    return {name: msgspec.Raw(json.dumps(value).encode()) for name, value in given.items()}


@given(partitions, partitions, parameters, parameters)
def test_different_calls_have_different_keys(
    one: Partition, other: Partition, this: dict[str, Any], that: dict[str, Any]
) -> None:
    """Two keys are equal if and only if partition and parameters are; `null` is as good as absent."""
    known, asked = ({name: value for name, value in each.items() if value is not None} for each in (this, that))
    equal = one == other and known == asked
    assert (answer_key(one, raw(this), SECRET) == answer_key(other, raw(that), SECRET)) is equal


@given(partitions, st.sampled_from([field.name for field in fields(Partition)]), partitions, parameters)
def test_every_part_of_the_partition_is_in_the_key(
    one: Partition, name: str, other: Partition, given_ones: dict[str, Any]
) -> None:
    """Tenant, audience, course, index, policy, model and all the rest: a change of a single one changes the key."""
    changed = replace(one, **{name: getattr(other, name)})
    same = getattr(one, name) == getattr(other, name)
    keys = [answer_key(each, raw(given_ones), SECRET) for each in (one, changed)]
    assert (keys[0] == keys[1]) is same


def test_how_it_is_sent_makes_no_difference() -> None:
    """A stream and a plain answer are the same answer, and the order of fields says nothing."""
    plain = raw({"messages": ASK, "temperature": 0})
    stream = raw({"stream_options": {"include_usage": True}, "temperature": 0, "stream": True, "messages": ASK})
    assert answer_key(PARTITION, plain, SECRET) == answer_key(PARTITION, stream, SECRET)


def test_keys_tell_nothing_without_the_secret() -> None:
    """Whoever can read the store cannot try out what was asked."""
    assert answer_key(PARTITION, raw({"messages": ASK}), b"one") != answer_key(
        PARTITION, raw({"messages": ASK}), b"two"
    )


def test_keys_begin_with_their_course() -> None:
    """So that all of a course can be dropped at once, and nothing of another one."""
    assert answer_key(PARTITION, {}, SECRET).startswith(key_prefix("oak", "biology"))
    assert not answer_key(PARTITION, {}, SECRET).startswith(key_prefix("oak", "bio"))


TOOLS = [{"type": "function", "function": {"name": "f"}}]
CALLED = [*ASK, {"role": "assistant", "tool_calls": [{"id": "1"}]}, {"role": "tool", "content": "1"}]


@pytest.mark.parametrize(
    ("body", "grounded", "wish", "cached"),
    [
        ({}, True, CacheWish.USUAL, True),
        ({"temperature": 0.7}, True, CacheWish.USUAL, True),
        ({"temperature": 1.5}, True, CacheWish.USUAL, False),
        ({"temperature": 1.5}, True, CacheWish.ON, True),
        ({}, True, CacheWish.OFF, False),
        ({}, False, CacheWish.USUAL, False),
        ({"temperature": 0}, False, CacheWish.USUAL, True),
        ({"temperature": 0.1}, False, CacheWish.USUAL, False),
        ({}, False, CacheWish.ON, True),
        ({}, False, CacheWish.REFRESH, True),
        ({"temperature": 0, "store": True}, False, CacheWish.ON, False),
        ({"temperature": 0, "store": False}, False, CacheWish.USUAL, True),
        ({"modalities": ["text", "audio"]}, True, CacheWish.ON, False),
        ({"audio": {"voice": "x"}}, True, CacheWish.ON, False),
        ({"tools": TOOLS}, True, CacheWish.ON, False),
        ({"tools": TOOLS, "temperature": 0}, True, CacheWish.USUAL, True),
        ({"tools": []}, True, CacheWish.USUAL, True),
        ({"messages": CALLED}, True, CacheWish.ON, False),
        ({"messages": CALLED, "temperature": 0.0}, False, CacheWish.USUAL, True),
        ({"temperature": "hot"}, True, CacheWish.ON, False),
        ({"messages": "hello"}, True, CacheWish.ON, False),
    ],
)
def test_what_is_cached(body: dict[str, Any], grounded: bool, wish: CacheWish, cached: bool) -> None:
    """Questions about a course, calls at temperature 0, and what is asked for; nothing that is of one moment only."""
    found = judge(raw({"messages": ASK, **body}), grounded=grounded, wish=wish, rules=CacheRules())
    assert (found is not None) is cached


def test_off_is_off() -> None:
    """Where the operator wants no cache, no request gets one."""
    rules = CacheRules(CacheMode.OFF)
    assert judge(raw({"messages": ASK, "temperature": 0}), grounded=True, wish=CacheWish.ON, rules=rules) is None


@pytest.mark.parametrize(
    ("body", "grounded", "shared"),
    [
        ({}, True, True),
        ({"temperature": 0, "max_tokens": 5, "stream": True}, True, True),
        ({"temperature": 0}, False, False),
        ({"user": "ada"}, True, False),
        ({"metadata": {"pupil": "ada"}}, True, False),
        ({"persona": "Ada's cat"}, True, False),
        ({"a_field_of_tomorrow": 1}, True, False),
        ({"messages": [{"role": "system", "content": "You talk to Ada."}, *ASK]}, True, False),
        ({"messages": [*ASK, {"role": "assistant", "content": "Green."}, *ASK]}, True, False),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, True, False),
    ],
)
def test_who_shares_an_answer(body: dict[str, Any], grounded: bool, shared: bool) -> None:
    """A course's learners, where the request is one question and nothing that says who asks; else nobody."""
    found = judge(raw({"messages": ASK, **body}), grounded=grounded, wish=CacheWish.USUAL, rules=CacheRules())
    assert found is not None
    assert found.shared is shared


def test_rules_of_the_request_are_told_apart() -> None:
    """Another system message, persona or policy is another policy, also where the question is the same."""
    bodies: list[dict[str, Any]] = [
        {"messages": [*ASK, {"role": "system", "content": "Be brief."}]},
        {"messages": [*ASK, {"role": "system", "content": "Be long."}]},
        {"messages": ASK, "persona": "owl"},
        {"messages": ASK, "policy": "owl"},
        {"messages": ASK, "user": "ada"},
    ]
    found = [judge(raw(body), grounded=True, wish=CacheWish.USUAL, rules=CacheRules()) for body in bodies]
    assert len({one.policy for one in found if one is not None}) == len(bodies)
