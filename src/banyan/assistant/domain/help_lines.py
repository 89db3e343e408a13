"""Public help lines by country, and what a learner in need is told in their language.

Lines are those that run themselves or a ministry publishes at the address beside each; as known in November 2025. Check
them before going live and once a year: docs/how-to/protect-learners.md says how.
"""

# ruff: noqa: E501
from collections.abc import Mapping
from typing import NamedTuple

AS_OF = "2025-11"


class HelpLine(NamedTuple):
    """number: as dialled in the country. source: where it is published."""

    name: str
    number: str
    source: str


EMERGENCY: Mapping[str, str] = {
    **dict.fromkeys(("US", "CA", "MX", "AR"), "911"),
    **dict.fromkeys(("GB",), "999 / 112"),
    "AU": "000",
    "NZ": "111",
    "JP": "119 / 110",
    "CN": "120 / 110",
    "KR": "119 / 112",
    "BR": "192 / 190",
    "ZA": "112 / 10111",
    "SG": "995 / 999",
    **dict.fromkeys(
        (
            "DE",
            "AT",
            "CH",
            "FR",
            "ES",
            "PT",
            "IT",
            "IE",
            "NL",
            "BE",
            "LU",
            "SE",
            "NO",
            "DK",
            "FI",
            "PL",
            "TR",
            "RU",
            "IN",
        ),
        "112",
    ),
}
"""Ambulance first, then police."""

HELP_LINES: Mapping[str, tuple[HelpLine, ...]] = {
    "US": (
        HelpLine("988 Suicide & Crisis Lifeline", "988", "https://988lifeline.org"),
        HelpLine("Childhelp", "1-800-422-4453", "https://www.childhelphotline.org"),
    ),
    "CA": (
        HelpLine("9-8-8", "988", "https://988.ca"),
        HelpLine("Kids Help Phone", "1-800-668-6868", "https://kidshelpphone.ca"),
    ),
    "GB": (
        HelpLine("Samaritans", "116 123", "https://www.samaritans.org"),
        HelpLine("Childline", "0800 1111", "https://www.childline.org.uk"),
    ),
    "IE": (
        HelpLine("Samaritans", "116 123", "https://www.samaritans.org/ireland"),
        HelpLine("Childline", "1800 66 66 66", "https://www.childline.ie"),
    ),
    "DE": (
        HelpLine("TelefonSeelsorge", "0800 111 0 111", "https://www.telefonseelsorge.de"),
        HelpLine("Nummer gegen Kummer", "116 111", "https://www.nummergegenkummer.de"),
    ),
    "AT": (
        HelpLine("TelefonSeelsorge", "142", "https://www.telefonseelsorge.at"),
        HelpLine("Rat auf Draht", "147", "https://www.rataufdraht.at"),
    ),
    "CH": (
        HelpLine("Die Dargebotene Hand", "143", "https://www.143.ch"),
        HelpLine("Pro Juventute", "147", "https://www.147.ch"),
    ),
    "FR": (
        HelpLine("Numéro national de prévention du suicide", "3114", "https://3114.fr"),
        HelpLine("Allô enfance en danger", "119", "https://www.allo119.gouv.fr"),
    ),
    "BE": (
        HelpLine("Zelfmoordlijn", "1813", "https://www.zelfmoord1813.be"),
        HelpLine("Télé-Accueil", "107", "https://tele-accueil.be"),
    ),
    "NL": (HelpLine("113 Zelfmoordpreventie", "113", "https://www.113.nl"),),
    "ES": (
        HelpLine("Línea de atención a la conducta suicida", "024", "https://www.sanidad.gob.es/linea024"),
        HelpLine("ANAR", "116 111", "https://www.anar.org"),
    ),
    "PT": (
        HelpLine("SNS 24", "808 24 24 24", "https://www.sns24.gov.pt"),
        HelpLine("SOS Criança", "116 111", "https://iacrianca.pt"),
    ),
    "BR": (
        HelpLine("CVV", "188", "https://cvv.org.br"),
        HelpLine("Disque Direitos Humanos", "100", "https://www.gov.br/mdh"),
    ),
    "IT": (
        HelpLine("Telefono Amico", "02 2327 2327", "https://www.telefonoamico.it"),
        HelpLine("Telefono Azzurro", "19696", "https://azzurro.it"),
    ),
    "TR": (HelpLine("ALO 183", "183", "https://www.aile.gov.tr"),),
    "RU": (HelpLine("Детский телефон доверия", "8-800-2000-122", "https://telefon-doveria.ru"),),
    "IN": (
        HelpLine("Tele-MANAS", "14416", "https://telemanas.mohfw.gov.in"),
        HelpLine("Childline", "1098", "https://www.childlineindia.org"),
    ),
    "CN": (
        HelpLine("全国统一心理援助热线", "12356", "https://www.nhc.gov.cn"),
        HelpLine("青少年服务台", "12355", "https://www.12355.net"),
    ),
    "JP": (
        HelpLine("よりそいホットライン", "0120-279-338", "https://www.since2011.net/yorisoi"),
        HelpLine("チャイルドライン", "0120-99-7777", "https://childline.or.jp"),
    ),
    "KR": (HelpLine("자살예방 상담전화", "109", "https://www.129.go.kr"),),
    "AU": (
        HelpLine("Lifeline", "13 11 14", "https://www.lifeline.org.au"),
        HelpLine("Kids Helpline", "1800 55 1800", "https://kidshelpline.com.au"),
    ),
    "NZ": (HelpLine("1737", "1737", "https://1737.org.nz"),),
    "SE": (
        HelpLine("Självmordslinjen", "90101", "https://mind.se"),
        HelpLine("Bris", "116 111", "https://www.bris.se"),
    ),
    "NO": (
        HelpLine("Mental Helse", "116 123", "https://mentalhelse.no"),
        HelpLine("Alarmtelefonen for barn og unge", "116 111", "https://www.116111.no"),
    ),
    "DK": (
        HelpLine("Livslinien", "70 201 201", "https://www.livslinien.dk"),
        HelpLine("BørneTelefonen", "116 111", "https://bornetelefonen.dk"),
    ),
    "FI": (HelpLine("MIELI", "09 2525 0111", "https://mieli.fi"),),
    "PL": (HelpLine("Telefon zaufania dla dzieci i młodzieży", "116 111", "https://116111.pl"),),
    "MX": (HelpLine("Línea de la Vida", "800 911 2000", "https://www.gob.mx/salud/conasama"),),
    "ZA": (
        HelpLine("SADAG", "0800 567 567", "https://www.sadag.org"),
        HelpLine("Childline", "116", "https://www.childlinesa.org.za"),
    ),
    "SG": (HelpLine("SOS", "1767", "https://www.sos.org.sg"),),
}

EVERYWHERE = "https://findahelpline.com"

WORDS: Mapping[str, str] = {
    "en": "Thank you for telling me. What you describe matters more than any lesson, and you do not have to carry it alone. I am a program and cannot help the way a person can. Please talk to someone now: a person you trust, or one of these help lines.\n\n{lines}\n\nIf you or someone else is in danger right now, call {emergency}.",
    "de": "Danke, dass du das schreibst. Was du beschreibst, ist wichtiger als jede Lektion, und du musst damit nicht allein bleiben. Ich bin ein Programm und kann nicht helfen wie ein Mensch. Bitte sprich jetzt mit jemandem: mit einer Person, der du vertraust, oder bei einer dieser Hilfsstellen.\n\n{lines}\n\nWenn du oder jemand anderes gerade in Gefahr ist, ruf {emergency} an.",
    "fr": "Merci de me l'avoir dit. Ce que tu décris compte plus que n'importe quelle leçon, et tu n'as pas à le porter seul. Je suis un programme et ne peux pas aider comme une personne. Parle à quelqu'un maintenant : une personne de confiance, ou l'une de ces lignes d'écoute.\n\n{lines}\n\nSi toi ou quelqu'un d'autre est en danger en ce moment, appelle le {emergency}.",
    "es": "Gracias por contármelo. Lo que describes importa más que cualquier lección, y no tienes que cargar con ello a solas. Soy un programa y no puedo ayudar como lo haría una persona. Habla ahora con alguien: una persona de confianza o una de estas líneas de ayuda.\n\n{lines}\n\nSi tú u otra persona está en peligro ahora mismo, llama al {emergency}.",
    "pt": "Obrigado por me contar. O que você descreve importa mais do que qualquer lição, e você não precisa carregar isso sem companhia. Sou um programa e não posso ajudar como uma pessoa. Fale agora com alguém: uma pessoa de confiança ou uma destas linhas de apoio.\n\n{lines}\n\nSe você ou outra pessoa está em perigo agora, ligue para {emergency}.",
    "it": "Grazie per avermelo detto. Quello che descrivi conta più di qualsiasi lezione, e non devi affrontarlo da solo. Sono un programma e non posso aiutare come farebbe una persona. Parla adesso con qualcuno: una persona di cui ti fidi o una di queste linee di ascolto.\n\n{lines}\n\nSe tu o qualcun altro è in pericolo in questo momento, chiama il {emergency}.",
    "tr": "Bunu söylediğin için teşekkür ederim. Anlattığın şey her dersten daha önemli ve bununla tek başına kalmak zorunda değilsin. Ben bir programım, bir insan gibi yardım edemem. Lütfen şimdi biriyle konuş: güvendiğin bir kişiyle ya da bu yardım hatlarından biriyle.\n\n{lines}\n\nSen ya da bir başkası şu anda tehlikedeyse {emergency} numarasını ara.",
    "ru": "Спасибо, что написал об этом. То, что ты описываешь, важнее любого урока, и ты не обязан справляться с этим в одиночку. Я программа и не могу помочь так, как помог бы человек. Пожалуйста, поговори с кем-нибудь сейчас: с человеком, которому доверяешь, или по одной из этих линий помощи.\n\n{lines}\n\nЕсли тебе или кому-то ещё прямо сейчас грозит опасность, звони {emergency}.",
    "ar": "شكرًا لأنك أخبرتني. ما تصفه أهم من أي درس، ولست مضطرًا لتحمله وحدك. أنا برنامج ولا أستطيع أن أساعد كما يساعد إنسان. تحدث الآن مع أحد: شخص تثق به، أو أحد خطوط المساعدة هذه.\n\n{lines}\n\nإذا كنت أنت أو شخص آخر في خطر الآن، فاتصل بـ {emergency}.",
    "hi": "यह बताने के लिए धन्यवाद। आप जो बता रहे हैं वह किसी भी पाठ से अधिक महत्वपूर्ण है, और आपको यह अकेले नहीं सहना है। मैं एक प्रोग्राम हूँ और किसी इंसान की तरह मदद नहीं कर सकता। कृपया अभी किसी से बात करें: किसी ऐसे व्यक्ति से जिस पर आपको भरोसा है, या इन हेल्पलाइनों में से किसी से।\n\n{lines}\n\nयदि आप या कोई और अभी ख़तरे में है, तो {emergency} पर कॉल करें।",
    "zh": "谢谢你告诉我。你说的事比任何课程都重要，你不必独自承受。我只是一个程序，无法像人那样帮助你。请现在就找人谈谈：你信任的人，或以下求助热线。\n\n{lines}\n\n如果你或他人此刻正处于危险之中，请拨打 {emergency}。",
    "ja": "話してくれてありがとうございます。あなたが書いてくれたことは、どんな授業よりも大切です。一人で抱え込む必要はありません。私はプログラムなので、人のように助けることはできません。今すぐ誰かに話してください。信頼できる人、または次の相談窓口に。\n\n{lines}\n\nあなたや他の誰かが今危険な状態にあるなら、{emergency} に電話してください。",
}

LOCAL_EMERGENCY: Mapping[str, str] = {
    "en": "your local emergency number (112 in Europe, 911 in North America)",
    "de": "den örtlichen Notruf (in Europa 112)",
    "fr": "numéro d'urgence local (112 en Europe)",
    "es": "número de emergencias local (112 en Europa, 911 en América)",
    "pt": "o número de emergência local (112 na Europa, 192 ou 190 no Brasil)",
    "it": "numero di emergenza locale (112 in Europa)",
    "tr": "yerel acil yardım (112)",
    "ru": "по местному номеру экстренной помощи (112)",
    "ar": "رقم الطوارئ المحلي",
    "hi": "स्थानीय आपातकालीन नंबर (112)",
    "zh": "当地急救或报警电话",
    "ja": "地域の緊急電話番号",
}


def words_of_help(language: str, country: str) -> str:
    """What a learner in need is told. language: `en` where it is none of ours; country: "" where nobody said."""
    language = language if language in WORDS else "en"
    country = country.upper()
    known = [f"- {line.name}: {line.number} ({line.source})" for line in HELP_LINES.get(country, ())]
    lines = "\n".join([*known, f"- {EVERYWHERE}"])
    return WORDS[language].format(lines=lines, emergency=EMERGENCY.get(country) or LOCAL_EMERGENCY[language])
