"""What the tutor says around its quotations, by language: fixed phrases that state nothing about the subject."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The fixed phrases of one language. `{}` is filled with a term of the learner's or a title of the course."""

    chat: str
    not_covered: str
    nearest: str
    which_lesson: str
    no_example: str
    no_lesson_example: str
    about: str
    both: str
    one_missing: str
    question: str
    ask_for_answer: str
    no_question: str
    right: str
    wrong: str
    answer: str
    empty: str


WORDINGS: Mapping[str, Wording] = {
    "english": Wording(
        chat="Hello! I answer from this course and quote where each sentence stands. Ask me to explain, define or"
        " compare something, to give an example, to summarise the lesson, or to quiz you.",
        not_covered="This course does not seem to cover that.",
        nearest="The nearest lesson is “{}”.",
        which_lesson="Open the lesson that you want summarised, or name its subject.",
        no_example="The course gives no example of that in so many words. This is what it says:",
        no_lesson_example="This lesson gives no example in so many words.",
        about="On {}:",
        both="On both:",
        one_missing="The course does not seem to cover {}.",
        question="Fill in the gap:",
        ask_for_answer="Send your guess, or ask for the answer.",
        no_question="I found no sentence here that makes a good question. Try another lesson.",
        right="Right:",
        wrong="Not quite:",
        answer="The answer is “{}”:",
        empty="Nothing is indexed here yet.",
    ),
    "german": Wording(
        chat="Hallo! Ich antworte aus diesem Kurs und zeige, wo jeder Satz steht. Bitte mich um eine Erklärung, eine "
        "Definition, einen Vergleich, ein Beispiel, eine Zusammenfassung oder eine Quizfrage.",
        not_covered="Dieser Kurs scheint das nicht zu behandeln.",
        nearest="Die nächste Lektion ist „{}“.",
        which_lesson="Öffne die Lektion, die zusammengefasst werden soll, oder nenne ihr Thema.",
        no_example="Der Kurs nennt dazu kein ausdrückliches Beispiel. Das steht dazu im Kurs:",
        no_lesson_example="Diese Lektion nennt kein ausdrückliches Beispiel.",
        about="Zu {}:",
        both="Zu beiden:",
        one_missing="Der Kurs scheint {} nicht zu behandeln.",
        question="Fülle die Lücke:",
        ask_for_answer="Schick deinen Vorschlag oder frag nach der Antwort.",
        no_question="Hier steht kein Satz, der eine gute Frage ergibt. Versuche eine andere Lektion.",
        right="Richtig:",
        wrong="Nicht ganz:",
        answer="Die Antwort ist „{}“:",
        empty="Hier ist noch nichts indiziert.",
    ),
    "french": Wording(
        chat="Bonjour ! Je réponds à partir de ce cours en citant chaque phrase. Demandez une explication, une"
        " définition, une comparaison, un exemple, un résumé ou une question de quiz.",
        not_covered="Ce cours ne semble pas traiter ce sujet.",
        nearest="La leçon la plus proche est « {} ».",
        which_lesson="Ouvrez la leçon à résumer, ou nommez son sujet.",
        no_example="Le cours n’en donne pas d’exemple explicite. Voici ce qu’il dit :",
        no_lesson_example="Cette leçon ne donne pas d’exemple explicite.",
        about="Sur {} :",
        both="Sur les deux :",
        one_missing="Le cours ne semble pas traiter {}.",
        question="Complétez :",
        ask_for_answer="Envoyez votre réponse, ou demandez la solution.",
        no_question="Aucune phrase ici ne donne une bonne question. Essayez une autre leçon.",
        right="Exact :",
        wrong="Pas tout à fait :",
        answer="La réponse est « {} » :",
        empty="Rien n’est encore indexé ici.",
    ),
    "spanish": Wording(
        chat="¡Hola! Respondo con frases de este curso y cito dónde están. Pide una explicación, una definición, una "
        "comparación, un ejemplo, un resumen o una pregunta de prueba.",
        not_covered="Este curso no parece tratar ese tema.",
        nearest="La lección más cercana es «{}».",
        which_lesson="Abre la lección que quieres resumir, o nombra su tema.",
        no_example="El curso no da un ejemplo explícito. Esto es lo que dice:",
        no_lesson_example="Esta lección no da un ejemplo explícito.",
        about="Sobre {}:",
        both="Sobre ambos:",
        one_missing="El curso no parece tratar {}.",
        question="Completa:",
        ask_for_answer="Envía tu respuesta, o pide la solución.",
        no_question="Aquí no hay una frase que dé una buena pregunta. Prueba otra lección.",
        right="Correcto:",
        wrong="No exactamente:",
        answer="La respuesta es «{}»:",
        empty="Aquí aún no hay nada indexado.",
    ),
    "portuguese": Wording(
        chat="Olá! Respondo com frases deste curso e cito onde estão. Peça uma explicação, uma definição, uma"
        " comparação, um exemplo, um resumo ou uma pergunta de teste.",
        not_covered="Este curso não parece tratar desse tema.",
        nearest="A lição mais próxima é “{}”.",
        which_lesson="Abra a lição que quer resumir, ou diga o tema.",
        no_example="O curso não dá um exemplo explícito. Isto é o que ele diz:",
        no_lesson_example="Esta lição não dá um exemplo explícito.",
        about="Sobre {}:",
        both="Sobre ambos:",
        one_missing="O curso não parece tratar {}.",
        question="Complete:",
        ask_for_answer="Envie a sua resposta, ou peça a solução.",
        no_question="Não há aqui uma frase que dê uma boa pergunta. Tente outra lição.",
        right="Certo:",
        wrong="Não exatamente:",
        answer="A resposta é “{}”:",
        empty="Ainda não há nada indexado aqui.",
    ),
}
