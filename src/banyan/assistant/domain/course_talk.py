"""Tells what is said about the course itself, the tutor or the conversation from questions on a subject.

None of it is foreign to a course, although no lesson has a word on it. The languages are those in which a question is
ever judged to be foreign. Entries of up to five letters are whole words, longer ones beginnings; `_` is a blank.
"""

# ruff: noqa: E501
import re
from collections.abc import Mapping

from banyan.assistant.domain.plain_text import plain

ORGANISATION: Mapping[str, str] = {
    "en": "exam test assignment homework deadline due grade grading graded submit submission hand_in certificat enrol enroll lesson chapter "
    "course class classes lecture module syllabus schedule timetable teacher instructor tutor professor quiz quizzes semester attendance "
    "office_hour textbook slide video tuition",
    "de": "prufung klausur test hausaufgabe ubungsblatt aufgabe abgabe abgeben frist noten benotet benotung zertifikat anmeldung anmelden "
    "einschreib lektion kapitel kurs kurses vorlesung modul lehrplan stundenplan lehrer dozent tutor professor quiz semester anwesenheit "
    "sprechstunde lehrbuch folie video",
    "fr": "examen controle devoir rendu rendre echeance date_limite note bareme certificat inscrire inscription lecon chapitre cours classe "
    "module programme_du calendrier horaire enseignant professeur tuteur quiz semestre presence manuel diapo video",
    "es": "examen prueba tarea deberes entrega fecha_limite plazo nota calificacion certificado inscribir inscripcion matricula leccion "
    "capitulo curso clase modulo temario horario calendario profesor docente tutor cuestionario quiz semestre asistencia diapositiva video",
    "pt": "exame prova teste tarefa trabalho_de entrega prazo nota avaliacao certificado inscrever inscricao matricula licao aula capitulo "
    "curso turma modulo ementa horario calendario professor docente tutor questionario quiz semestre presenca slide video",
}
"""Questions with one of these may be on how the course is run."""

CONVERSATION: Mapping[str, str] = {
    "en": "hi hello hey thank thanks thx cheers bye sorry please ok okay yes no help helped helpful you your yours yourself bot assistant "
    "again repeat rephrase reword simple simpler simply simplif easy easier short longer shorten brief briefly detail detailed elaborat "
    "expand clarif continue more less step another other translat language english german french spanish portuguese word bullet list "
    "table summar example instance meant mean understand understood confus lost got made sense correct wrong right sure answer question "
    "explain tell show give said say last previous first second third lot loads above good great nice cool well works worked really why how what "
    "when where who which idea point hint",
    "de": "hallo hi danke vielen tschuss bitte ja nein ok hilf hilfe du dein deine deiner dir bot assistent nochmal noch wieder wiederhol "
    "umformulier einfach einfacher leicht leichter kurz kurzer lang langer genau genauer ausfuhrlich detail klar weiter mehr weniger "
    "schritt ander andere anders ubersetz sprache deutsch englisch wort worte worten stichpunkt liste tabelle zusammenfass beispiel mein "
    "meine meinst versteh verstand verwirr richtig falsch sicher antwort frage erklar sag sagen zeig zeigen gib gesagt letzte vorherig "
    "erste zweite dritte oben gut super toll warum wieso wie was wann wo wer hinweis tipp",
    "fr": "bonjour salut merci au_revoir pardon oui non ok aide aider tu toi ton votre vous robot assistant encore repete repeter reformul "
    "simple simplement simplif facile court bref long precis detail clarif continu plus moins etape autre traduis traduire langue "
    "francais anglais mot liste tableau resume resumer exemple veux comprend compris confus perdu juste faux sur reponse question "
    "explique expliquer dis dire montre donne dit dernier precedent premier deuxieme troisieme bien super pourquoi comment quoi quand ou "
    "qui indice",
    "es": "hola gracias adios perdon si no ok ayuda ayudar tu tus usted robot asistente otra otro vez repite repetir reformul simple sencillo "
    "facil corto breve largo precis detalle aclara aclarar continua mas menos paso traduce traducir idioma espanol ingles palabra lista "
    "tabla resume resumen resumir ejemplo quiere quieres quiero entiendo entender confus perdido correcto incorrecto seguro respuesta "
    "pregunta explica explicar di dime decir muestra da dame dijist ultimo ultima anterior primer primera segundo segunda tercer bien "
    "genial por_que como que cuando donde quien pista",
    "pt": "ola oi obrigado obrigada tchau desculpa desculpe sim nao ok ajuda ajudar voce seu sua tu robo assistente outra outro vez novo "
    "repete repetir reformul simples facil curto breve longo precis detalhe esclarec continua mais menos passo traduz traduzir idioma "
    "lingua portugues ingles palavra lista tabela resumo resume resumir exemplo quer quero entendi entender compreend confus perdido "
    "certo errado correto resposta pergunta explica explicar diz dizer mostra da me disse ultimo ultima anterior primeiro primeira "
    "segundo segunda terceiro bem otimo legal porque como que quando onde quem dica devagar",
}
"""Where nothing but these is left of a message, it is about what was said before, or about nothing."""

_FILLERS = (
    "a an and are as at be been but by can could did do does for from had has have he her his i if in into is it its just let like "
    "make me my not now of off on one or our out put she should so some than that the their them then there these they this those to "
    "too don t s re ve ll d m didn doesn can up us use using want was we were will with would "
    "aber als am an auch auf aus bei das dass dem den der des die dies diese dieses doch ein eine einem einen einer er es etwas fur hat "
    "ich ihr im in ist kann kannst konntest mach mal man mich mir mit muss nach nicht nur oder sich sie sind so um und uns von war wir "
    "wird zu zum zur "
    "ai ce ces cette dans de des du elle en est et etre fais faire il ils je la le les leur lui ma mes moi mon ne nous on par pas peux "
    "pouvez peut pour que qu sa se ses son sont te un une y "
    "al algo con del el ella es esa ese eso esta este esto hace haz ha las lo los mi mis nos o para pero por puede puedes ser sin sobre "
    "su ya ao com das do dos e ela ele em essa esse eu faz fazer foi ha isso isto ja mas meu minha na nas os pelo pode sem tem um uma"
)
_FILLER_WORDS = frozenset(_FILLERS.split())
_WHOLE = 5
_WORD = re.compile(r"[^\W\d_]+")


def _words(table: Mapping[str, str]) -> re.Pattern[str]:
    entries = {part.replace("_", " ") for line in table.values() for part in line.split()}
    whole = "|".join(sorted(entry for entry in entries if len(entry) <= _WHOLE))
    beginnings = "|".join(sorted(entry for entry in entries if len(entry) > _WHOLE))
    return re.compile(rf"\b(?:(?:{whole})(?:s|es|e|n|en)?|(?:{beginnings})\w{{0,7}})\b")


_ORGANISATION, _CONVERSATION = _words(ORGANISATION), _words(CONVERSATION)


def is_course_talk(text: str) -> bool:
    """Whether a message asks nothing of any subject: how the course is run, thanks, or "can you say that shorter?"."""
    shown = plain(text)
    if _ORGANISATION.search(shown):
        return True
    left = _CONVERSATION.sub(" ", shown)
    return not any(word not in _FILLER_WORDS for word in _WORD.findall(left))
