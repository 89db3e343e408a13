"""Names and words of older systems: accepted where a policy is written, and shown beside it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.policy import Level, Mode
from banyan.assistant.domain.policy_fields import FIELDS, known_field, read_value, shown_value
from banyan.assistant.domain.policy_versions import Preset
from banyan.assistant.domain.resolving import Layer
from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed

GLOBAL_NAMES: Mapping[str, str] = {
    "enable_lesson_assistant": "enabled",
    "assistant_mode": "mode",
    "assistant_system_prompt": "system_prompt",
    "assistant_enable_streaming": "enable_streaming",
    "assistant_default_model": "default_model",
    "assistant_default_preset": "default_preset",
    "assistant_enable_rag": "enable_rag",
    "assistant_rag_top_k": "rag_top_k",
    "assistant_rag_snippet_chars": "rag_snippet_chars",
    "assistant_max_messages_per_user_per_day": "max_messages_per_user_per_day",
    "assistant_cost_per_message": "cost_per_message",
    "assistant_cost_cap_per_user_per_day": "cost_cap_per_user_per_day",
    "assistant_external_allowed_domains": "external_allowed_domains",
    "assistant_proxy_alert_window_min": "alert_window_min",
    "assistant_proxy_alert_error_rate_pct": "alert_error_rate_pct",
    "assistant_proxy_alert_p95_ms": "alert_p95_ms",
    "assistant_proxy_auto_pause_default": "auto_pause_on_alert",
}
"""Of LMS Settings."""

COURSE_NAMES: Mapping[str, str] = {
    "enabled": "enabled",
    "auto_pause_on_alert": "auto_pause_on_alert",
    "mode": "mode",
    "system_prompt": "system_prompt",
    "prompt_preset": "prompt_preset",
    "default_model": "default_model",
    "enable_rag": "enable_rag",
    "max_messages_per_user_per_day": "max_messages_per_user_per_day",
    "cost_per_message": "cost_per_message",
    "cost_cap_per_user": "cost_cap_per_user_per_day",
}
"""Of AI Assistant Config."""

SECRETS = frozenset(
    f"{prefix}{part}_{what}"
    for prefix in ("assistant_", "")
    for part in ("chat", "proxy", "embedding")
    for what in ("base_url", "api_key", "custom_headers")
)
_SEARCH = "the proxy decides that"
KEPT: Mapping[str, str] = {
    "assistant_rag_use_embeddings": "searches use words and vectors both; a search says otherwise by its `mode`",
    "assistant_rag_chunk_chars": f"{_SEARCH}: it cuts lessons at headings and paragraphs",
    "assistant_rag_weight_lesson": f"{_SEARCH}, by its setting `rag_weight_text`",
    "assistant_rag_weight_instructor": "material for instructors never reaches learners",
    "assistant_rag_weight_file": f"{_SEARCH}, by its weights of kinds of source",
    "assistant_rag_include_attachments": "files are found once they are indexed",
    "assistant_rag_attachment_mime_allowlist": "every format that can be read is accepted",
    "assistant_embedding_model": f"{_SEARCH}: the index has one model, which it makes vectors with",
    "assistant_embedding_batch_size": f"{_SEARCH}, by its setting `embedding_batch_size`",
    "assistant_embedding_max_retries": f"{_SEARCH}; what failed is tried again by itself",
    "assistant_embedding_batch_delay_ms": f"{_SEARCH}; it waits as long as a provider asks it to",
    "assistant_rebuild_lesson_delay_ms": "a lesson is only indexed anew where it has changed",
    "assistant_guardrail_filter_content": "guardrails look by themselves; `guardrails_off` names those that should not",
    "assistant_guardrail_injection_checks": "guardrails look by themselves; `guardrails_off` names those that "
    "should not",
    "rag_use_embeddings": "searches use words and vectors both; a search says otherwise by its `mode`",
    "rag_chunk_chars": f"{_SEARCH}: it cuts lessons at headings and paragraphs",
    "embedding_model": f"{_SEARCH}: the index has one model, which it makes vectors with",
}
"""Settings that decide nothing in a policy, and what does. They are kept as they were, so that nothing is lost."""

_IGNORED = frozenset(
    [
        "assistant_tab",
        "assistant_section",
        "assistant_column_break",
        "section_break_proxy",
        "preset_description",
        "name",
        "doctype",
        "owner",
        "creation",
        "modified",
        "modified_by",
        "docstatus",
        "idx",
    ]
)
"""What forms have for their looks, what is worked out anew, and what a record says of itself."""

OTHER_NAMES = frozenset({*GLOBAL_NAMES, *COURSE_NAMES, *KEPT, "enable_overrides", "paused_by_alert"})
_LONGEST_KEPT = 2000


class Written(Struct, frozen=True):
    """What somebody wrote for a level. values: None for a field that is to be inherited.

    in_force: None where nothing was said. faults: what cannot be accepted; the rest can.
    """

    values: Mapping[str, Any]
    kept: Mapping[str, Any]
    in_force: bool | None
    faults: tuple[BanyanError, ...]

    @property
    def notes(self) -> dict[str, str]:
        """Names that were kept and have no effect, and why."""
        return {name: why for name, why in KEPT.items() if name in self.kept}


def read_fields(
    given: Mapping[str, Any], level: Level, course: str = "", paused: bool = False, is_config: bool | None = None
) -> Written:
    """Reads fields by our names and by the older ones. paused: whether the course is.

    is_config: it is an AI Assistant Config, whose empty texts are inherited; None: where it has `enable_overrides`.
    """
    if is_config is None:
        is_config = "enable_overrides" in given
    values: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    in_force: bool | None = None
    faults: list[BanyanError] = []
    for name, value in given.items():
        try:
            if name in _IGNORED or (name == "course" and (value or "") == course):
                continue
            if name in SECRETS:
                _refuse_secret(name, value)
            elif name == "enable_overrides":
                in_force = None if value is None else read_value("enabled", value)
            elif name == "paused_by_alert":
                _refuse_pause(value, paused)
            elif name in KEPT:
                kept[name] = _keepable(name, value)
            else:
                field = GLOBAL_NAMES.get(name) or COURSE_NAMES.get(name) or known_field(name, OTHER_NAMES).name
                read = _read(name, field, value, level, is_config)
                if field in values and values[field] != read:
                    raise InvalidInput(
                        f"`{field}` is there under two names that disagree; leave out `{name}`.",
                        code="invalid_policy",
                        param=name,
                    )
                values[field] = read
        except BanyanError as error:
            faults.append(error)
    return Written(values, kept, in_force, tuple(faults))


def _read(name: str, field: str, value: Any, level: Level, is_config: bool) -> Any:
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else None
    if field == "mode" and text is not None:
        if text.lower() == "(inherit)" or (text == "" and level in {Level.COURSE, Level.LESSON}):
            return None
        return read_value(field, text)
    if name in GLOBAL_NAMES or is_config:
        if text == "":
            return None
        least = FIELDS[field].least
        if least and value in (0, "0"):
            return None  # their readers took 0 for "not set" where it makes no sense
        if FIELDS[field].kind is tuple and text is not None:
            return read_value(field, [part.strip() for part in text.split(",") if part.strip()])
    return _named(name, field, value)


def _named(name: str, field: str, value: Any) -> Any:
    """Errors name what was written."""
    try:
        return read_value(field, value)
    except InvalidInput as error:
        raise InvalidInput(error.message.replace(f"`{field}`", f"`{name}`"), code=error.code, param=name) from error


def _refuse_secret(name: str, value: Any) -> None:
    if value not in (None, "", {}):
        raise InvalidInput(
            f"`{name}` is not kept here: addresses, keys and headers of models belong to the proxy. Set them up as a "
            "provider in banyan.toml or as a deployment under /admin/deployments, and name it in `default_model`.",
            code="belongs_to_providers",
            param=name,
        )


def _refuse_pause(value: Any, paused: bool) -> None:
    if value is not None and read_value("enabled", value) != paused:
        raise NotAllowed(
            "`paused_by_alert` is only shown; PUT or DELETE /api/v1/courses/COURSE/pause instead.",
            code="read_only",
            param="paused_by_alert",
        )


def _keepable(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_KEPT):
        return value
    raise InvalidInput(
        f"`{name}` takes a number or a text of at most {_LONGEST_KEPT} characters; correct it.",
        code="invalid_policy",
        param=name,
    )


def legacy_view(
    layer: Layer, level: Level, course: str = "", paused: bool = False, preset: Preset | None = None
) -> Any:
    """The level in the names of LMS Settings; below a tenant, of AI Assistant Config. preset: the chosen one."""
    if level in {Level.COURSE, Level.LESSON}:
        return {
            "course": course,
            "enable_overrides": int(layer.in_force),
            "paused_by_alert": int(paused),
            **dict(_shown(layer, COURSE_NAMES, "Heuristic", "Proxy", "(inherit)")),
            "preset_description": "" if preset is None else preset.preview,
            **layer.kept,
        }
    return {**dict(_shown(layer, GLOBAL_NAMES, "Demo Mode", "External AI Service", None)), **layer.kept}


def _shown(
    layer: Layer, names: Mapping[str, str], heuristic: str, provider: str, inherit: str | None
) -> Iterator[tuple[str, Any]]:
    for name, field in names.items():
        value = layer.values.get(field)
        if field == "mode":
            yield name, inherit if value is None else heuristic if value is Mode.HEURISTIC else provider
        elif isinstance(value, bool):
            yield name, int(value)
        elif isinstance(value, tuple):
            yield name, ", ".join(value)
        elif isinstance(value, Decimal):
            yield name, shown_value(value)
        else:
            yield name, value
