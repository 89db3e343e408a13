"""Which level's value is in force, which prompt, and what a lock does."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from banyan.assistant.domain.legacy_policy import read_fields
from banyan.assistant.domain.policy import BUILT_IN, Level, Lock, Mode, Origin
from banyan.assistant.domain.policy_changes import Difference, Wish, changed, differences
from banyan.assistant.domain.policy_fields import FIELDS
from banyan.assistant.domain.resolving import NOTHING, Layer, Mark, locks_of, over, resolve

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Mark("ann", NOW)
PRESETS = {"Socratic": "Ask back.", "House": "Be kind."}


def stack(**layers: Layer) -> list[tuple[Level, Layer]]:
    return [(level, layers[level.value]) for level in Level if level.value in layers]


def says(**values: Any) -> Layer:
    return Layer(values, marks=dict.fromkeys(values, ANN))


OVERRIDES: list[tuple[str, Any, Any]] = [
    ("mode", Mode.PROVIDER, Mode.HEURISTIC),
    ("system_prompt", "Global.", "Course."),
    ("system_prompt", "Global.", ""),
    ("default_model", "openai/a", "openai/b"),
    ("default_model", "openai/a", ""),
    ("enable_rag", True, False),
    ("enable_rag", False, True),
    ("prompt_preset", "House", "Socratic"),
    ("default_preset", "House", "Socratic"),
    ("max_messages_per_user_per_day", 3, 0),
    ("cost_per_message", Decimal("0.05"), Decimal(0)),
    ("cost_cap_per_user_per_day", Decimal("0.2"), Decimal(0)),
    ("rag_top_k", 3, 7),
    ("auto_pause_on_alert", True, False),
]


@pytest.mark.parametrize(("field", "of_tenant", "of_course"), OVERRIDES)
def test_a_course_s_explicit_value_wins_and_an_absent_one_is_inherited(
    field: str, of_tenant: Any, of_course: Any
) -> None:
    """Zero, false and the empty text are values; only what is absent is inherited, and it says from where."""
    built_in = resolve([])
    tenant = resolve(stack(tenant=says(**{field: of_tenant}), course=NOTHING))
    course = resolve(stack(tenant=says(**{field: of_tenant}), course=says(**{field: of_course})))
    assert getattr(built_in.policy, field) == getattr(BUILT_IN, field)
    assert built_in.origins[field] == Origin(Level.BUILT_IN)
    assert (getattr(tenant.policy, field), tenant.origins[field]) == (of_tenant, Origin(Level.TENANT, "ann", NOW))
    assert (getattr(course.policy, field), course.origins[field]) == (of_course, Origin(Level.COURSE, "ann", NOW))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_decided_by_the_most_specific_level(field: str) -> None:
    """Installation, tenant, course, lesson: one after the other; a switch stays where it is turned off."""
    value = False if field == "enabled" else getattr(BUILT_IN, field)
    layers: dict[str, Layer] = {}
    for level in (Level.INSTALLATION, Level.TENANT, Level.COURSE, Level.LESSON):
        layers[level.value] = says(**{field: value})
        decided = resolve(stack(**layers)).origins[field].level
        assert decided == (Level.INSTALLATION if field == "enabled" else level)


@pytest.mark.parametrize(
    ("tenant", "course", "lesson", "on"),
    [
        (None, None, None, True),
        (False, None, None, False),
        (False, True, None, False),
        (False, True, True, False),
        (True, False, None, False),
        (True, False, True, False),
        (True, None, False, False),
        (None, True, True, True),
    ],
)
def test_what_is_switched_off_above_cannot_be_switched_on_below(
    tenant: bool | None, course: bool | None, lesson: bool | None, on: bool
) -> None:
    """The switch of the tenant is a kill switch, and the course's one for its lessons."""
    layers = {
        name: NOTHING if value is None else says(enabled=value)
        for name, value in {"tenant": tenant, "course": course, "lesson": lesson}.items()
    }
    assert resolve(stack(**layers)).policy.enabled is on


def test_values_without_force_are_kept_and_do_not_count() -> None:
    """`enable_overrides` = 0: nothing of the course counts, not even its switch or its locks."""
    course = Layer({"enabled": False, "rag_top_k": 3}, {"rag_top_k": ANN}, in_force=False)
    found = resolve(stack(tenant=says(rag_top_k=5), course=course, lesson=says(rag_top_k=7)))
    assert (found.policy.enabled, found.policy.rag_top_k) == (True, 7)
    assert found.origins["rag_top_k"].lock is None


def test_a_locked_field_is_decided_where_it_is_locked_and_says_by_whom() -> None:
    """What is below counts no more, even where it was there first; a lock without a value holds what is inherited."""
    tenant = Layer({"rag_top_k": 5}, {"rag_top_k": ANN, "mode": ANN})
    found = resolve(stack(tenant=tenant, course=says(rag_top_k=9, mode=Mode.HEURISTIC), lesson=says(rag_top_k=10)))
    lock = Lock(Level.TENANT, "ann", NOW)
    assert found.origins["rag_top_k"] == Origin(Level.TENANT, "", None, lock)
    assert found.origins["mode"] == Origin(Level.BUILT_IN, "", None, lock)
    assert (found.policy.rag_top_k, found.policy.mode) == (5, Mode.PROVIDER)


@pytest.mark.parametrize(
    ("tenant", "course", "prompt"),
    [
        ({}, {}, ""),
        ({"default_preset": "House"}, {}, "Be kind."),
        ({"default_preset": "House"}, {"prompt_preset": "Socratic"}, "Ask back."),
        ({"system_prompt": "Global."}, {"prompt_preset": "Socratic"}, "Global."),
        ({"system_prompt": "Global."}, {"system_prompt": "Course.", "prompt_preset": "Socratic"}, "Course."),
        ({"system_prompt": "Global."}, {"system_prompt": "", "prompt_preset": "Socratic"}, "Ask back."),
        ({"default_preset": "House"}, {"prompt_preset": "gone"}, "Be kind."),
        ({"default_preset": "House"}, {"default_preset": ""}, ""),
        ({"default_preset": "gone"}, {}, ""),
    ],
)
def test_an_explicit_prompt_wins_over_presets_and_the_chosen_one_over_the_default(
    tenant: dict[str, str], course: dict[str, str], prompt: str
) -> None:
    """Explicit, then chosen, then default, then nothing; an empty explicit prompt makes way for the preset."""
    assert resolve(stack(tenant=says(**tenant), course=says(**course)), PRESETS).prompt == prompt


def test_the_version_changes_with_any_part_and_with_nothing_else() -> None:
    """A value, who set it, a lock, a preset's words, a pause."""
    base = stack(tenant=says(default_preset="House"))
    versions = [
        resolve(base, PRESETS),
        resolve(stack(tenant=says(default_preset="House", rag_top_k=3)), PRESETS),
        resolve(stack(tenant=Layer({"default_preset": "House"}, marks={"default_preset": Mark("ben", NOW)})), PRESETS),
        resolve(stack(tenant=Layer({"default_preset": "House"}, {"mode": ANN}, {"default_preset": ANN})), PRESETS),
        resolve(base, {"House": "Be strict."}),
        resolve(base, PRESETS, "alert"),
    ]
    assert len({one.version for one in versions}) == len(versions)
    assert resolve(list(base), dict(PRESETS)).version == versions[0].version


def test_a_tenant_s_own_settings_win_over_those_for_all() -> None:
    """Both are the operator's, so a lock for all does not bind the operator."""
    found = resolve([(Level.INSTALLATION, over(Layer({"rag_top_k": 3}, {"rag_top_k": Mark()}), says(rag_top_k=4)))])
    assert (found.policy.rag_top_k, found.origins["rag_top_k"].locked) == (4, True)


def wish(given: dict[str, Any], **options: Any) -> Wish:
    return Wish(read_fields(given, Level.COURSE), **options)


def test_setting_a_locked_field_is_refused_with_level_and_name() -> None:
    """But what was there before may stay, and may be taken away."""
    above = locks_of(stack(tenant=Layer({}, {"rag_top_k": ANN})))
    before = says(rag_top_k=3)
    layer, refused = changed(before, wish({"rag_top_k": 9, "mode": "Proxy"}), Level.COURSE, above, (), "tess", NOW)
    assert [(fault.code, fault.param) for fault in refused] == [("field_locked", "rag_top_k")]
    assert "at the level tenant by ann on 2026-03-01" in refused[0].message
    assert layer.values == {"rag_top_k": 3, "mode": Mode.PROVIDER}
    assert changed(before, wish({"rag_top_k": 3}), Level.COURSE, above, (), "tess", NOW)[1] == []
    assert changed(before, wish({}), Level.COURSE, above, (), "tess", NOW)[0].values == {}


def test_a_value_that_stays_keeps_who_set_it() -> None:
    """Whoever writes the whole level again has not decided what was there."""
    layer, _ = changed(
        says(rag_top_k=3), wish({"rag_top_k": 3, "rag_snippet_chars": 90}), Level.COURSE, {}, (), "tess", NOW
    )
    assert layer.marks == {"rag_top_k": ANN, "rag_snippet_chars": Mark("tess", NOW)}


def test_a_wish_replaces_the_level_or_is_merged_into_it() -> None:
    """Locks stay where nothing is said of them; null takes a value away."""
    before = Layer({"rag_top_k": 3, "mode": Mode.HEURISTIC}, {"mode": ANN}, {"rag_top_k": ANN, "mode": ANN}, False)
    replaced, _ = changed(before, wish({"rag_snippet_chars": 90}), Level.COURSE, {}, (), "tess", NOW)
    merged, _ = changed(before, wish({"mode": None}, merge=True), Level.COURSE, {}, (), "tess", NOW)
    assert (dict(replaced.values), dict(replaced.locks), replaced.in_force) == (
        {"rag_snippet_chars": 90},
        {"mode": ANN},
        True,
    )
    assert (dict(merged.values), dict(merged.locks), merged.in_force) == ({"rag_top_k": 3}, {"mode": ANN}, False)


def test_differences_name_fields_and_levels() -> None:
    """And the prompt in force, which a preset may change."""
    before = resolve(stack(tenant=says(rag_top_k=5)), PRESETS)
    after = resolve(stack(tenant=says(rag_top_k=5), course=says(rag_top_k=6, prompt_preset="Socratic")), PRESETS)
    assert differences(before, after) == [
        Difference("prompt_preset", None, "Socratic", "built_in", "course"),
        Difference("rag_top_k", 5, 6, "tenant", "course"),
        Difference("prompt", "", "Ask back.", "", ""),
    ]
