"""Which questions ask for a task's solution, and which of them are about the same task.

Help is limited for tasks alone: whoever asks what osmosis is gets told, at every level of help.
"""

import re
from collections.abc import Sequence

from banyan.assistant.domain.words import content, plain

_NUMBERED = re.compile(
    r"\b(exercise|problem|question|task|assignment|homework|quiz|worksheet|puzzle|aufgabe|ubung|frage|hausaufgabe|"
    r"exercice|devoir|probleme|ejercicio|tarea|problema)s?\b\s*(no\.?|nr\.?|number|#)?\s*\d"
)
_SOLVE = re.compile(
    r"\b(solve|calculate|compute|work out|evaluate|simplify|factori[sz]e|differentiate|integrate|prove that|show that|"
    r"derive|balance the equation|convert \d|fill in the (gap|blank)s?|true or false|multiple choice|"
    r"which of the following|complete the (sentence|table|code)|write (a|the) (program|function|proof|essay|code)|"
    r"(do|finish|answer|solve) (my|this|the) (homework|exercise|assignment|task|quiz|question|problem)|"
    r"(the |a )?(correct |right |final )?(answer|solution)s? (to|of|for|is)|what('s| is) the (answer|solution|result)|"
    r"give me the (answer|solution|result)|lose|berechne|bestimme|ermittle|was ist die losung|losung (von|zu|der)|"
    r"resous|calcule[rz]?|quelle est la (reponse|solution)|resuelve|calcula|cual es la (respuesta|solucion))\b"
)
_OPTIONS = re.compile(r"(?:^|\s)\(?[a-d][).]\s.+\s\(?[b-e][).]\s", re.DOTALL | re.IGNORECASE)
_EQUATION = re.compile(r"\d\s*[+*/^x-].*=|=\s*\?|\b[xyz]\s*=", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\b(how (many|much|far|long|fast|old|tall)|what is the (probability|value|area|volume|mean|sum))\b"
)
_AGAIN = re.compile(
    r"^\W*(another|next|more|one more|again|a|noch|weiter|encore|otr[ao])?\W*(hints?|tips?|help|clues?|again|next|more|"
    r"tipps?|hinweise?|hilfe|indices?|pistas?|weiter)\W*(please|bitte)?\W*$|"
    r"\b(another|next|one more|further|noch ein(en)?) (hint|tip|clue|tipp|hinweis)|"
    r"\bi (still )?(don'?t|do not) (know|get|understand) (it|this|that)?\W*$|"
    r"\b(just|please) (tell|give|show) me\W*(the (answer|solution))?\W*$|"
    r"\bi(('| a)m| am) (still )?stuck|^\W*(i )?give up\W*$|^\W*(and|so|then) what\W*$|\bkomme nicht weiter"
)
_LONG = 30
_SAME = 0.6


def is_task(question: str) -> bool:
    """Whether the question asks for a solution, and not for understanding."""
    text = plain(question)
    if _NUMBERED.search(text) or _SOLVE.search(text) or _OPTIONS.search(question) or _EQUATION.search(text):
        return True
    numbers = len(re.findall(r"\d+", text))
    return numbers >= 2 and (bool(_HOW_MANY.search(text)) or len(text.split()) >= _LONG)


def asks_on(question: str) -> bool:
    """Whether the learner goes on with the task before: asks for another hint, or gives up."""
    return bool(_AGAIN.search(plain(question)))


def is_same(question: str, other: str) -> bool:
    """Whether two questions are about the same task, in other words or in another order."""
    mine, theirs = _terms(question), _terms(other)
    if not mine or not theirs:
        return question.strip().casefold() == other.strip().casefold()
    numbers = {term for term in mine ^ theirs if term.isdigit()}
    return not numbers and len(mine & theirs) / min(len(mine), len(theirs)) >= _SAME


_ASKING = frozenset(content("answer solution solve exercise problem question task hint tip help please tell result"))


def _terms(question: str) -> frozenset[str]:
    terms = frozenset(content(question))
    return terms - _ASKING or terms


def find_same(question: str, others: Sequence[str]) -> int | None:
    """Place of the newest of the others that is about the same task; the newest stands first."""
    if asks_on(question):
        return 0 if others else None
    return next((place for place, other in enumerate(others) if is_same(question, other)), None)
