"""What an operator, a teacher or a lesson decides about the tutor, and where each decision comes from."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct


class Level(StrEnum):
    """Where a value may be set, the most general first. What is set further down wins, unless it is locked above.

    built_in: by the program. installation: by the operator's settings, for every tenant. tenant: `/api/v1/config`.
    """

    BUILT_IN = "built_in"
    INSTALLATION = "installation"
    TENANT = "tenant"
    COURSE = "course"
    LESSON = "lesson"


class Mode(StrEnum):
    """heuristic: answers are quoted from the lesson, no model is asked. provider: `default_model` answers."""

    HEURISTIC = "heuristic"
    PROVIDER = "provider"


class HelpLevel(StrEnum):
    """How much of a task's solution a learner is given."""

    ANSWER = "answer"
    EXPLAIN = "explain"
    HINTS = "hints"
    SOCRATIC = "socratic"


class OffTopic(StrEnum):
    """What becomes of a question that the course does not cover."""

    ALLOW = "allow"
    TELL = "tell"
    REFUSE = "refuse"


Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Amount = Annotated[Decimal, Meta(extra_json_schema={"minimum": 0})]
Text = Annotated[str, Meta(max_length=20_000)]
Name = Annotated[str, Meta(max_length=200)]


class Policy(Struct, frozen=True, kw_only=True):
    """What is in force for one lesson. A field's default is the built-in value; its comment is its meaning.

    Amounts of money are in dollars. Caps count a rolling 24 hours, per user and course; 0 is no cap.
    """

    enabled: Annotated[bool, Meta(description="Whether the tutor answers here.")] = True
    mode: Annotated[Mode, Meta(description="Quoting from the lesson only, or asking a model.")] = Mode.PROVIDER
    default_model: Annotated[Name | None, Meta(description="Alias or `provider/model`.")] = None
    system_prompt: Annotated[Text, Meta(description="What the model is told first; wins over any preset.")] = ""
    prompt_preset: Annotated[Name | None, Meta(description="Preset whose prompt is used without a system prompt.")] = (
        None
    )
    default_preset: Annotated[Name | None, Meta(description="Preset where no other is chosen.")] = None
    enable_rag: Annotated[bool, Meta(description="Whether answers rest on passages of the course.")] = True
    rag_top_k: Annotated[int, Meta(ge=1, le=50, description="Passages that an answer rests on.")] = 10
    rag_snippet_chars: Annotated[
        int, Meta(ge=40, le=2000, description="Characters of each passage that a model sees; all where nobody sets it.")
    ] = 160
    enable_streaming: Annotated[bool, Meta(description="Whether panels may stream.")] = True
    max_messages_per_user_per_day: Annotated[Count, Meta(description="Questions in 24 hours.")] = 0
    cost_per_message: Annotated[Amount, Meta(description="Price of an answer, for the cost cap.")] = Decimal(0)
    cost_cap_per_user_per_day: Annotated[Amount, Meta(description="Dollars in 24 hours.")] = Decimal(0)
    require_enrolment: Annotated[bool, Meta(description="Whether only people of the course's roster may ask.")] = False
    help_level: Annotated[HelpLevel, Meta(description="How much of a solution is given.")] = HelpLevel.EXPLAIN
    hints_reveal: Annotated[bool, Meta(description="Whether the last hint quotes the whole passage.")] = False
    off_topic: Annotated[OffTopic, Meta(description="What becomes of questions that the course does not cover.")] = (
        OffTopic.TELL
    )
    guardrails_off: Annotated[tuple[Name, ...], Meta(description="Guardrails that do not look here.")] = ()
    guardrail_order: Annotated[tuple[Name, ...], Meta(description="Guardrails that look first, in order.")] = ()
    max_question_chars: Annotated[int, Meta(ge=100, le=8000, description="Longest question.")] = 8000
    languages: Annotated[tuple[Name, ...], Meta(description="Languages that may be asked in; empty for any.")] = ()
    minors: Annotated[bool, Meta(description="Whether learners may be minors.")] = True
    crisis_contact: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=r"^([^@\s:/<>,]+@[^@\s:/<>,]+)?$",
            description="E-mail address that is told of a learner in need.",
            extra={"takes": "an e-mail address"},
        ),
    ] = ""
    crisis_country: Annotated[Name, Meta(description="Country whose help lines are shown, as `DE`.")] = ""
    trusted_zones: Annotated[tuple[Name, ...], Meta(description="Data zones that may see names.")] = ("local",)
    external_allowed_domains: Annotated[
        tuple[Name, ...], Meta(description="Domains from which pages may be fetched; none where empty.")
    ] = ()
    alert_window_min: Annotated[int, Meta(ge=1, le=1440, description="Minutes that alerts look back.")] = 5
    alert_error_rate_pct: Annotated[int, Meta(ge=1, le=100, description="Failed answers that raise an alert.")] = 20
    alert_p95_ms: Annotated[int, Meta(ge=1, description="Milliseconds of the slowest twentieth.")] = 4000
    alert_min_sample: Annotated[int, Meta(ge=1, description="Answers below which nothing is concluded.")] = 10
    auto_pause_on_alert: Annotated[bool, Meta(description="Whether an alert pauses the course.")] = True
    feedback_names: Annotated[bool, Meta(description="Whether staff see who gave feedback.")] = False
    retention_days: Annotated[Count, Meta(description="Days that conversations are kept; 0 for ever.")] = 0


BUILT_IN = Policy()


class Lock(Struct, frozen=True):
    """Who took a field out of the hands of the levels below, and when."""

    level: Level
    by: str = ""
    at: datetime | None = None


class Origin(Struct, frozen=True):
    """Where a value was set, when and by whom; the last two are empty for what no person set.

    lock: of this level or of one above; None where the field is free.
    """

    level: Level
    by: str = ""
    at: datetime | None = None
    lock: Lock | None = None

    @property
    def locked(self) -> bool:
        """Whether levels below the lock have no say."""
        return self.lock is not None


class Effective(Struct, frozen=True):
    """What is in force for a lesson and where each field of it comes from. version: changes with any of it.

    prompt: after presets are resolved. paused: why the course is paused; "" where it is not.
    """

    policy: Policy = BUILT_IN
    origins: Mapping[str, Origin] = {}
    version: str = ""
    prompt: str = ""
    paused: str = ""


Values = Mapping[str, Any]
"""Fields that are set at one level, by name; what is absent is inherited."""
