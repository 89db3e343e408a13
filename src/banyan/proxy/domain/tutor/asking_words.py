"""The words around what is quoted, by language: they state nothing about the subject."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskingWords:
    """`{}` is filled with a term or with quoted words. why: "" where no such sentence is grammatical in general.

    because: the word between what is the case and why. hedges: before a number that is not exact.
    """

    meant: str
    means: str
    explain: str
    compare: str
    apply: str
    steps: str
    shows: str
    figure: str
    why: str = ""
    because: str = ""
    hedges: str = ""


ASKING: Mapping[str, AskingWords] = {
    "english": AskingWords(
        meant="Which term is meant? {}",
        means="What is meant by “{}”?",
        explain="Explain in your own words what is meant by “{}”.",
        compare="Compare “{}” and “{}”: what do they have in common, and how do they differ?",
        apply="Find an example of your own for “{}”, and say why it is one.",
        steps="Describe step by step: {}.",
        shows="Which term does this example illustrate? “{}”",
        figure="Work out the missing figure: {}",
        why="Explain why {}.",
        because=" because ",
        hedges=r"about|approximately|around|roughly|nearly|almost|over|under|than|least|most|up to|to|and|or|between"
        r"|some|circa|ca\.|~|≈|<|>|≤|≥|from|every|estimated|per|average|within",
    ),
    "german": AskingWords(
        meant="Welcher Begriff ist gemeint? {}",
        means="Was versteht man unter „{}“?",
        explain="Erkläre mit eigenen Worten, was mit „{}“ gemeint ist.",
        compare="Vergleiche „{}“ und „{}“: Was haben sie gemeinsam, und worin unterscheiden sie sich?",
        apply="Finde ein eigenes Beispiel für „{}“ und begründe, warum es eines ist.",
        steps="Beschreibe Schritt für Schritt: {}.",
        shows="Welchen Begriff veranschaulicht dieses Beispiel? „{}“",
        figure="Berechne die fehlende Zahl: {}",
        hedges=r"etwa|ungefähr|rund|circa|ca\.|fast|über|unter|als|mindestens|höchstens|bis|und|oder|zwischen|von|je|pro",
    ),
    "french": AskingWords(
        meant="De quel terme s'agit-il ? {}",
        means="Que désigne le terme « {} » ?",
        explain="Expliquez avec vos propres mots ce que désigne « {} ».",
        compare="Comparez « {} » et « {} » : quels sont leurs points communs et leurs différences ?",
        apply="Trouvez un exemple personnel de « {} » et justifiez-le.",
        steps="Décrivez étape par étape : {}.",
        shows="Quel terme cet exemple illustre-t-il ? « {} »",
        figure="Calculez le nombre manquant : {}",
        why="Expliquez pourquoi {}.",
        because=" parce que ",
        hedges=r"environ|presque|près de|plus de|moins de|que|au moins|jusqu'à|et|ou|entre|à|de|par",
    ),
    "spanish": AskingWords(
        meant="¿A qué término se refiere? {}",
        means="¿Qué significa el término «{}»?",
        explain="Explica con tus propias palabras qué significa «{}».",
        compare="Compara «{}» y «{}»: ¿qué tienen en común y en qué se diferencian?",
        apply="Busca un ejemplo propio de «{}» y explica por qué lo es.",
        steps="Describe paso a paso: {}.",
        shows="¿Qué término ilustra este ejemplo? «{}»",
        figure="Calcula el número que falta: {}",
        why="Explica por qué {}.",
        because=" porque ",
        hedges=r"unos|unas|aproximadamente|cerca de|casi|más de|menos de|que|menos|hasta|y|o|entre|de|a|por",
    ),
    "portuguese": AskingWords(
        meant="A que termo se refere? {}",
        means="O que significa o termo “{}”?",
        explain="Explique com as suas palavras o que significa “{}”.",
        compare="Compare “{}” e “{}”: o que têm em comum e em que diferem?",
        apply="Encontre um exemplo seu de “{}” e diga por que o é.",
        steps="Descreva passo a passo: {}.",
        shows="Que termo este exemplo ilustra? “{}”",
        figure="Calcule o número que falta: {}",
        why="Explique por que {}.",
        because=" porque ",
        hedges=r"cerca de|aproximadamente|quase|mais de|menos de|que|menos|até|e|ou|entre|de|a|por",
    ),
}
