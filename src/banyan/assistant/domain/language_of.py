"""Which language a short text is in: by its script, then by its commonest words. Small and offline."""

# ruff: noqa: E501
import re
from collections import Counter
from collections.abc import Mapping

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0904-\u0939]")),
    ("th", re.compile("[\u0e01-\u0e3a]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("el", re.compile("[\u03b1-\u03c9\u0391-\u03a9]")),
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_ARABIC = re.compile("[\u0621-\u064a]")
_PERSIAN = re.compile("[پچژگک]")
_LATIN = re.compile(r"[^\W\d_]+")
_COMMON: Mapping[str, str] = {
    "en": "the of and to in is what how why does do a an that it for are was with this i you my me can which when where who "
    "explain give between about from be or not as did tell please mean means have has",
    "de": "der die das und ist in zu was wie warum ein eine einen von mit den dem des ich nicht auf für es sind wird bei auch "
    "erkläre erklären bitte zwischen wer wo wann kann mir du sich im wurde hat mein",
    "fr": "le la les de des du et est un une que qui quoi comment pourquoi dans pour en ce cette je ne pas sur avec sont quel "
    "quelle explique entre il elle au aux c'est qu'est mon ma moi peux été donne",
    "es": "el la los las de del y es un una que qué cómo por para en con no se su lo al cuál son está explica entre yo mi me "
    "puedo fue dame quién dónde cuándo como",
    "pt": "o a os as de do da dos das e é um uma que como por para em com não no na se são qual explique entre eu meu minha me "
    "posso foi você ao mais porque quem onde quando",
    "it": "il lo la i gli le di del della e è un una che come perché per in con non si sono qual quale spiega tra io mio mia mi "
    "posso è stato chi dove quando cos'è cosa nel nella dei delle",
    "tr": "ve bir bu nedir nasıl neden için ile ne mi mı mu mü de da ben bana çok olarak var açıkla arasındaki hangi kim nerede "
    "değil gibi daha olan misin beni",
    "nl": "de het een en is van wat hoe waarom in op te dat niet met voor zijn ik je uit tussen wordt kan mij",
    "pl": "i w na jest co jak dlaczego to nie się z do czy dla od po są który między ja mi proszę",
    "sv": "och är att det en ett i på vad hur varför som för med inte jag av till mellan kan du mig",
}
_MARKS: Mapping[str, str] = {
    "de": "ßäöü",
    "fr": "êèçàùœ",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "tr": "ışğ",
    "pl": "łęąśżźć",
    "sv": "å",
}
_WORDS: Mapping[str, frozenset[str]] = {language: frozenset(line.split()) for language, line in _COMMON.items()}
_LEAST_SHARE = 0.2
"""Of the letters that a script must have; a foreign name in a sentence does not make its language."""


def language_of(text: str) -> str:
    """An ISO 639-1 code, "" where it cannot be told, as of single words, formulas and code."""
    text = text[:2000]
    letters = sum(map(str.isalpha, text))
    if not letters:
        return ""
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > _LEAST_SHARE * letters:
            return language
    if len(_CYRILLIC.findall(text)) > letters / 2:
        return "uk" if _UKRAINIAN.search(text) else "ru"
    if len(_ARABIC.findall(text)) > letters / 2:
        return "fa" if _PERSIAN.search(text) else "ar"
    return _by_words(text.lower())


def _by_words(text: str) -> str:
    words = _LATIN.findall(text.replace("’", "'"))
    scores = Counter({language: sum(word in known for word in words) for language, known in _WORDS.items()})
    for language, marks in _MARKS.items():
        scores[language] += min(2, sum(text.count(mark) for mark in marks))
    (best, most), (_, second) = scores.most_common(2)
    return best if most >= 2 and most > second else ""
