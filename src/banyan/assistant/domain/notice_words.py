"""Refusals in the language of the question, for the languages in which help for learners in need is worded."""

# ruff: noqa: E501
from collections.abc import Mapping

from msgspec import structs

from banyan.assistant.domain.language_of import language_of
from banyan.assistant.domain.notices import Notice

IN_OTHER_WORDS: Mapping[str, Mapping[str, str]] = {
    "The assistant is switched off here. Your teacher can switch it on.": {
        "de": "Der Assistent ist hier ausgeschaltet. Deine Lehrkraft kann ihn einschalten.",
        "fr": "L'assistant est désactivé ici. Ton enseignant peut l'activer.",
        "es": "El asistente está desactivado aquí. Tu docente puede activarlo.",
        "pt": "O assistente está desligado aqui. Seu professor pode ligá-lo.",
        "it": "Qui l'assistente è disattivato. Il tuo insegnante può attivarlo.",
        "tr": "Asistan burada kapalı. Öğretmenin açabilir.",
        "ru": "Помощник здесь выключен. Преподаватель может его включить.",
        "ar": "المساعد متوقف هنا. يمكن لمعلّمك تشغيله.",
        "hi": "सहायक यहाँ बंद है। आपके शिक्षक इसे चालू कर सकते हैं।",
        "zh": "助手在这里已关闭。老师可以将它打开。",
        "ja": "ここではアシスタントはオフになっています。先生がオンにできます。",
    },
    "The assistant takes a break in this course. Please try again later.": {
        "de": "Der Assistent macht in diesem Kurs eine Pause. Bitte versuche es später noch einmal.",
        "fr": "L'assistant fait une pause dans ce cours. Réessaie plus tard.",
        "es": "El asistente está en pausa en este curso. Inténtalo más tarde.",
        "pt": "O assistente está em pausa neste curso. Tente mais tarde.",
        "it": "In questo corso l'assistente è in pausa. Riprova più tardi.",
        "tr": "Asistan bu derste ara verdi. Lütfen daha sonra tekrar dene.",
        "ru": "В этом курсе помощник взял паузу. Попробуй позже.",
        "ar": "المساعد في استراحة في هذا المقرر. حاول مرة أخرى لاحقًا.",
        "hi": "इस पाठ्यक्रम में सहायक विराम पर है। कृपया बाद में फिर प्रयास करें।",
        "zh": "助手在本课程中暂停。请稍后再试。",
        "ja": "このコースではアシスタントは休止中です。後でもう一度お試しください。",
    },
    "The assistant is not open to minors here yet. Your school can open it.": {
        "de": "Der Assistent ist hier noch nicht für Minderjährige geöffnet. Deine Schule kann ihn öffnen.",
        "fr": "L'assistant n'est pas encore ouvert aux mineurs ici. Ton école peut l'ouvrir.",
        "es": "El asistente aún no está abierto a menores aquí. Tu centro puede abrirlo.",
        "pt": "O assistente ainda não está aberto a menores aqui. Sua escola pode abri-lo.",
        "it": "Qui l'assistente non è ancora aperto ai minori. La tua scuola può aprirlo.",
        "tr": "Asistan burada henüz reşit olmayanlara açık değil. Okulun açabilir.",
        "ru": "Здесь помощник пока не открыт для несовершеннолетних. Школа может его открыть.",
        "ar": "المساعد غير متاح للقاصرين هنا بعد. يمكن لمدرستك إتاحته.",
        "hi": "सहायक यहाँ अभी नाबालिगों के लिए खुला नहीं है। आपका विद्यालय इसे खोल सकता है।",
        "zh": "助手在这里尚未向未成年人开放。学校可以开放它。",
        "ja": "ここではアシスタントはまだ未成年者に開放されていません。学校が開放できます。",
    },
    "An exam is open in this course, so the assistant is closed until it is over.": {
        "de": "In diesem Kurs läuft eine Prüfung, deshalb ist der Assistent bis zu ihrem Ende geschlossen.",
        "fr": "Un examen est en cours dans ce cours ; l'assistant est donc fermé jusqu'à sa fin.",
        "es": "Hay un examen abierto en este curso, así que el asistente está cerrado hasta que termine.",
        "pt": "Há uma prova em andamento neste curso; por isso o assistente fica fechado até o fim dela.",
        "it": "In questo corso è in corso un esame: l'assistente resta chiuso fino alla fine.",
        "tr": "Bu derste bir sınav sürüyor; bu yüzden asistan sınav bitene kadar kapalı.",
        "ru": "В этом курсе идёт экзамен, поэтому помощник закрыт до его окончания.",
        "ar": "يوجد اختبار جارٍ في هذا المقرر، لذلك المساعد مغلق حتى ينتهي.",
        "hi": "इस पाठ्यक्रम में परीक्षा चल रही है, इसलिए सहायक उसके समाप्त होने तक बंद है।",
        "zh": "本课程正在考试，因此助手在考试结束前关闭。",
        "ja": "このコースでは試験が行われているため、終わるまでアシスタントは閉じています。",
    },
    "This is about something else than the course, so it was not answered. Ask about the course.": {
        "de": "Das hat nichts mit dem Kurs zu tun und wurde deshalb nicht beantwortet. Frag etwas zum Kurs.",
        "fr": "Cela n'a pas de rapport avec le cours ; il n'y a donc pas de réponse. Pose une question sur le cours.",
        "es": "Esto no tiene que ver con el curso, así que no se respondió. Pregunta sobre el curso.",
        "pt": "Isso não tem relação com o curso e por isso não foi respondido. Pergunte sobre o curso.",
    },
    "This reads like an attempt to change how the tutor works, so it was not answered. Ask about the lesson in other words.": {
        "de": "Das liest sich wie ein Versuch, den Tutor umzustellen, und wurde deshalb nicht beantwortet. Frag mit anderen Worten nach der Lektion.",
        "fr": "Cela ressemble à une tentative de modifier le tuteur ; il n'y a donc pas de réponse. Pose ta question sur la leçon autrement.",
        "es": "Esto parece un intento de cambiar cómo funciona el tutor, así que no se respondió. Pregunta sobre la lección con otras palabras.",
        "pt": "Isso parece uma tentativa de mudar como o tutor funciona e por isso não foi respondido. Pergunte sobre a lição com outras palavras.",
        "it": "Sembra un tentativo di cambiare il funzionamento del tutor, perciò non c'è risposta. Chiedi della lezione con altre parole.",
        "tr": "Bu, öğretmenin çalışma biçimini değiştirme girişimine benziyor; bu yüzden yanıtlanmadı. Dersle ilgili sorunu başka sözcüklerle sor.",
        "ru": "Это похоже на попытку изменить работу помощника, поэтому ответа нет. Спроси об уроке другими словами.",
        "ar": "يبدو هذا محاولة لتغيير طريقة عمل المعلّم الآلي، لذلك لم تتم الإجابة. اسأل عن الدرس بكلمات أخرى.",
        "hi": "यह ट्यूटर के काम करने का तरीका बदलने की कोशिश जैसा लगता है, इसलिए उत्तर नहीं दिया गया। पाठ के बारे में दूसरे शब्दों में पूछें।",
        "zh": "这看起来像是试图改变助教的工作方式，因此没有回答。请换个说法询问课程内容。",
        "ja": "チューターの動作を変えようとする内容に見えるため、回答しませんでした。授業について別の言葉で質問してください。",
    },
    "Your question is longer than the model that answers here can read. Shorten it.": {
        "de": "Deine Frage ist länger, als das Modell hier lesen kann. Kürze sie.",
        "fr": "Ta question est plus longue que ce que le modèle peut lire ici. Raccourcis-la.",
        "es": "Tu pregunta es más larga de lo que el modelo puede leer aquí. Acórtala.",
        "pt": "Sua pergunta é mais longa do que o modelo consegue ler aqui. Encurte-a.",
        "it": "La tua domanda è più lunga di quanto il modello possa leggere qui. Accorciala.",
        "tr": "Sorun, buradaki modelin okuyabileceğinden uzun. Kısalt.",
        "ru": "Вопрос длиннее, чем может прочитать модель. Сократи его.",
        "ar": "سؤالك أطول مما يستطيع النموذج قراءته هنا. اختصره.",
        "hi": "आपका प्रश्न उससे लंबा है जितना यहाँ का मॉडल पढ़ सकता है। इसे छोटा करें।",
        "zh": "你的问题超出了这里的模型能阅读的长度。请缩短。",
        "ja": "質問がここのモデルの読める長さを超えています。短くしてください。",
    },
}
"""English to the other languages. Questions in others than five are never judged to be foreign to a course."""


def spoken(notice: Notice, question: str) -> Notice:
    """The notice in the question's language; in English where that cannot be told or has no words here."""
    words = IN_OTHER_WORDS.get(notice.message)
    message = words and words.get(language_of(question))
    return structs.replace(notice, message=message) if message else notice
