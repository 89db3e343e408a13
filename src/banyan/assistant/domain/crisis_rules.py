"""Words of somebody in need, by language: self-harm, suicide, abuse, violence at home, acute danger.

Patterns meet plain text (`plain_text.py`: lower case, no accents). Lessons speak of suicide, killing and abuse, so each
asks for somebody who speaks of themselves or of somebody near to them.
"""

# ruff: noqa: E501
_I = r"\bi(?:'m| am|'ve| have|'d| would|'ll| will)?(?: (?:just|really|only|honestly|still|always|often|sometimes|constantly|keep|am|have|been|seriously|do|even)){0,3}"
_NEAR = r"(?:friend|sister|brother|mum|mom|mother|dad|father|cousin|roommate|classmate|girlfriend|boyfriend|partner|wife|husband|son|daughter)"

SPACED: dict[str, tuple[str, ...]] = {
    "en": (
        rf"{_I} (?:want(?:ed)?|wanna|going|gonna|plan(?:ning)?|need|trying|tried|ready|about|thinking (?:of|about)|think (?:of|about)|thought (?:of|about)|considering|decided)(?: to)? (?:die\b(?! of| laughing|r)|dying(?! of)|kill(?:ing)? (?:my ?self|me\b)|end(?:ing)? (?:it all|my (?:own )?life|everything)|commit(?:ting)? suicide|suicide|hurt(?:ing)? my ?self|harm(?:ing)? my ?self|cut(?:ting)? my ?self|disappear(?:ing)? for ?ever|jump(?:ing)? off|hang(?:ing)? my ?self|overdos\w+|not (?:be alive|live|exist))",
        r"\b(?:i(?:'m| am) suicidal|i feel suicidal|i have suicidal thoughts|i(?:'ve| have) been (?:feeling |having )?suicidal(?: thoughts)?|suicidal thoughts (?:again|every|all the time)|kms\b)",
        r"\bi (?:don'?t|do not|no longer|can'?t|cannot) (?:want|wanna|wish)? ?(?:to )?(?:live|be alive|exist|be here|go on living)(?: any ?more| any longer)?(?: (?:like this|in this world))?(?: ?[.!,?]|$| because| and)",
        r"\b(?:i (?:wish|hope) (?:i (?:was|were|could be) dead|i (?:was|were|had) never (?:been )?born|i would(?:n't| not) wake up|i could (?:just )?(?:die|disappear))|i(?:'d| would) be better off dead|better off without me|no reason (?:left )?(?:for me )?to (?:live|go on)|(?:nothing|no reason) (?:left )?to live for|i (?:can'?t|cannot) go on(?: any ?more)?(?: ?[.!,]|$))",
        r"\bi(?:'ve| have| am|'m)? (?:just |been |always |keep |often ){0,2}(?:cut(?:ting)?|hurt(?:ing)?|burn(?:ed|ing)?|starv(?:e|ed|ing)|harm(?:ed|ing)?) my ?self\b(?! (?:shaving|by accident|cooking|in the lab|while|on paper|with paper))",
        r"\bi(?:'ve| have)? (?:just )?(?:took|taken|swallowed) (?:all (?:of )?(?:my|the)|too many|a (?:whole )?(?:bottle|pack|lot) of|\d+) (?:\w+ )?(?:pills?|tablets?|sleeping|medication)",
        r"\b(?:how (?:do|can|could|should|would) i|best way (?:for me )?to|(?:easiest|painless|quick\w*) way (?:for me )?to|ways? (?:for me )?to|how to) (?:kill my ?self|die (?:painless\w*|quick\w*|without pain|in my sleep)|end my life|hang my ?self|commit suicide(?= (?:myself|without|painless|quick))|cut my ?self)",
        rf"\bmy (?:\w+ )?{_NEAR}(?: \w+)?(?: (?:says|said|told me|wrote|thinks|keeps saying|is saying))?(?: that)?(?: (?:he|she|they))? (?:wants?|wanted|is going|is planning|plans|tried|tries|threatens|threatened|is trying|will)(?: to)? (?:die\b|kill (?:himself|herself|themsel\w+|me|us|my)|end (?:his|her|their) life|commit suicide|hurt (?:himself|herself|themsel\w+|me)|harm (?:himself|herself|themsel\w+))",
        rf"\bmy (?:step ?|foster )?(?:{_NEAR}|parents|uncle|aunt|grandfather|teacher|coach|boss|family)(?: (?:always|sometimes|often|keeps?|has|still|just))* (?:hits?|hitting|beats|beating|beaten|beat (?=me up)|punche[sd]|punching|kicks?|chokes?|choked|strangle[sd]|abuse[sd]|abusing|molest(?:s|ed)|rape[sd]|touche[sd]|touching|burn(?:s|ed)|hurts?|locks?|threaten(?:s|ed)?) (?:me|us|my (?:mum|mom|mother|sister|brother|dad|father|body|private))",
        r"\bi(?:'m| am|'ve| have| was| got| have been|'ve been)(?: being| been| often| sexually)* (?:abused|raped|molested|sexually (?:abused|assaulted|harassed)|beaten(?: up)? (?:at home|by my)|hit (?:at home|by my (?:dad|father|mum|mom|mother|step\w*|parents|partner|boyfriend|husband)))",
        r"\b(?:someone|somebody|he|she|they|a man|a teacher|my \w+) (?:touche[sd]|touching|rape[sd]|molested|forced|forces) me\b(?:[^.!?]{0,40}(?:private|sex|down there|places?|undress|naked|against my will|to have|didn'?t want)|(?: ?[.!,?]|$))",
        r"\b(?:i(?:'m| am) (?:scared|afraid|terrified|not safe) (?:to go |at |of going )?(?:home|of my (?:dad|father|mum|mom|mother|step\w*|parents|husband|boyfriend|partner|uncle))|(?:someone|somebody|he|she|a man|they) (?:is|are|has|have) (?:trying|going|threatening|threatened) to kill me|(?:someone|somebody|he|a man) (?:is|has) (?:a )?(?:gun|knife|following me|breaking in)[^.!?]{0,30}(?:me|here|now|help|school)|i(?:'m| am) in danger\b|there is a shooter|please call (?:the police|an ambulance|911|112))",
        r"\bi(?:'m| am|'ll| will| want to| am going to|'m going to)? (?:going to |gonna )?(?:shoot up|blow up|bring a (?:gun|knife|bomb) to) (?:my |the |this )?school",
    ),
    "de": (
        r"\bich (?:will|mochte|wollte|werde|kann)(?: (?:nur|einfach|echt|wirklich|heute|bald|am liebsten|jetzt))* (?:nicht mehr (?:leben|da sein|weiterleben)|sterben\b|tot sein|mich (?:umbringen|toten|erhangen|verletzen|ritzen|aufhangen)|mir (?:das leben nehmen|was antun|etwas antun)|mein leben beenden|schluss machen mit dem leben)",
        r"\bich (?:bringe? mich um|ritze mich|verletze mich selbst|habe suizidgedanken|habe selbstmordgedanken|bin suizidal|denke (?:oft |standig )?an (?:selbstmord|suizid)|habe (?:zu )?viele tabletten (?:genommen|geschluckt)|wunschte,? ich ware tot|habe angst (?:nach hause|vor meinem (?:vater|stiefvater|mann|freund)|vor meiner mutter))",
        r"\bmein(?:e|em|en|er)? (?:\w+ )?(?:vater|mutter|stiefvater|eltern|onkel|bruder|freund|mann|papa|mama|lehrer|trainer)(?: \w+)? (?:schlagt|schlagen|verprugelt|missbraucht|vergewaltigt|wurgt|bedroht|fasst)(?: \w+){0,2} (?:mich|uns|meine mutter|meine schwester|meinen bruder)\b",
        r"\bich (?:werde|wurde|bin)(?: \w+){0,4} (?:missbraucht|vergewaltigt|geschlagen|misshandelt|verprugelt)",
        r"\bmein(?:e)? (?:\w+ )?(?:freund|freundin|schwester|bruder|mutter|vater) (?:will|mochte) (?:sich (?:umbringen|toten|das leben nehmen)|sterben|nicht mehr leben)",
    ),
    "fr": (
        r"\bj(?:e |')(?:veux|voudrais|vais|pense a|songe a|envisage de|ai (?:envie|essaye|decide) de) ?(?:vraiment |juste )?(?:mourir\b(?! de rire)|me (?:tuer|suicider|pendre|faire du mal|scarifier|couper les veines)|en finir|disparaitre pour toujours|mettre fin a (?:mes jours|ma vie)|ne plus (?:vivre|exister))",
        r"\bje (?:ne )?(?:veux|peux) plus (?:vivre|continuer a vivre|exister)|\b(?:j'ai des (?:pensees|idees) suicidaires|je suis suicidaire|je me (?:scarifie|mutile|fais du mal)|je voudrais etre mort|j'ai (?:pris|avale) (?:trop de|tous mes) (?:medicaments|cachets)|j'ai peur de rentrer (?:chez moi|a la maison))",
        r"\bm(?:on|a|es) (?:\w+ )?(?:pere|mere|beau-pere|oncle|frere|mari|copain|parents|prof|entraineur|mec)(?: \w+)? (?:me|nous) (?:frappe|bat|battent|tape|viole|touche|menace|frappent|maltraite|etrangle)",
        r"\b(?:on m'a|j'ai ete|il m'a|je suis|je me fais) (?:\w+ )?(?:viole|violee|abuse|abusee|battu|battue|agresse\w* sexuellement|maltraite|frapper|touche(?: (?:partout|la ou|sexuellement)))",
        r"\bm(?:on|a) (?:\w+ )?(?:ami|amie|copain|copine|soeur|frere|mere|pere) (?:veut|va|essaie de|menace de) (?:mourir|se (?:tuer|suicider))",
    ),
    "es": (
        r"\b(?:quiero|quisiera|voy a|pienso en|he pensado en|estoy pensando en|intente|tengo ganas de|planeo) (?:morir(?:me)?\b(?! de)|matarme|suicidarme|quitarme la vida|acabar con (?:mi vida|todo)|hacerme dano|cortarme|desaparecer para siempre|dejar de vivir)",
        r"\b(?:ya )?no quiero (?:seguir )?(?:vivir|viviendo|existir|estar vivo|estar viva)|\b(?:tengo pensamientos suicidas|me quiero (?:morir|matar|suicidar)|me corto (?:los brazos|las venas)?|me hago dano|ojala estuviera muert|me tome (?:todas las|muchas) (?:pastillas|pildoras)|tengo miedo de (?:volver|ir) a (?:mi )?casa)",
        r"\bmi (?:\w+ )?(?:padre|papa|madre|mama|padrastro|tio|hermano|novio|marido|esposo|profesor|entrenador)(?: siempre| a veces)? (?:me|nos) (?:pega|golpea|viola|toca|abusa|amenaza|maltrata|violo|golpeo)|\b(?:me (?:violaron|violo|pegan en casa)|abusan de mi|abusaron de mi|abusa de mi|he sido (?:violada|violado|abusad[oa]))",
        r"\bmi (?:\w+ )?(?:amig[oa]|herman[oa]|novi[oa]|madre|padre) (?:se quiere|quiere|va a|dice que quiere) (?:matar|suicidar|suicidarse|matarse|morir)",
    ),
    "pt": (
        r"\b(?:quero|queria|vou|penso em|pensei em|estou pensando em|tentei|tenho vontade de) (?:morrer\b(?! de)|me matar|me suicidar|suicidar-me|matar-me|tirar (?:a )?minha (?:propria )?vida|acabar com (?:tudo|a minha vida|minha vida)|me cortar|me machucar|sumir para sempre)",
        r"\b(?:ja )?nao quero (?:mais )?(?:viver|existir|estar vivo|estar viva)|\b(?:tenho pensamentos suicidas|eu me corto|me machuco de proposito|queria estar mort[oa]|tomei (?:todos os|muitos) (?:remedios|comprimidos)|tenho medo de (?:voltar|ir) (?:para|pra) casa)",
        r"\b(?:o )?meu (?:\w+ )?(?:pai|padrasto|tio|irmao|namorado|marido|professor|treinador) (?:me|nos) (?:bate|espanca|estupra|abusa|toca|ameaca|agride)|\b(?:a )?minha (?:mae|madrasta|tia) me (?:bate|espanca|agride)|\bmeu (?:pai|padrasto|tio)\b[^.!?]{0,20}\babusa de mim|\b(?:fui|sou|estou sendo) (?:estuprad[oa]|abusad[oa]|violentad[oa])|abusaram de mim",
    ),
    "it": (
        r"\b(?:voglio|vorrei|sto per|penso (?:di|a)|ho pensato di|ho provato a|ho voglia di) (?:morire\b(?! d)|uccidermi|ammazzarmi|suicidarmi|togliermi la vita|farla finita|farmi del male|tagliarmi|sparire per sempre)",
        r"\bnon voglio (?:piu )?(?:vivere|esistere|stare al mondo)|\b(?:ho pensieri suicidi|mi voglio (?:uccidere|ammazzare)|mi taglio|mi faccio del male|vorrei essere mort[oa]|ho preso troppe (?:pillole|pastiglie)|ho paura di tornare a casa)",
        r"\b(?:mi[oa]) (?:\w+ )?(?:padre|papa|madre|mamma|patrigno|zio|fratello|marito|ragazzo|professore|allenatore) (?:mi|ci) (?:picchia|violenta|tocca|maltratta|minaccia|abusa)|\b(?:sono stat[oa]|mi hanno) (?:violentat[oa]|abusat[oa]|picchiat[oa])|abusa di me",
    ),
    "tr": (
        r"\b(?:olmek istiyorum|kendimi oldur(?:mek|ecegim|mek istiyorum)|intihar et(?:mek istiyorum|ecegim|meyi dusunuyorum)|yasamak istemiyorum|artik yasamak istem|kendime zarar ver|kendimi kesiyorum|canima kiymak|cok fazla hap ictim|eve gitmekten korkuyorum)",
        r"\b(?:babam|annem|uvey babam|amcam|dayim|abim|kocam|sevgilim|ogretmenim)(?: \w+){0,2} (?:beni doy|beni dov|dovuyor|doguyor|taciz|tecavuz|dokunuyor|tehdit|vuruyor)|\b(?:tacize|tecavuze|siddete) (?:ugradim|ugruyorum)",
    ),
    "ru": (
        r"\bя? ?(?:хочу|хотел[аи]?|собираюсь|решил[аи]?|думаю)(?: \w+){0,2} (?:умереть|убить себя|покончить с (?:собои|жизнью)|сдохнуть|повеситься|о самоубиистве|о суициде|исчезнуть навсегда|порезать себя)|\bне хочу (?:больше )?(?:жить|существовать)|\b(?:режу себя|я режу вены|мысли о (?:самоубиистве|суициде)|наглотал(?:ся|ась) таблеток|боюсь (?:идти|возвращаться) домои|лучше бы я умер)",
        r"\b(?:мои|моя|отец|отчим|мама|мать|папа|дядя|брат|муж|парень|учитель)(?: \w+){0,2} (?:бьет|избивает|насилует|изнасиловал|трогает|домогается|угрожает)(?: меня| нас| мне| ко мне)|\b(?:меня|нас) (?:бьют|избивают|насилуют|изнасиловали|избивает|бьет)",
    ),
}
"""By language, over words of alphabets, where a word has edges."""

GATES: dict[str, str] = {
    "en": "i_ i'm i've i'd my_ me_ kms someone somebody shooter call suicidal better live i_am_ kill die how_to",
    "de": "ich_ mein",
    "fr": "je_ j' mon_ ma_ mes_ m'a",
    "es": "quiero quisiera voy_a pienso pensado pensando intente ganas planeo pensamientos me_corto me_hago ojala me_tome miedo mi_ "
    "abus violaron violo pegan violad",
    "pt": "quero queria vou_ penso pensei pensando tentei vontade pensamentos eu_me machuco tomei medo meu_ minha_ abus estupr violent",
    "it": "voglio vorrei sto_per penso pensato provato pensieri mi_ ho_ mio_ mia_ sono_stat hanno abus",
    "tr": "istiyorum istem oldur intihar zarar kesiyorum kiymak hap_ korkuyorum babam annem amcam dayim abim kocam sevgilim ogretmenim "
    "taciz tecavuz siddet",
    "ru": "хочу хотел собира решил думаю режу мысли таблет боюсь лучше мои моя от муж мама мать папа дядя брат парень учит меня нас",
}
"""By language, parts of words without which no pattern can match; `_` stands for a blank."""

UNSPACED = (
    # Arabic
    r"(?:اريد|اود|ساقوم|افكر في|افكر ب|سوف|قررت|حاولت) ?(?:ان )?(?:اموت|الموت|اقتل نفسي|الانتحار|انتحر|انهي حياتي|انهاء حياتي|ايذاء نفسي|اوذي نفسي|اجرح نفسي)|لا اريد (?:ان )?(?:اعيش|العيش|الحياة)|(?:ابي|والدي|امي|زوجي|عمي|خالي|اخي|معلمي|زوج امي) (?:\S+ )?(?:يضربني|يعتدي علي|تضربني|يتحرش بي|يغتصبني|يهددني|يلمسني)|(?:تعرضت|اتعرض) ل(?:لاغتصاب|لضرب|لتحرش|لعنف|لاعتداء)|ابتلعت الكثير من الحبوب|اخاف من العودة الي البيت",
    # Hindi
    r"(?:मैं|मै|मुझे|मेरा).{0,20}(?:मरना चाहत|मर जाना चाहत|खुद को मार|आत्महत्या कर(?:ना चाह|ने|ने की सोच|ूंगा|ूंगी)|जान देना चाह|जीना नहीं चाह|ख़ुद को मार|अपनी जान ले|खुद को चोट|खुद को नुकसान)|(?:जीना नहीं चाहत|मरना चाहता|मरना चाहती|आत्महत्या करना चाहत)|मेर\S{0,3} (?:\S+ ){0,2}(?:पिता|पापा|मां|माँ|चाचा|भाई|पति|शिक्षक|सौतेल\S*).{0,12}(?:मुझे|मुझको|हमें).{0,10}(?:मारत|पीटत|छूत|धमक|बलात्कार|मारते|पीटते)|(?:मेरे साथ|मेरा) .{0,8}(?:बलात्कार|यौन शोषण|शोषण)",
    # Chinese
    r"我.{0,6}(?:想死|想自杀|想自殺|要自杀|要自殺|不想活|想结束(?:自己的)?生命|想結束生命|想轻生|活不下去|想伤害自己|割腕|自残|自殘|想跳楼|想跳樓|吞了.{0,4}药)|(?:爸爸|妈妈|父亲|母亲|继父|叔叔|老师|丈夫|男朋友|爸|妈).{0,4}(?:打我|家暴|强奸我|性侵我|摸我|虐待我|猥亵我|威胁要杀)|我被.{0,4}(?:强奸|強姦|性侵|家暴|虐待|猥亵|打了)",
    # Japanese
    r"(?:死にたい|消えてしまいたい|自殺したい|自殺しようと|生きていたくない|もう生きたくない|生きるのが(?:つらい|辛い|嫌)|死のうと思|リストカットし(?:て|た)|自分を傷つけ(?:て|たい)|薬をたくさん飲ん)|(?:父|母|お父さん|お母さん|親|兄|彼氏|夫|先生|おじ|義父).{0,6}(?:に|が|から).{0,6}(?:殴られ|殴る|叩かれ|虐待|暴力を|犯され|触られ|レイプ|性的)|(?:レイプされ|性被害に|虐待され|襲われ)(?:た|て|ま)",
)
"""The same where no blanks or edges of words can be leaned on."""

HARMLESS = (
    r"\b(?:in|of|from|for) (?:the |this |a |my )?(?:novel|play|poem|book|film|movie|story|essay|chapter|scene|lyrics|song|act \w+)\b|\b(?:hamlet|romeo|juliet|othello|"
    r"werther|ophelia|macbeth|anna karenina|character|protagonist|narrator|author|quote|translate|translation|sentence|grammar|conjugate|novel)\b|"
    r"\b(?:ubersetz\w*|satz|roman|gedicht|traduire|traduis|phrase|roman|traduce|traducir|oracion|novela|traduz\w*|frase|romanzo|traduci|cumle|cevir|перевед\w*|роман|предложени\w*)\b"
    r"|小说|翻译|句子|小説|翻訳|文章|رواية|ترجم|جملة|उपन्यास|अनुवाद|वाक्य"
)
"""What says that words are quoted or invented; it counts only for words in quotation marks."""
