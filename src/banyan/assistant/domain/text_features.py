"""What can be counted in a text without knowing its subject: sentences, structure, examples, steps, tone."""

# ruff: noqa: E501
import re
from dataclasses import dataclass
from functools import lru_cache

from banyan.assistant.domain.words import plain, sentences, words

READ = 200_000
"""Characters of a text that are looked at; a long lesson has a quarter of them."""

_HEADING = re.compile(r"^#{1,6}\s+\S|^\*\*[^*\n]{1,80}\*\*:?$")
_BULLET = re.compile(r"^\s{0,8}[-*+•]\s+\S")
_STEP = re.compile(r"^\s{0,8}(?:\d{1,3}[.)]|(?:step|schritt|etape|paso|passo)\s+\d)\s*\S", re.IGNORECASE)
_TABLE = re.compile(r"^\s{0,8}\|.*\|\s*$")
_MARKS = re.compile(r"[#*_`>|]+|^[ \t]{0,8}(?:[-+•]|\d{1,3}[.)])[ \t]", re.MULTILINE)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|such as|e\.g|example|examples|imagine|suppose|zum beispiel|beispiel|beispielsweise|z\.\s?b|"
    r"par exemple|exemple|exemples|por ejemplo|ejemplo|ejemplos|por exemplo|exemplo|exemplos)\b"
)
_TASK = re.compile(
    r"\b(?:try|practise|practice|exercise|apply|build|write down|calculate|compare|draw|your turn|ube|ubung|aufgabe|berechne|"
    r"probiere|essaie|essayez|exercice|calcule|calculez|ejercicio|intenta|exercicio|tente|pratique)\b"
)
_FORMAL = re.compile(
    r"\b(?:therefore|however|consequently|furthermore|moreover|thus|hence|shall|whereas|accordingly|daher|jedoch|folglich|"
    r"somit|ferner|cependant|toutefois|ainsi|neanmoins|par consequent|sin embargo|por lo tanto|no obstante|portanto|contudo|"
    r"todavia|ihnen|vous|votre|usted|ustedes)\b"
)
_CASUAL = re.compile(
    r"\b(?:let's|lets|you'll|you're|don't|can't|it's|that's|we'll|i'm|gonna|hey|cool|okay|ok|stuff|super|awesome|dich|dir|"
    r"dein|deine|tu|toi|ton|tes|tus|voce|pra)\b|!"
)
_CHEER = re.compile(
    r"\b(?:well done|great|good job|you can|keep going|step by step|one step at a time|getting there|schritt fur schritt|"
    r"du schaffst|weiter so|gut gemacht|pas a pas|bravo|tu vas y arriver|paso a paso|tu puedes|muy bien|passo a passo|"
    r"voce consegue|muito bem|each part you finish|jeder teil zahlt|chaque partie compte|cada parte cuenta|cada parte conta)\b"
)
_YOU = re.compile(r"\b(?:you|your|we|our|du|sie|ihr|wir|tu|vous|nous|usted|nosotros|voce|nos)\b|\?")


@dataclass(frozen=True, slots=True)
class Features:
    """Shares are of lines, of words or of sentences, 0 to 1. lix: readability; 20 is easy, 60 hard.

    long_blocks: share of the words that stand in paragraphs of more than 80. longest: words of the longest sentence.
    formal, casual, cheers, spoken: finds for each sentence, at most 1.
    """

    words: int
    sentences: int
    headings: int
    listed: float
    steps: float
    tables: bool
    examples: int
    tasks: int
    long_blocks: float
    longest: int
    lix: float
    formal: float
    casual: float
    cheers: float
    spoken: float

    @property
    def mean_sentence(self) -> float:
        """Words."""
        return self.words / self.sentences if self.sentences else 0.0


@lru_cache(maxsize=64)
def features_of(text: str) -> Features:
    """Of the first 200,000 characters. Nothing is found in an empty text."""
    text = text[:READ]
    all_lines = [line.rstrip() for line in text.splitlines()]
    lines = [line for line in all_lines if line]
    bare = _MARKS.sub(" ", text)
    spans = sentences(bare)
    lengths = [len(words(bare[start:end])) for start, end in spans]
    lengths = [length for length in lengths if length]
    count, number = sum(lengths), len(lengths)
    said = plain(bare.replace("’", "'"))
    long_words = sum(len(word) > 6 for word in words(bare))
    blocks = _blocks(all_lines)

    def rate(pattern: re.Pattern[str]) -> float:
        return min(1.0, len(pattern.findall(said)) / number) if number else 0.0

    def share(pattern: re.Pattern[str]) -> float:
        return sum(pattern.match(line) is not None for line in lines) / len(lines) if lines else 0.0

    return Features(
        words=count,
        sentences=number,
        headings=sum(_HEADING.match(line) is not None for line in lines),
        listed=share(_BULLET) + share(_STEP),
        steps=share(_STEP),
        tables="```mermaid" in text or any(_TABLE.match(line) for line in lines),
        examples=len(_EXAMPLE.findall(said)),
        tasks=len(_TASK.findall(said)),
        long_blocks=sum(size for size in blocks if size > 80) / max(1, sum(blocks)),
        longest=max(lengths, default=0),
        lix=count / number + 100 * long_words / count if number else 0.0,
        formal=rate(_FORMAL),
        casual=rate(_CASUAL),
        cheers=rate(_CHEER),
        spoken=rate(_YOU),
    )


def _blocks(lines: list[str]) -> list[int]:
    """Words of the paragraphs, items and headings."""
    sizes = [0]
    for line in lines:
        if not line or _HEADING.match(line) or _BULLET.match(line) or _STEP.match(line):
            sizes.append(0)
        sizes[-1] += len(line.split())
    return sizes
