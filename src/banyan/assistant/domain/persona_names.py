"""By what names the older shapes call a persona's groups, fields and values. Names are compared as `bare` has them."""

from collections.abc import Mapping
from enum import StrEnum


def bare(name: str) -> str:
    """A name without case, underscores, dashes and blanks: `current_status` and `currentStatus` are one."""
    return "".join(sign for sign in name[:80].casefold() if sign.isalnum())


class Group(StrEnum):
    """The five dimensions, by their names on the wire."""

    PROFESSIONAL = "professional_context"
    INTERESTS = "personal_interests"
    STYLE = "learning_style"
    CONTENT = "content_preferences"
    TONE = "communication_tone"


GROUPS: Mapping[str, Group] = {
    **dict.fromkeys(("professionalcontext", "professional", "academiccareer"), Group.PROFESSIONAL),
    **dict.fromkeys(("personalinterests", "interests"), Group.INTERESTS),
    **dict.fromkeys(("learningstyle",), Group.STYLE),
    **dict.fromkeys(("contentpreferences",), Group.CONTENT),
    **dict.fromkeys(("communicationtone", "communication"), Group.TONE),
}

IGNORED = frozenset(["id", "userid", "createdat", "updatedat", "version", "personaname", "tenant"])
"""Of the row, not of the person."""

IN_GROUP: Mapping[tuple[Group, str], str] = {
    (Group.INTERESTS, "primary"): "interests",
    (Group.INTERESTS, "secondary"): "secondary_interests",
    (Group.STYLE, "primary"): "style",
    (Group.STYLE, "secondary"): "second_style",
    (Group.TONE, "style"): "tone",
    (Group.TONE, "primary"): "tone",
}
"""Names that mean something in their group alone."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "role": ("role", "currentrole", "currentstatus", "jobtitle", "occupation"),
    "field": ("field", "fieldofstudy"),
    "industry": ("industry", "aspiredindustry"),
    "goals": ("goals", "careeraspirations", "careergoals", "careergoalslearningobjectives"),
    "experience_years": ("experienceyears", "yearsexperience", "yearsofexperience"),
    "level": ("level", "technicallevel"),
    "expertise": ("expertise", "domainexpertise", "specializations", "specialisations"),
    "interests": ("interests", "primaryinterests", "primaryinterest", "personalinterests"),
    "secondary_interests": ("secondaryinterests", "hobbies"),
    "topics": ("topics", "learningtopics", "learninggoals"),
    "style": ("style", "learningstyle", "preferredformat"),
    "second_style": ("secondstyle", "secondarystyle"),
    "style_strength": ("stylestrength", "preferencestrength", "strength"),
    "density": ("density", "contentdensity"),
    "examples_per_concept": ("examplesperconcept", "examplefrequency"),
    "summary_style": ("summarystyle",),
    "detail": ("detail", "detailtolerance", "explanationdepth", "depth"),
    "repetition": ("repetition", "repetitionpreference"),
    "tone": ("tone", "communicationtone", "communication", "preferredtone", "formalitylevel", "formality"),
    "encouragement": ("encouragement", "encouragementlevel"),
    "humor": ("humor", "humour", "humorappropriate", "humorappreciation", "humorlevel"),
    "technical_comfort": ("technicalcomfort",),
    "language": ("language", "preferredlanguage", "locale"),
    "accessibility": ("accessibility", "accessibilityneeds", "a11y"),
}
"""A field, and its names; the first one that is filled counts, and lists are put together."""

FIELD_OF: Mapping[str, str] = {name: field for field, names in NAMES.items() for name in names}

WORDS: Mapping[str, Mapping[str, str]] = {
    "level": {
        "beginner": "beginner easy basic basics foundation novice entry none low",
        "intermediate": "intermediate medium moderate",
        "advanced": "advanced hard high",
        "expert": "expert professional",
    },
    "style": {
        "visual": "visual",
        "auditory": "auditory aural audio",
        "reading": "reading readingwriting readwrite textual text",
        "kinesthetic": "kinesthetic kinaesthetic interactive handson practical tactile",
        "mixed": "mixed multimodal balanced any",
    },
    "density": {
        "concise": "concise light brief short minimal",
        "balanced": "balanced moderate medium",
        "comprehensive": "comprehensive dense detailed heavy",
    },
    "summary_style": {
        "bullet_points": "bulletpoints bullets keypoints list",
        "paragraphs": "paragraphs narrative prose",
        "visual": "visual visualmap",
    },
    "detail": {
        "low": "low minimal surface shallow",
        "medium": "medium moderate balanced",
        "high": "high extensive deep",
    },
    "repetition": {"minimal": "minimal low none", "moderate": "moderate some medium", "frequent": "frequent high"},
    "tone": {
        "formal": "formal veryformal academic",
        "professional_friendly": "professionalfriendly professional neutral balanced",
        "conversational": "conversational friendly informal",
        "casual": "casual veryinformal",
    },
    "encouragement": {"minimal": "minimal low none", "moderate": "moderate medium some gentle", "high": "high active"},
}
"""A field of fixed values, and what else means each."""
WORDS = {**WORDS, "second_style": WORDS["style"]}

VALUE_OF: Mapping[str, Mapping[str, str]] = {
    field: {word: value for value, words in values.items() for word in words.split()} for field, values in WORDS.items()
}

EXAMPLES: Mapping[str, int] = {"none": 1, "low": 1, "few": 1, "medium": 2, "moderate": 2, "high": 4, "many": 4}
"""How many examples a concept gets where it was said in words."""

LANGUAGES: Mapping[str, str] = {
    **{"english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "francais": "fr"},
    **{"spanish": "es", "español": "es", "espanol": "es", "portuguese": "pt", "português": "pt", "portugues": "pt"},
}
