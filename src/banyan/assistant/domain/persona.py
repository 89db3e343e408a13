"""Who study material is made for, in one form; older shapes are turned into it by `reading_personas`."""

from typing import Annotated

from msgspec import Meta, Struct

Words = Annotated[str, Meta(max_length=500)]
Many = Annotated[tuple[Words, ...], Meta(max_length=50)]


class Persona(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every field is optional: "" or () where nobody said. A persona changes framing, never facts.

    level: `beginner`, `intermediate`, `advanced` or `expert`. style: `visual`, `auditory`, `reading`, `kinesthetic` or
    `mixed`. style_strength, technical_comfort: 0 to 1. density: `concise`, `balanced` or `comprehensive`.
    tone: `formal`, `professional_friendly`, `conversational` or `casual`. language: as in BCP 47 (`de`, `pt-BR`).
    accessibility: needs in words (`short sentences`, `screen reader`, `dyslexia`).
    other: what was sent and is known under no other name, as text, by its own name.
    """

    role: Words = ""
    field: Words = ""
    industry: Words = ""
    goals: Many = ()
    experience_years: float | None = None
    level: Words = ""
    expertise: Many = ()
    interests: Many = ()
    secondary_interests: Many = ()
    topics: Many = ()
    style: Words = ""
    second_style: Words = ""
    style_strength: float | None = None
    density: Words = ""
    examples_per_concept: int | None = None
    summary_style: Words = ""
    detail: Words = ""
    repetition: Words = ""
    tone: Words = ""
    encouragement: Words = ""
    humor: bool | None = None
    technical_comfort: float | None = None
    language: Words = ""
    accessibility: Many = ()
    other: dict[str, Words] = {}
