"""The words around material, in five languages. None of them says anything about a subject."""

# ruff: noqa: E501
from collections.abc import Mapping

LEAD_INS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "explanation": ("{title}, explained from the source.", "Explained from the source."),
        "summary": ("{title}: what matters most.", "What matters most."),
        "introduction": ("What {title} is about.", "What this is about."),
        "examples": ("{title}: examples from the source.", "Examples from the source."),
        "practice": ("{title}: tasks to try.", "Tasks to try."),
        "outline": ("{title} at a glance.", "At a glance."),
        "quiz": ("{title}: questions.", "Questions."),
        "flashcards": ("{title}: cards to learn.", "Cards to learn."),
        "chat": ("The source says this about {title}.", "The source says this."),
    },
    "de": {
        "explanation": ("{title}, erklärt aus der Quelle.", "Erklärt aus der Quelle."),
        "summary": ("{title}: das Wichtigste.", "Das Wichtigste."),
        "introduction": ("Worum es bei „{title}“ geht.", "Worum es hier geht."),
        "examples": ("{title}: Beispiele aus der Quelle.", "Beispiele aus der Quelle."),
        "practice": ("{title}: Aufgaben zum Üben.", "Aufgaben zum Üben."),
        "outline": ("{title} im Überblick.", "Im Überblick."),
        "quiz": ("{title}: Fragen.", "Fragen."),
        "flashcards": ("{title}: Lernkarten.", "Lernkarten."),
        "chat": ("Das sagt die Quelle zu „{title}“.", "Das sagt die Quelle."),
    },
    "fr": {
        "explanation": ("{title}, expliqué d'après la source.", "Expliqué d'après la source."),
        "summary": ("{title} : l'essentiel.", "L'essentiel."),
        "introduction": ("De quoi parle « {title} ».", "De quoi il s'agit."),
        "examples": ("{title} : exemples tirés de la source.", "Exemples tirés de la source."),
        "practice": ("{title} : exercices.", "Exercices."),
        "outline": ("{title} en un coup d'œil.", "En un coup d'œil."),
        "quiz": ("{title} : questions.", "Questions."),
        "flashcards": ("{title} : cartes à apprendre.", "Cartes à apprendre."),
        "chat": ("Voici ce que dit la source sur « {title} ».", "Voici ce que dit la source."),
    },
    "es": {
        "explanation": ("{title}, explicado a partir de la fuente.", "Explicado a partir de la fuente."),
        "summary": ("{title}: lo esencial.", "Lo esencial."),
        "introduction": ("De qué trata «{title}».", "De qué se trata."),
        "examples": ("{title}: ejemplos de la fuente.", "Ejemplos de la fuente."),
        "practice": ("{title}: ejercicios.", "Ejercicios."),
        "outline": ("{title} de un vistazo.", "De un vistazo."),
        "quiz": ("{title}: preguntas.", "Preguntas."),
        "flashcards": ("{title}: tarjetas para aprender.", "Tarjetas para aprender."),
        "chat": ("Esto dice la fuente sobre «{title}».", "Esto dice la fuente."),
    },
    "pt": {
        "explanation": ("{title}, explicado a partir da fonte.", "Explicado a partir da fonte."),
        "summary": ("{title}: o essencial.", "O essencial."),
        "introduction": ("De que trata «{title}».", "Do que se trata."),
        "examples": ("{title}: exemplos da fonte.", "Exemplos da fonte."),
        "practice": ("{title}: exercícios.", "Exercícios."),
        "outline": ("{title} em resumo.", "Em resumo."),
        "quiz": ("{title}: perguntas.", "Perguntas."),
        "flashcards": ("{title}: cartões para aprender.", "Cartões para aprender."),
        "chat": ("Isto diz a fonte sobre «{title}».", "Isto diz a fonte."),
    },
}
"""By language and content type: with a title, and without one."""

BRIDGES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "formal": (
            "While reading, consider where you meet it in {it}.",
            "While reading, consider where you meet it as: {it}.",
        ),
        "casual": ("As you read: where have you seen this in {it}?", "As you read: where would you use this as: {it}?"),
    },
    "de": {
        "formal": (
            "Überlegen Sie beim Lesen, wo es Ihnen begegnet: {it}.",
            "Überlegen Sie beim Lesen, wo Sie es brauchen: {it}.",
        ),
        "casual": ("Überleg beim Lesen, wo es dir begegnet: {it}.", "Überleg beim Lesen, wo du es brauchst: {it}."),
    },
    "fr": {
        "formal": (
            "En lisant, demandez-vous où vous le rencontrez : {it}.",
            "En lisant, demandez-vous où cela vous sert : {it}.",
        ),
        "casual": (
            "En lisant, demande-toi où tu le rencontres : {it}.",
            "En lisant, demande-toi où cela te sert : {it}.",
        ),
    },
    "es": {
        "formal": ("Al leer, piense dónde lo encuentra: {it}.", "Al leer, piense dónde le sirve: {it}."),
        "casual": ("Al leer, piensa dónde lo encuentras: {it}.", "Al leer, piensa dónde te sirve: {it}."),
    },
    "pt": {
        "formal": ("Ao ler, considere onde isto aparece: {it}.", "Ao ler, pense onde isto é útil: {it}."),
        "casual": ("Ao ler, pense onde você encontra isto: {it}.", "Ao ler, pense onde isto serve para você: {it}."),
    },
}
"""By language and address: to an interest, and to a role or an industry."""

CHEERS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": {
        "formal": {"moderate": "Take it step by step.", "high": "Take it step by step; each part you finish counts."},
        "casual": {"moderate": "One step at a time.", "high": "One step at a time. You are getting there!"},
    },
    "de": {
        "formal": {
            "moderate": "Gehen Sie Schritt für Schritt vor.",
            "high": "Gehen Sie Schritt für Schritt vor; jeder Teil zählt.",
        },
        "casual": {"moderate": "Schritt für Schritt.", "high": "Schritt für Schritt. Du schaffst das!"},
    },
    "fr": {
        "formal": {"moderate": "Avancez pas à pas.", "high": "Avancez pas à pas ; chaque partie compte."},
        "casual": {"moderate": "Pas à pas.", "high": "Pas à pas. Tu vas y arriver !"},
    },
    "es": {
        "formal": {"moderate": "Avance paso a paso.", "high": "Avance paso a paso; cada parte cuenta."},
        "casual": {"moderate": "Paso a paso.", "high": "Paso a paso. ¡Tú puedes!"},
    },
    "pt": {
        "formal": {"moderate": "Avance passo a passo.", "high": "Avance passo a passo; cada parte conta."},
        "casual": {"moderate": "Passo a passo.", "high": "Passo a passo. Você consegue!"},
    },
}

_PARTS = [
    "overview",
    "objectives",
    "introduction",
    "key_points",
    "points",
    "terms",
    "definition",
    "concept",
    "theory",
    "explanation",
    "examples",
    "practice",
    "questions",
    "answers",
    "summary",
    "hook",
    "calculation",
    "application",
    "story",
    "exploration",
    "meaning",
    "observation",
    "hypothesis",
    "evidence",
    "situation",
    "results",
    "hints",
    "expected",
    "next_steps",
    "sources",
]
_NAMES = {
    "en": "Overview|Objectives|Introduction|Key points|Points|Terms|Definition|The idea|Theory|Explanation|Examples|Practice|"
    "Questions|Answers|Summary|To begin with|Calculation|Application|Story|A closer look|What it means|Observation|Hypothesis|"
    "Evidence|Situation|Results|Hints|What a good answer says|Next steps|Sources",
    "de": "Überblick|Lernziele|Einführung|Kernpunkte|Punkte|Begriffe|Definition|Die Idee|Theorie|Erklärung|Beispiele|Übung|"
    "Fragen|Antworten|Zusammenfassung|Zum Einstieg|Rechnung|Anwendung|Geschichte|Genauer betrachtet|Bedeutung|Beobachtung|"
    "Hypothese|Belege|Situation|Ergebnisse|Hinweise|Was eine gute Antwort sagt|Nächste Schritte|Quellen",
    "fr": "Vue d'ensemble|Objectifs|Introduction|Points clés|Points|Termes|Définition|L'idée|Théorie|Explication|Exemples|"
    "Exercices|Questions|Réponses|Résumé|Pour commencer|Calcul|Application|Histoire|De plus près|Signification|Observation|"
    "Hypothèse|Preuves|Situation|Résultats|Indices|Ce que dit une bonne réponse|Prochaines étapes|Sources",
    "es": "Visión general|Objetivos|Introducción|Puntos clave|Puntos|Términos|Definición|La idea|Teoría|Explicación|Ejemplos|"
    "Práctica|Preguntas|Respuestas|Resumen|Para empezar|Cálculo|Aplicación|Historia|Más de cerca|Significado|Observación|"
    "Hipótesis|Pruebas|Situación|Resultados|Pistas|Lo que dice una buena respuesta|Próximos pasos|Fuentes",
    "pt": "Visão geral|Objetivos|Introdução|Pontos principais|Pontos|Termos|Definição|A ideia|Teoria|Explicação|Exemplos|"
    "Prática|Perguntas|Respostas|Resumo|Para começar|Cálculo|Aplicação|História|Mais de perto|Significado|Observação|"
    "Hipótese|Evidências|Situação|Resultados|Dicas|O que diz uma boa resposta|Próximos passos|Fontes",
}
HEADINGS: Mapping[str, Mapping[str, str]] = {
    language: dict(zip(_PARTS, names.split("|"), strict=True)) for language, names in _NAMES.items()
}
"""By language and part."""

PART_ORDER: Mapping[str, tuple[str, ...]] = {
    "visual": ("overview", "outline", "key_points", "points", "terms", "definition", "explanation", "examples"),
    "auditory": ("introduction", "story", "explanation", "examples", "questions", "key_points"),
    "reading": ("introduction", "definition", "terms", "explanation", "key_points", "points", "examples"),
    "kinesthetic": ("examples", "practice", "questions", "application", "key_points", "points", "explanation"),
}
"""Which parts come first, by learning style."""

GUIDANCE: Mapping[str, Mapping[str, str]] = {
    "level": {
        "beginner": "Write for a beginner: say what each term means before using it.",
        "intermediate": "Write for somebody who knows the basics.",
        "advanced": "Write for an advanced learner: basics need no explanation.",
        "expert": "Write for an expert: be exact and leave out what experts know.",
    },
    "style": {
        "visual": "Show structure: headings, short lists, and what belongs under what.",
        "auditory": "Write as one would say it aloud, from one thought to the next.",
        "reading": "Write in connected paragraphs with exact terms.",
        "kinesthetic": "Go step by step, and give something to do early.",
        "mixed": "Vary between text, lists and examples.",
    },
    "density": {
        "concise": "Be concise: the main points alone.",
        "balanced": "Give the main points with the support they need.",
        "comprehensive": "Be comprehensive: cover every part of the source.",
    },
    "summary_style": {
        "bullet_points": "Prefer bullet points.",
        "paragraphs": "Prefer paragraphs to lists.",
        "visual": "Prefer an indented map of ideas.",
    },
    "detail": {"low": "Leave details out.", "high": "Give details where the source has them."},
    "repetition": {"minimal": "Say each thing once.", "frequent": "Repeat what matters at the end of each part."},
    "tone": {
        "formal": "Use a formal tone.",
        "professional_friendly": "Use a professional and friendly tone.",
        "conversational": "Use a conversational tone.",
        "casual": "Use a casual tone.",
    },
    "encouragement": {"moderate": "Encourage now and then.", "high": "Encourage the learner often."},
}
"""What a fixed value asks of a model, by field."""
