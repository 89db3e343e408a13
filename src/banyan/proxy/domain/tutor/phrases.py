# ruff: noqa: E501
"""What learners say, by language; a new language is a new row.

The patterns are matched against a folded, single-spaced message without its closing punctuation. They name what
was asked about as the groups `topic` and `other`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Intent(StrEnum):
    """What a message wants."""

    EXPLAIN = "explain"
    DEFINE = "define"
    SUMMARISE = "summarise"
    EXAMPLE = "example"
    QUIZ = "quiz"
    ANSWER = "answer"
    COMPARE = "compare"
    CHAT = "chat"


ASKED: Mapping[str, tuple[tuple[Intent, str], ...]] = {
    "english": (
        (
            Intent.CHAT,
            r"(?:(?:hi|hiya|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|thanks?(?: you)?|thx|cheers"
            r"|bye|goodbye|ok(?:ay)?|great|cool|nice|perfect|awesome|got it|i see|yes|no|sure|please|sorry"
            r"|that helps?|that helped|there|so much|a lot|very much|for (?:the|your) help|everyone|tutor)[\s,!.]*)+",
        ),
        (
            Intent.CHAT,
            r"(?:how are you(?: doing)?(?: today)?|who are you|what are you|what can you do|what do you do|help(?: me)?|can you help(?: me)?)",
        ),
        (
            Intent.QUIZ,
            r"(?:.*\b)?(?:quiz|test|examine|drill) (?:me|us|myself)\b(?:(?: again)?(?: (?:on|about|with|over) (?P<topic>.+))?.*)?",
        ),
        (
            Intent.QUIZ,
            r"(?:please |now |can you |could you |would you )*(?:give|ask|set|make|create|write)(?: me| us)?"
            r" (?:an?|another|one more|some|one|the next|a new)?\s?(?:more )?(?:practice |quiz |test |exam |review |new )*"
            r"(?:quiz|question|questions|exercise|problem)(?: (?:on|about|from|over) (?P<topic>.+))?",
        ),
        (Intent.QUIZ, r"(?:another|next|one more|a new)(?: (?:one|question|quiz question))?(?: please)?"),
        (Intent.QUIZ, r"(?:quiz|practice questions?)(?: please)?"),
        (
            Intent.COMPARE,
            r"(?:.*\b)?(?:compare and contrast|compare|contrast|differentiate|distinguish)(?: between)? (?P<topic>.+?)"
            r" (?:and|with|to|from|against|vs\.?|versus) (?P<other>.+)",
        ),
        (
            Intent.COMPARE,
            r"(?:.*\b)?(?:differences?|distinctions?|similarit(?:y|ies)|comparison)(?: is there| are there)?"
            r" (?:between|of) (?P<topic>.+?) (?:and|vs\.?|versus) (?P<other>.+)",
        ),
        (
            Intent.COMPARE,
            r"how (?:do|does|is|are|did) (?P<topic>.+?) (?:differ|different|differs|compare|similar)(?: from| to| with)? (?P<other>.+)",
        ),
        (Intent.COMPARE, r"(?:what(?:'s| is) )?(?P<topic>[^,]+?) (?:vs\.?|versus) (?P<other>.+)"),
        (
            Intent.SUMMARISE,
            r"(?:.*\b)?(?:summari[sz]e|sum up|recap|tl;?dr|outline)\b(?: (?P<topic>.+))?",
        ),
        (
            Intent.SUMMARISE,
            r"(?:.*\b)?(?:summary|overview|recap|outline|gist|key (?:points|ideas|takeaways|facts)|takeaways"
            r"|main (?:points|ideas?|topics?))(?: (?:of|about|on|for|from|in) (?P<topic>.+))?",
        ),
        (
            Intent.SUMMARISE,
            r"what(?:'s| is) (?P<topic>(?:this|the) (?:lesson|chapter|page|section|text|unit)) (?:all )?about",
        ),
        (
            Intent.SUMMARISE,
            r"(?:.*\b)?(?:explain|describe|teach|show|give|tell|talk|walk|take|go)(?: me| us)?(?: about| over| through)?"
            r" (?P<topic>(?:this|the|my) (?:whole |entire |current )?(?:lesson|chapter|page|section|text|unit|topic))(?: to (?:me|us))?",
        ),
        (
            Intent.SUMMARISE,
            r"what (?:should|will|can|could|do|must|would|am) (?:i|we)(?: supposed to| going to| need to| have to)?"
            r" (?:learn|know|remember|understand|take away|study)(?: here| from here| (?:from|in|about|after) (?P<topic>(?:this|the) \w+|this|it))?",
        ),
        (
            Intent.SUMMARISE,
            r"what(?:'s| is| are) (?:this|(?:the )?(?:most )?(?:important|essential)(?: things?| parts?| points?)?)"
            r"(?: about| here| (?:in|of|about) (?P<topic>(?:this|the) \w+))?",
        ),
        (
            Intent.SUMMARISE,
            r"what (?:does|do) (?P<topic>(?:this|the) (?:lesson|chapter|page|section|text|unit)) (?:say|cover|teach|explain|deal with).*",
        ),
        (
            Intent.EXAMPLE,
            r"(?:please |and |now |so |can you |could you |would you |do you have |is there |are there )*"
            r"(?:(?:give|show|tell|find|provide|list|name|offer)(?: me| us)? )?(?:an?|another|some|one|any|the|two|three|a few|more|one more)?\s?"
            r"(?:more |good |concrete |simple |specific |real[- ](?:life|world) )*examples?"
            r"(?: (?:of|for|about|on|from|where|when|with|in which) (?P<topic>.+)| please)?",
        ),
        (
            Intent.EXAMPLE,
            r"what(?:'s| is| are|'re| would be) (?:an?|some|one|another)?\s?(?:good )?examples? (?:of|for) (?P<topic>.+)",
        ),
        (Intent.EXAMPLE, r"(?:for example|for instance|such as|like what|e\.?g\.?)"),
        (Intent.EXAMPLE, r"(?:can you |could you |please )*(?:illustrate|demonstrate|show me how) (?P<topic>.+)"),
        (
            Intent.DEFINE,
            r"(?:please |can you |could you )*(?:define|give (?:me )?(?:a |the )?definition (?:of|for)) (?P<topic>.+)",
        ),
        (Intent.DEFINE, r"(?:what(?:'s| is) (?:the )?)?(?:definition|meaning) of (?P<topic>.+)"),
        (Intent.DEFINE, r"what (?:does|do) (?:the (?:term|word|phrase) )?(?P<topic>.+?) mean"),
        (Intent.DEFINE, r"what (?:is|are) meant by (?P<topic>.+)"),
        (
            Intent.DEFINE,
            r"(?:please |can you |could you )*(?:explain|describe|tell me (?:more )?about|teach me(?: about)?|help me understand|i (?:don't|do not|dont) (?:get|understand))"
            r"(?: to me)? (?:an? |the )?(?:(?:term|concept|idea|notion)(?: of)? )?(?P<topic>(?!(?:how|why|what|when|where|who|which|whether|that|this|it)\b)[^\s,]+(?: [^\s,]+){0,2})",
        ),
        (
            Intent.DEFINE,
            r"what(?:'s|'re| is| are| was| were) (?:an? |the term |the )?(?P<topic>[^\s,]+(?: [^\s,]+){0,2})",
        ),
    ),
    "german": (
        (Intent.CHAT, r"(?:(?:hallo|hi|guten (?:tag|morgen|abend)|danke(?: schön)?|vielen dank|tschüss|ok)[\s,!.]*)+"),
        (Intent.QUIZ, r"(?:.*\b)?(?:frag mich(?: ab)?|teste mich|quiz)\b(?:.*(?:über|zu) (?P<topic>.+))?"),
        (Intent.QUIZ, r"(?:noch eine(?: frage)?|nächste(?: frage)?)"),
        (Intent.COMPARE, r"(?:.*\b)?vergleiche? (?P<topic>.+?) (?:und|mit) (?P<other>.+)"),
        (Intent.COMPARE, r"(?:.*\b)?unterschiede? zwischen (?P<topic>.+?) und (?P<other>.+)"),
        (
            Intent.SUMMARISE,
            r"(?:.*\b)?(?:fasse? (?P<topic>.+?) zusammen|zusammenfassung(?: (?:von|der|des) .+)?|überblick)",
        ),
        (
            Intent.EXAMPLE,
            r"(?:.*\b)?(?:gib|nenne|zeig)(?: mir)? (?:ein|noch ein)?\s?beispiele?(?: (?:für|zu|von) (?P<topic>.+))?",
        ),
        (Intent.EXAMPLE, r"(?:zum beispiel|ein beispiel(?: für (?P<topic>.+))?)"),
        (Intent.DEFINE, r"(?:definiere|was bedeutet|was heißt|was versteht man unter) (?P<topic>.+)"),
        (Intent.DEFINE, r"was (?:ist|sind) (?:eine?n? |der |die |das )?(?P<topic>[^\s,]+(?: [^\s,]+){0,2})"),
    ),
    "french": (
        (Intent.CHAT, r"(?:(?:bonjour|salut|bonsoir|merci(?: beaucoup)?|au revoir|ok)[\s,!.]*)+"),
        (Intent.QUIZ, r"(?:.*\b)?(?:interroge-moi|teste-moi|pose-moi une question|quiz)\b(?:.*(?:sur) (?P<topic>.+))?"),
        (Intent.COMPARE, r"(?:.*\b)?compare[rz]? (?P<topic>.+?) (?:et|avec|à) (?P<other>.+)"),
        (Intent.COMPARE, r"(?:.*\b)?différences? entre (?P<topic>.+?) et (?P<other>.+)"),
        (Intent.SUMMARISE, r"(?:.*\b)?(?:résume[rz]?(?: (?P<topic>.+))?|résumé.*|points clés)"),
        (
            Intent.EXAMPLE,
            r"(?:.*\b)?(?:donne[rz]?(?:-moi)? )?(?:un|un autre|des) exemples?(?: (?:de|d'|du|pour) ?(?P<topic>.+))?",
        ),
        (Intent.DEFINE, r"(?:définis|que signifie|que veut dire|définition de) (?P<topic>.+)"),
        (
            Intent.DEFINE,
            r"qu'est-ce (?:que c'est que |que |qu')(?:une? |le |la |l'|les )?(?P<topic>[^\s,]+(?: [^\s,]+){0,2})",
        ),
    ),
    "spanish": (
        (Intent.CHAT, r"(?:(?:hola|buen(?:os|as) (?:días|tardes|noches)|(?:muchas )?gracias|adiós|ok)[\s,!.]*)+"),
        (
            Intent.QUIZ,
            r"(?:.*\b)?(?:hazme (?:una pregunta|preguntas)|pregúntame|evalúame|quiz)\b(?:.*(?:sobre) (?P<topic>.+))?",
        ),
        (Intent.COMPARE, r"(?:.*\b)?compara(?:r)? (?P<topic>.+?) (?:y|con) (?P<other>.+)"),
        (Intent.COMPARE, r"(?:.*\b)?diferencias? entre (?P<topic>.+?) y (?P<other>.+)"),
        (Intent.SUMMARISE, r"(?:.*\b)?(?:resum(?:e|ir|en)(?: de)?(?: (?P<topic>.+))?|puntos clave)"),
        (Intent.EXAMPLE, r"(?:.*\b)?(?:dame |da )?(?:un|otro|unos) ejemplos?(?: (?:de|para) (?P<topic>.+))?"),
        (Intent.DEFINE, r"(?:define|qué significa|definición de) (?P<topic>.+)"),
        (Intent.DEFINE, r"qué (?:es|son) (?:una? |el |la |los |las )?(?P<topic>[^\s,]+(?: [^\s,]+){0,2})"),
    ),
    "portuguese": (
        (Intent.CHAT, r"(?:(?:olá|oi|bom dia|boa (?:tarde|noite)|(?:muito )?obrigad[oa]|tchau|ok)[\s,!.]*)+"),
        (Intent.QUIZ, r"(?:.*\b)?(?:faça(?:-me)? uma pergunta|me teste|teste-me|quiz)\b(?:.*(?:sobre) (?P<topic>.+))?"),
        (Intent.COMPARE, r"(?:.*\b)?compar[ea]r? (?P<topic>.+?) (?:e|com) (?P<other>.+)"),
        (Intent.COMPARE, r"(?:.*\b)?diferenças? entre (?P<topic>.+?) e (?P<other>.+)"),
        (Intent.SUMMARISE, r"(?:.*\b)?(?:resum(?:a|ir|o)(?: d[aeo])?(?: (?P<topic>.+))?|pontos principais)"),
        (Intent.EXAMPLE, r"(?:.*\b)?(?:dê(?:-me)? |me dê )?(?:um|outro|uns) exemplos?(?: (?:de|para) (?P<topic>.+))?"),
        (Intent.DEFINE, r"(?:defina|o que significa|definição de) (?P<topic>.+)"),
        (Intent.DEFINE, r"o que (?:é|são) (?:uma? |o |a |os |as )?(?P<topic>[^\s,]+(?: [^\s,]+){0,2})"),
    ),
}

REVEAL = (
    r"(?:.*\b)?(?:answer|solution|(?:don't|do not|dont) know|not sure|no answer|skip|idk|dunno|no (?:idea|clue)|give up|show me|tell me"
    r"|reveal|what is it|what's the word|pass|(?:die )?antwort|lösung|(?:ich )?weiß (?:ich |es )?nicht|keine ahnung"
    r"|réponse|je ne sais pas|respuesta|no (?:lo )?sé|resposta|não sei)\b.*"
)
"""How a learner asks for the answer to a quiz question."""

GUESS = (
    r"(?:is it|could it be|maybe|perhaps|i (?:think|guess|believe|say)(?: that)?(?: it(?:'s| is))?|it(?:'s| is)|it must be"
    r"|the answer is|my answer is|ist es|est-ce|es|é)\s+(?P<topic>.+)"
)
"""How a learner wraps a guess; a bare word is a guess too."""

THIS_LESSON = (
    r"(?:(?:of|about|on|in|for|from)\s+)?(?:(?:this|the|that|my|current|whole|entire|diese|dieser|die|den|das|cette|la|esta|este|esta|o|a)\s+)*"
    r"(?:lesson|chapter|page|section|text|unit|module|material|reading|it|this|that|everything|lektion|kapitel|text|leçon|chapitre|page"
    r"|lección|capítulo|texto|lição|aula|capítulo)(?:\s+(?:for me|please|briefly|in short|shortly|so far))*"
)
"""A summary's topic that means the lesson in front of the learner."""

POLITE = r"(?:please|pls|kindly|thanks|thank you|for me|again|bitte|s'il te plaît|por favor)"
"""Trimmed from both ends of a message and a topic."""

ANAPHORA = frozenset(
    [
        "it",
        "its",
        "they",
        "them",
        "their",
        "this",
        "that",
        "these",
        "those",
        "one",
        "ones",
        "he",
        "she",
        "him",
        "her",
        "such",
        "former",
        "latter",
        "same",
        "there",
        "das",
        "es",
        "sie",
        "diese",
        "dies",
        "davon",
        "dazu",
        "cela",
        "ça",
        "ce",
        "eso",
        "esto",
        "ello",
        "isso",
        "isto",
    ]
)
"""Words that point back into the conversation."""

ORDINALS: Mapping[str, int] = {
    "first": 0,
    "second": 1,
    "third": 2,
    "fourth": 3,
    "fifth": 4,
    "former": 0,
    "latter": 1,
    "last": -1,
    "other": 1,
    "erste": 0,
    "zweite": 1,
    "dritte": 2,
    "premier": 0,
    "deuxième": 1,
    "troisième": 2,
    "primero": 0,
    "segundo": 1,
    "tercero": 2,
    "primeiro": 0,
    "terceiro": 2,
}

MORE = (
    r"(?:and |but |so )?(?:why|how|how so|how come|why not|when|where|who|more|go on|continue|tell me more|explain(?: more| further)?|elaborate"
    r"|can you (?:explain|elaborate)(?: more| further)?|i (?:don't|do not|dont) (?:understand|get)(?: it| that| this)?|what else|anything else"
    r"|what do you mean|really|warum|wieso|mehr|weiter|pourquoi|plus|por qué|más|por que|mais)"
)
"""A message that only continues the one before."""

ELLIPSIS = r"(?:and |but |ok |so )?(?:what about|how about|and|und|wie ist es mit|et|y|e)(?P<within> for| with| in| at| on)? (?P<topic>.+)"
"""The same question about something else."""


DEFINITION_CUES: Mapping[str, str] = {
    "english": "is called known as refers to means term defined",
    "german": "heißt nennt man bezeichnet bedeutet Begriff",
    "french": "appelé désigne signifie terme défini",
    "spanish": "se llama significa término definido conocido como",
    "portuguese": "chama-se significa termo definido conhecido como",
}
"""Words of sentences that define something; what to search for when a quiz has no subject."""
