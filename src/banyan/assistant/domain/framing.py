"""How material is put to a learner: what of a persona prompts may see, and how quoted material is led in and laid out.

Used so, by content types:

    framing = framing_of(order.persona, topic=order.topic, text=source, language=study.language)
    framing.profile          # lines of data for a prompt, to stand between the marks of data; "" for nobody
    framing.guidance         # sentences for a prompt, from fixed values alone, never from what a learner wrote
    framing.lead_in("summary", "Light"), framing.heading("key_points"), framing.order(("points", "examples"))
    framing.count(8), framing.lay_out(citation texts)

A framing has no facts: it chooses, orders and introduces what the source says.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from banyan.assistant.domain.framing_words import BRIDGES, CHEERS, GUIDANCE, HEADINGS, LEAD_INS, PART_ORDER
from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.words import plain, sentences

LANGUAGES = ("en", "de", "fr", "es", "pt")


@dataclass(frozen=True, slots=True)
class Category:
    """What a subject asks for. core: percent of the text that is the subject's; the rest may be put to the learner.

    precise: figures and definitions are given exactly. parts: the order of an explanation.
    """

    name: str
    core: int
    precise: bool
    parts: tuple[str, ...]


TECHNICAL = Category("technical", 70, True, ("hook", "definition", "calculation", "application"))
CREATIVE = Category("creative", 40, False, ("story", "concept", "exploration", "meaning"))
SCIENTIFIC = Category("scientific", 65, True, ("observation", "hypothesis", "explanation", "evidence"))
APPLIED = Category("applied", 55, False, ("situation", "theory", "application", "results"))

_SUBJECTS: tuple[tuple[Category, str], ...] = (
    (
        TECHNICAL,
        "finance financial math maths mathematics mathematical accounting programming programmer software algorithm "
        "algorithms statistics statistical economics economy finanzen mathematik buchhaltung programmierung statistik "
        "wirtschaft finances mathematiques comptabilite programmation statistique statistiques economie finanzas "
        "matematicas contabilidad programacion estadistica economia financas matematica contabilidade programacao "
        "estatistica",
    ),
    (
        CREATIVE,
        "art arts literature literary music musical design writing poetry poem poems kunst literatur musik schreiben "
        "dichtung lyrik litterature musique ecriture poesie arte artes literatura musica diseno escritura poesia",
    ),
    (
        SCIENTIFIC,
        "biology biological chemistry chemical physics physical science sciences scientific medical medicine anatomy "
        "physiology biologie chemie physik wissenschaft wissenschaften medizin anatomie physiologie chimie physique "
        "medecine biologia quimica fisica ciencia ciencias medicina anatomia fisiologia",
    ),
)
_CATEGORY_OF = {word: category for category, words in _SUBJECTS for word in words.split()}
_WORD = re.compile(r"[^\W\d_]+")
_READ = 20_000
_LEAST = 2
"""Times that a subject has to be named in a text before it counts as its subject; once may be by the way."""


@lru_cache(maxsize=256)
def category_of(topic: str, text: str = "") -> Category:
    """By the whole words of the topic, else by those of the text; `applied` where neither tells."""
    for read, least in ((topic, 1), (text[:_READ], _LEAST)):
        counts: dict[str, int] = {}
        for word in _WORD.findall(plain(read)):
            if (found := _CATEGORY_OF.get(word)) is not None:
                counts[found.name] = counts.get(found.name, 0) + 1
        if counts and max(counts.values()) >= least:
            best = max(counts, key=lambda name: counts[name])
            return next(one for one, _ in _SUBJECTS if one.name == best)
    return APPLIED


_PROFILE = (
    ("role", "Role"),
    ("field", "Field of study"),
    ("industry", "Industry"),
    ("goals", "Goals"),
    ("level", "Level"),
    ("expertise", "Knows well"),
    ("interests", "Interests"),
    ("topics", "Wants to learn"),
    ("style", "Learning style"),
    ("tone", "Tone"),
    ("accessibility", "Needs"),
)
_MOST, _LONGEST = 3, 80
"""Items of a list and characters of an item that a prompt sees; each costs tokens in every call."""


def profile_text(persona: Persona | None) -> str:
    """The learner in lines of `Name: value`, at most a dozen: data for a prompt; "" where nobody said anything."""
    if persona is None:
        return ""
    lines = []
    for field, name in _PROFILE:
        value = getattr(persona, field)
        items = (value,) if isinstance(value, str) else value[:_MOST]
        shown = ", ".join(item[:_LONGEST] for item in items if item)
        if shown:
            lines.append(f"{name}: {shown.replace('_', ' ')}")
    if persona.experience_years is not None:
        lines.insert(min(3, len(lines)), f"Years of experience: {persona.experience_years:g}")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Framing:
    """language: of the words around the material, one of `LANGUAGES`. formal: the learner is addressed formally.

    personal: whether the learner's own words may be named. bullets: points stand in a list. short: one sentence to a
    bullet. plain_layout: no tables, diagrams or signs that a screen reader stumbles over. examples: for each concept.
    """

    persona: Persona
    category: Category
    language: str
    topic: str
    personal: bool
    formal: bool
    bullets: bool
    short: bool
    plain_layout: bool
    examples: int

    @property
    def profile(self) -> str:
        """As `profile_text`."""
        return profile_text(self.persona)

    @property
    def guidance(self) -> tuple[str, ...]:
        """What a prompt may ask of a model, in English: each sentence stands for one of a field's fixed values."""
        found = [
            GUIDANCE[name][value] for name in GUIDANCE if (value := getattr(self.persona, name, "")) in GUIDANCE[name]
        ]
        found.append(
            f"Keep about {self.category.core} percent of the text on the subject; only its setting may be fitted "
            "to the learner."
        )
        if self.category.precise:
            found.append("Give figures, definitions and formulas exactly as the source has them.")
        if self.persona.examples_per_concept is not None:
            found.append(f"Give {self.examples} example(s) for each concept where the source has them.")
        if self.persona.humor:
            found.append("Light humour is welcome where it does not touch a fact.")
        if self.short:
            found.append("Write short sentences, one to each bullet point.")
        if self.plain_layout:
            found.append("Use no tables, diagrams, columns or emoji; the text is read aloud.")
        return tuple(found)

    def lead_in(self, kind: str, title: str = "") -> str:
        """The sentence before a piece of material: of a content type, about the title or topic; no fact in it."""
        named = _title(title or self.topic)
        said = LEAD_INS[self.language]
        with_name, without = said.get(kind, said["explanation"])
        sentence = with_name.format(title=named) if named else without
        bridge = self.bridge()
        return f"{sentence} {bridge}" if bridge and kind in _BRIDGED else sentence

    def bridge(self) -> str:
        """A question that sends the learner to what they know: their first interest, else role; "" where unknown."""
        if not self.personal:
            return ""
        interest, work = BRIDGES[self.language]["formal" if self.formal else "casual"]
        if self.persona.interests:
            return interest.format(it=self.persona.interests[0])
        at = self.persona.role or self.persona.industry
        return work.format(it=at) if at else ""

    def closing(self) -> str:
        """A word of encouragement as strong as was wished; "" where none was."""
        strength = self.persona.encouragement
        if strength not in ("moderate", "high"):
            return ""
        return CHEERS[self.language]["formal" if self.formal else "casual"][strength]

    def heading(self, part: str) -> str:
        """The heading of a part (`HEADINGS` lists them) in the language; a part of no such name is its own heading."""
        return HEADINGS[self.language].get(part) or part.replace("_", " ").capitalize()

    def order(self, parts: Iterable[str]) -> tuple[str, ...]:
        """The same parts, as the learning style has them; parts that it says nothing of keep their place after."""
        given = tuple(parts)
        wanted = PART_ORDER.get(self.persona.style, ())
        return tuple(sorted(given, key=lambda part: wanted.index(part) if part in wanted else len(wanted)))

    def count(self, usual: int) -> int:
        """How many points where `usual` many are usual: fewer for concise readers, at least one of any."""
        part = {"concise": 0.6, "comprehensive": 1.4}.get(self.persona.density, 1.0)
        if self.persona.detail in ("low", "high"):
            part *= 0.85 if self.persona.detail == "low" else 1.15
        return usual if usual <= 0 else max(1, round(usual * part))

    def lay_out(self, texts: Sequence[str]) -> str:
        """Quoted texts as Markdown: bullets or paragraphs, as wished; with `short` a bullet for each sentence."""
        if self.short:
            texts = [one[start:end] for one in texts for start, end in sentences(one)]
        if self.bullets:
            return "\n".join(f"- {' '.join(one.split())}" for one in texts)
        return "\n\n".join(" ".join(one.split()) for one in texts)


_BRIDGED = frozenset({"explanation", "introduction", "examples", "practice"})
_SHORT = ("short sentence", "dyslexi", "easy", "simple", "adhd", "kurze", "leicht", "courtes", "cortas", "curtas")
_READER = ("screen reader", "screenreader", "blind", "low vision", "text to speech", "read aloud", "vorlese", "lecteur")


def framing_of(
    persona: Persona | None, *, topic: str = "", text: str = "", language: str = "", personalization: str = "medium"
) -> Framing:
    """How to put material to this learner, or to nobody in particular.

    text: the source; its subject counts where the topic tells none. language: of the material; the persona's own where
    it is "", and English where neither is one of `LANGUAGES`. personalization: `low` leaves the learner's words out.
    """
    persona = persona or Persona()
    needs = " ".join(persona.accessibility).casefold()
    short = any(sign in needs for sign in _SHORT)
    return Framing(
        persona=persona,
        category=category_of(topic, text),
        language=_language(language) or _language(persona.language) or "en",
        topic=topic,
        personal=personalization not in ("low", "none"),
        formal=persona.tone in ("formal", "professional_friendly", ""),
        bullets=short or persona.summary_style != "paragraphs",
        short=short,
        plain_layout=any(sign in needs for sign in _READER),
        examples=persona.examples_per_concept or {"concise": 1, "comprehensive": 3}.get(persona.density, 2),
    )


def _language(tag: str) -> str:
    first = tag.partition("-")[0].casefold()
    return first if first in LANGUAGES else ""


def _title(text: str) -> str:
    """A topic as it may stand in a sentence: platforms send ids and file names as well."""
    text = " ".join(text.split())[:120]
    looks_like_an_id = (
        re.fullmatch(r"[0-9a-fA-F-]{16,}|.+\.(?:pdf|docx?|pptx?|txt|md|html?|epub|csv|srt|vtt)|\S*[_\\]\S*", text)
        is not None
    )
    return "" if looks_like_an_id else text
