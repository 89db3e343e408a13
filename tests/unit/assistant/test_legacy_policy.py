"""Names and words of the systems that came before."""

from decimal import Decimal
from typing import Any

import pytest

from banyan.assistant.domain.legacy_policy import GLOBAL_NAMES, KEPT, SECRETS, legacy_view, read_fields
from banyan.assistant.domain.policy import Level, Mode
from banyan.assistant.domain.policy_fields import FIELDS
from banyan.assistant.domain.resolving import Layer

SETTINGS_FIELDS = [
    "assistant_tab",
    "assistant_section",
    "enable_lesson_assistant",
    "assistant_mode",
    "assistant_column_break",
    "assistant_system_prompt",
    "assistant_enable_streaming",
    "assistant_default_model",
    "assistant_default_preset",
    "assistant_chat_base_url",
    "assistant_chat_api_key",
    "assistant_chat_custom_headers",
    "assistant_proxy_base_url",
    "assistant_proxy_api_key",
    "assistant_proxy_custom_headers",
    "assistant_enable_rag",
    "assistant_rag_use_embeddings",
    "assistant_rag_chunk_chars",
    "assistant_rag_top_k",
    "assistant_rag_snippet_chars",
    "assistant_rag_weight_lesson",
    "assistant_rag_weight_instructor",
    "assistant_rag_weight_file",
    "assistant_rag_include_attachments",
    "assistant_rag_attachment_mime_allowlist",
    "assistant_embedding_base_url",
    "assistant_embedding_api_key",
    "assistant_embedding_custom_headers",
    "assistant_embedding_model",
    "assistant_embedding_batch_size",
    "assistant_embedding_max_retries",
    "assistant_embedding_batch_delay_ms",
    "assistant_rebuild_lesson_delay_ms",
    "assistant_max_messages_per_user_per_day",
    "assistant_cost_per_message",
    "assistant_cost_cap_per_user_per_day",
    "assistant_guardrail_filter_content",
    "assistant_guardrail_injection_checks",
    "assistant_external_allowed_domains",
    "assistant_proxy_alert_window_min",
    "assistant_proxy_alert_error_rate_pct",
    "assistant_proxy_alert_p95_ms",
    "assistant_proxy_auto_pause_default",
]
"""Every field that the older settings had or that its code read."""


def values(given: dict[str, Any], level: Level = Level.COURSE) -> dict[str, Any]:
    written = read_fields(given, level)
    assert written.faults == ()
    return dict(written.values)


def codes(given: dict[str, Any], level: Level = Level.COURSE) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.param) for fault in read_fields(given, level).faults]


@pytest.mark.parametrize("name", SETTINGS_FIELDS)
def test_every_older_setting_is_understood_when_it_is_empty(name: str) -> None:
    """A whole record of settings can be sent as it is; an empty mode was the demo."""
    expected = {"mode": Mode.HEURISTIC} if name == "assistant_mode" else {}
    found = values({name: ""}, Level.TENANT) if name != "enable_lesson_assistant" else {}
    assert {field: value for field, value in found.items() if value is not None} == expected


@pytest.mark.parametrize(
    ("word", "level", "mode"),
    [
        ("", Level.TENANT, Mode.HEURISTIC),
        ("Demo Mode", Level.TENANT, Mode.HEURISTIC),
        ("External AI Service", Level.TENANT, Mode.PROVIDER),
        ("Heuristic", Level.COURSE, Mode.HEURISTIC),
        ("Proxy", Level.COURSE, Mode.PROVIDER),
        ("proxy", Level.COURSE, Mode.PROVIDER),
        (" External AI Service ", Level.TENANT, Mode.PROVIDER),
        ("(inherit)", Level.COURSE, None),
        ("", Level.COURSE, None),
        ("", Level.LESSON, None),
        ("heuristic", Level.LESSON, Mode.HEURISTIC),
        ("provider", Level.TENANT, Mode.PROVIDER),
    ],
)
def test_both_vocabularies_of_modes_mean_the_same_two_modes(word: str, level: Level, mode: Mode | None) -> None:
    """None: it is inherited."""
    assert values({"mode": word}, level) == {"mode": mode}


def test_a_record_of_settings_becomes_values() -> None:
    """Checks are numbers, lists are texts with commas, and numbers may come as texts."""
    given = {
        "enable_lesson_assistant": 1,
        "assistant_enable_streaming": "0",
        "assistant_max_messages_per_user_per_day": "5",
        "assistant_cost_per_message": 0.1,
        "assistant_external_allowed_domains": "example.org, docs.example.org,",
        "assistant_proxy_alert_window_min": 0,
        "assistant_proxy_auto_pause_default": 0,
    }
    assert values(given, Level.TENANT) == {
        "enabled": True,
        "enable_streaming": False,
        "max_messages_per_user_per_day": 5,
        "cost_per_message": Decimal("0.1"),
        "external_allowed_domains": ("example.org", "docs.example.org"),
        "alert_window_min": None,
        "auto_pause_on_alert": False,
    }


def test_a_course_s_record_inherits_its_empty_texts_and_keeps_its_master_switch() -> None:
    """Our own clients, who do not send `enable_overrides`, set an empty text when they send one."""
    given = {
        "course": "stats",
        "enable_overrides": 0,
        "system_prompt": "",
        "mode": "(inherit)",
        "cost_cap_per_user": "0.30",
    }
    written = read_fields(given, Level.COURSE, "stats")
    assert (written.in_force, written.faults) == (False, ())
    assert written.values == {
        "system_prompt": None,
        "mode": None,
        "cost_cap_per_user_per_day": Decimal("0.3"),
    }
    assert values({"system_prompt": ""}) == {"system_prompt": ""}


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_secrets_are_refused_with_where_they_belong(name: str) -> None:
    """An empty one is no secret. The value stands in no message."""
    (fault,) = read_fields({name: "sk-123456"}, Level.TENANT).faults
    assert (fault.code, fault.param) == ("belongs_to_providers", name)
    assert "/admin/deployments" in fault.message
    assert "sk-123456" not in fault.message
    assert codes({name: ""}) == []


def test_what_decides_nothing_here_is_kept_and_explained() -> None:
    """Nothing of an older system is lost on the way."""
    written = read_fields({"assistant_rag_chunk_chars": 600, "assistant_embedding_batch_size": 64}, Level.TENANT)
    assert written.kept == {"assistant_rag_chunk_chars": 600, "assistant_embedding_batch_size": 64}
    assert sorted(written.notes) == sorted(written.kept)
    assert "embedding_batch_size" in written.notes["assistant_embedding_batch_size"]
    assert codes({"assistant_rag_chunk_chars": {"a": 1}}) == [("invalid_policy", "assistant_rag_chunk_chars")]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"enabeld": True}, "unknown_field", "did you mean 'enabled'?"),
        ({"assistant_mod": "x"}, "unknown_field", "did you mean 'assistant_mode'?"),
        ({"zzzz": 1}, "unknown_field", "choose from enabled, mode"),
        ({"mode": "Turbo"}, "invalid_policy", "`mode` takes heuristic or provider"),
        ({"rag_top_k": 0}, "invalid_policy", "a whole number from 1 to 50"),
        ({"crisis_contact": "http://10.0.0.1/hook"}, "invalid_policy", "an e-mail address"),
        ({"rag_top_k": "many"}, "invalid_policy", "a whole number from 1 to 50"),
        ({"rag_top_k": True}, "invalid_policy", "a whole number from 1 to 50"),
        ({"cost_per_message": -1}, "invalid_policy", "an amount of dollars"),
        ({"cost_per_message": "NaN"}, "invalid_policy", "an amount of dollars"),
        ({"enabled": "yes"}, "invalid_policy", "true or false"),
        ({"languages": "de"}, "invalid_policy", "a list of names"),
        ({"system_prompt": "x" * 20_001}, "invalid_policy", "at most 20000 characters"),
        ({"system_prompt": "a\x00b"}, "invalid_policy", "U+0000"),
        ({"assistant_rag_top_k": 99}, "invalid_policy", "`assistant_rag_top_k` takes"),
        ({"enabled": True, "enable_lesson_assistant": 0}, "invalid_policy", "two names that disagree"),
        ({"paused_by_alert": 1}, "read_only", "/pause"),
        ({"course": "another"}, "unknown_field", ""),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(given: dict[str, Any], code: str, words: str) -> None:
    """The field that was written is named, with what it takes."""
    (fault,) = read_fields(given, Level.COURSE, "stats").faults
    assert fault.code == code
    assert words in fault.message


def test_a_tenant_is_shown_in_the_names_of_lms_settings() -> None:
    """What is inherited is null; what was kept comes back as it was."""
    layer = Layer(
        {"mode": Mode.PROVIDER, "enabled": False, "languages": ("de",)}, kept={"assistant_rag_chunk_chars": 600}
    )
    view = legacy_view(layer, Level.TENANT)
    assert set(view) == {*GLOBAL_NAMES, "assistant_rag_chunk_chars"}
    assert {name: value for name, value in view.items() if value is not None} == {
        "enable_lesson_assistant": 0,
        "assistant_mode": "External AI Service",
        "assistant_rag_chunk_chars": 600,
    }


def test_a_course_is_shown_in_the_names_of_its_older_record_and_can_be_sent_back() -> None:
    """The view of a level, written again, is the level."""
    layer = Layer(
        {"mode": Mode.HEURISTIC, "enable_rag": False, "cost_cap_per_user_per_day": Decimal("0.3")}, in_force=False
    )
    view = legacy_view(layer, Level.COURSE, "stats", paused=True)
    assert {name: value for name, value in view.items() if value is not None} == {
        "course": "stats",
        "enable_overrides": 0,
        "paused_by_alert": 1,
        "mode": "Heuristic",
        "enable_rag": 0,
        "cost_cap_per_user": 0.3,
        "preset_description": "",
    }
    again = read_fields(view, Level.COURSE, "stats", paused=True)
    assert (again.faults, again.in_force) == ((), False)
    assert {field: value for field, value in again.values.items() if value is not None} == layer.values


def test_no_older_name_means_a_field_that_there_is_not() -> None:
    """The tables fit together."""
    assert set(GLOBAL_NAMES.values()) <= set(FIELDS)
    assert not set(GLOBAL_NAMES) & set(KEPT)
    assert {name for name in SETTINGS_FIELDS if read_fields({name: None}, Level.TENANT).faults} == set()
