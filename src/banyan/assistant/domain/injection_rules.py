"""What gives a try to take the tutor over away, by language. Patterns meet plain text (`plain_text.py`).

Each asks for a verb and its target together: "ignore" or "system prompt" alone are words of many a lesson. Gaps are
bounded, so that the time grows with the text's length and no faster.
"""

# ruff: noqa: E501
_GAP = r"[^.!?\n]{0,40}?"
_NEAR = r"[^.!?\n]{0,24}?"

_TARGET = (
    r"(?:instructions?|instructs|prompts?|guidelines?|directions?|directives?|rules?|commands?|orders|programming|"
    r"training|guardrails?|restrictions?|constraints?|safeguards?|context|policy|policies)"
)
_BEFORE = r"(?:previous|prior|preceding|earlier|above|foregoing|initial|original|existing|former|system|past|last)"
_DROP = r"(?:ignore|disregard|forget|override|overwrite|bypass|neglect|discard|skip|circumvent|drop|violate|break)"
_SHOW = (
    r"(?:show|reveal|print|repeat|output|display|leak|dump|expose|disclose|recite|quote|share|write out|write down|"
    r"tell|give|send|translate|summari[sz]e|encode|copy|paste|spell out|list|say)"
)

OVERRIDE = "override"
EXTRACT = "extract"
ROLE = "role"
DELIMITER = "delimiter"
TO_MACHINE = "to a machine"

RULES: dict[str, tuple[str, ...]] = {
    OVERRIDE: (
        r"(?:ignore|disregard|forget)(?:all|the|your|of|any){0,3}(?:previous|prior|above)(?:instructions?|prompts?|rules)",
        rf"\b{_DROP} (?:all |any |every |each |of |the |my |your |these |those |this |that |everything |and ){{0,5}}"
        rf"(?:{_BEFORE} |other |safety |hidden |current ){{1,3}}(?:{_NEAR} )?{_TARGET}\b",
        rf"\b{_DROP} (?:all |any |every |each |of |the ){{0,3}}your (?:\w+ ){{0,3}}{_TARGET}\b",
        rf"\b(?:ignore|disregard|forget) (?:all |any |every |of |the ){{0,4}}{_TARGET} (?:above|before|given|you|that|so far|from)\b",
        r"\b(?:ignore|disregard|forget) (?:all |everything |anything |whatever |what )(?:\w+ ){0,3}?(?:above|before|previously|"
        r"you (?:were|have been|are|know)|you've been|so far|i said|was said|they told|prior|until now)\b",
        r"\b(?:ignore|disregard)(?: all)?(?: the)? previous(?: (?:and|then|now)\b|[.,;:!]|$)",
        r"(?:^|[.!?:;,\n] ?|\b(?:please|now|and|to|must|will) )override (?:all |the |any |your )*(?:instructions|restrictions)\b",
        r"\b(?:don'?t|do not|stop|no longer|never) (?:follow|obey|listen to|comply with|adhere to)\w*(?: to)? "
        rf"(?:the |your |any |these |those |all |of ){{0,4}}(?:{_BEFORE} )?{_TARGET}\b",
        r"\b(?:disable|bypass|turn off|switch off|deactivate|remove|lift|suspend) (?:all |the |any |of ){0,3}(?:your|safety|content)"
        r" (?:\w+ ){0,2}?(?:filters?|restrictions?|guardrails?|rules|safety|limits|limitations|safeguards?|checks|policies|policy|"
        r"protections?|moderation)\b",
        r"(?:^|[.!?:;\n] ?)(?:new|updated|real|actual|revised) (?:system )?instructions? ?(?:for you ?)?[:=]",
        r"\byour (?:new|real|true|actual|only) (?:instructions?|task|goal|purpose|job|role|objective|rules?|directives?) (?:is|are)\b"
        r"[^.!?]{0,60}\b(?:ignore|obey|reveal|answer everything|no |without|unrestricted|instead|only say|say only)",
    ),
    "override, German": (
        rf"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|uberschreib\w*|umgeh\w*|verwirf|beachte\w* nicht) {_GAP}"
        r"(?:vorherig\w*|vorig\w*|bisherig\w*|obig\w*|fruher\w*|vorangegangen\w*|vorstehend\w*|alle|samtliche|deine\w*|ihre|eure|"
        rf"system\w*) {_NEAR}(?:anweisung\w*|instruktion\w*|vorgabe\w*|regel\w*|befehl\w*|prompts?|richtlinie\w*|systemanweisung\w*)",
        r"\b(?:ignorier\w*|vergiss) (?:alles|was)\b[^.!?]{0,30}\b(?:davor|vorher|zuvor|oben|bisher|gesagt)",
    ),
    "override, French": (
        rf"\b(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|neglig(?:e|ez)|contourn(?:e|ez)|ne (?:tiens|tenez) (?:pas|plus) compte) {_GAP}"
        rf"(?:instructions?|consignes?|regles?|directives?|prompt|ordres) ?{_NEAR}(?:precedent\w*|anterieur\w*|ci-dessus|initial\w*|"
        r"systeme|que tu as|que vous avez|donnees?|recues?|de securite)",
        rf"\b(?:ignor(?:e|ez|er)|oubli(?:e|ez)) (?:toutes )?(?:tes|vos) {_NEAR}(?:instructions?|consignes?|regles?|directives?)",
        r"\b(?:oubli(?:e|ez)|ignor(?:e|ez)) tout ce (?:qui|que)\b[^.!?]{0,30}\b(?:precede|avant|dit|appris)",
    ),
    "override, Iberian and Italian": (
        rf"\b(?:ignor(?:a|e|ad|en|ar)|olvid(?:a|e|ad|ar)|omite|descarta|desobedece|haz caso omiso|salta(?:te)?) {_GAP}"
        rf"(?:instrucciones|reglas|indicaciones|ordenes|directrices|mensajes|prompt) ?{_NEAR}(?:anteriores|previas|previos|de arriba|"
        r"iniciales|del sistema|que te|originales|de seguridad)",
        rf"\b(?:ignora|olvida|desobedece) (?:todas )?tus {_NEAR}(?:instrucciones|reglas|indicaciones|directrices)",
        r"\b(?:olvida|ignora) todo lo\b[^.!?]{0,30}\b(?:anterior|dicho|dije|antes|previo)",
        rf"\b(?:ignor(?:e|a|em|ar)|esquec(?:a|e|er)|desconsider(?:e|a|ar)|descart(?:e|a)) {_GAP}"
        rf"(?:instruc(?:oes|ao)|regras|orientacoes|comandos|diretrizes|ordens|prompt) ?{_NEAR}(?:anterior\w*|previas?|acima|iniciais|"
        r"do sistema|originais|que (?:te|voce)|de seguranca)",
        rf"\b(?:ignore|ignora|esqueca|desconsidere) (?:todas )?(?:as )?(?:suas|tuas) {_NEAR}(?:instrucoes|regras|orientacoes)",
        r"\b(?:esqueca|ignore) tudo o? ?que\b[^.!?]{0,30}\b(?:antes|disse|dito|acima)",
        rf"\b(?:ignora(?:te|re)?|dimentica(?:te|re)?|trascura(?:te)?|scavalca|non considerare|scarta) {_GAP}"
        rf"(?:istruzioni|regole|indicazioni|direttive|comandi|ordini|prompt) ?{_NEAR}(?:precedenti|sopra|iniziali|di sistema|"
        r"del sistema|che ti|originali|di sicurezza)",
        rf"\b(?:ignora|dimentica) (?:tutte )?le (?:tue|precedenti) {_NEAR}(?:istruzioni|regole|indicazioni|direttive)",
        r"\b(?:dimentica|ignora) tutto (?:quello|cio)\b[^.!?]{0,30}\b(?:prima|detto|sopra|precede)",
    ),
    "override, Turkish": (
        rf"\b(?:onceki|yukaridaki|daha once|sana verilen|tum|butun|sistem) {_GAP}(?:talimat|kural|komut|yonerge|emir|istem)\w*"
        rf" ?{_NEAR}(?:yok say|unut|goz ardi et|gormezden gel|dikkate alma|gec\b|iptal et|uyma)",
    ),
    "override, Russian": (
        rf"\b(?:(?:про)?игнорируи\w*|забудь\w*|отбрось\w*|отмени\w*|не обращаи\w* внимания|нарушь\w*|обоиди\w*) {_GAP}"
        r"(?:инструкц|указани|правил|команд|промпт|распоряжени|запрет|ограничени)\w*",
        r"\bзабудь\w* (?:все|обо всем)[^.!?]{0,30}(?:ранее|раньше|до этого|выше|сказано|говорил)",
    ),
    EXTRACT: (
        rf"\b{_SHOW} (?:me |us |back |out |to me |exactly |verbatim |all |of ){{0,4}}(?:your|the|this|its) "
        r"(?:(?:full|entire|complete|exact|hidden|secret|initial|original|initial|internal|own|whole|above|first|previous|actual|raw|"
        r"confidential) ){0,3}(?:system|developer|hidden|initial|secret|base|pre) ?-?(?:prompts?|instructions?|messages?|rules)\b",
        rf"\b{_SHOW} (?:me |us |back |out |to me |exactly |verbatim |all |of ){{0,4}}(?:your|the) "
        r"(?:(?:full|entire|complete|exact|hidden|secret|initial|original|internal|own|confidential|above|underlying) )+"
        r"(?:prompts?|instructions?|guidelines|rules|directives|configuration|text)\b",
        rf"\b{_SHOW} (?:me |us |back |out |to me |exactly |verbatim |all |of ){{0,4}}your (?:prompts?|instructions?|directives|guidelines)\b",
        r"\bwhat(?:'s| is| are| was| were) your (?:\w+ ){0,2}?(?:system|initial|hidden|original|secret|internal|exact|full) "
        r"(?:prompts?|instructions?|messages?|rules|guidelines)\b",
        r"\bwhat(?:'s| is| are| were) (?:in |inside )?your (?:prompt|instructions|system message|system prompt)\b",
        r"\bwhat (?:were you|have you been|did they|did the (?:developer|teacher|system)) (?:told|instructed|tell you|instruct you)"
        r"[^.!?]{0,40}\b(?:before|prompt|start|begin|conversation|not to|secret)",
        r"\b(?:repeat|print|output|copy|write|recite) (?:\w+ ){0,3}?(?:everything|all|the (?:text|words?|lines?|content|messages?)) "
        r"(?:\w+ ){0,3}?(?:above|before this|preceding|prior to this)\b",
        r"\b(?:starting|beginning|begins?|starts?) with [\"'“]?(?:you are|you're)\b",
        # German, French, Spanish, Portuguese, Italian, Turkish, Russian
        r"\b(?:zeig\w*|verrat\w*|nenn\w*|gib|druck\w*|wiederhol\w*|offenbar\w*|schreib\w*|sag\w*|was steht in)"
        r" (?:mir |uns )?(?:bitte |genau |wortlich ){0,2}(?:deine[nmr]?|den|die|ihren?|dein|alle) "
        r"(?:\w+ ){0,2}?(?:system-?prompts?|systemanweisung\w*|systemnachricht|system-?instruktion\w*|versteckte\w* \w+|geheime\w* "
        r"(?:anweisung|regel|instruktion)\w*|internen anweisungen|anweisungen|instruktionen|ursprunglichen \w+)\b",
        r"\b(?:montre\w*|revele\w*|affiche\w*|donne\w*|repete\w*|ecri\w*|dis|imprime\w*|divulgue\w*|quel\w* (?:est|sont))(?:-moi|-nous)? "
        r"(?:ton|tes|votre|vos|le|les|ta) (?:\w+ ){0,2}?(?:prompt|invite|message|instructions?|consignes?|directives)"
        r" ?(?:systeme|du systeme|cachees?|secretes?|initiales?|internes?|de depart|completes?|exactes?|confidentielles?)",
        r"\b(?:muestra\w*|revela\w*|dime|imprime|ensena\w*|repite|escribe|da(?:me)?|cual(?:es)? (?:es|son)) "
        r"(?:tu|tus|el|las|su|sus|me tu) (?:\w+ ){0,2}?(?:prompt|mensaje|instrucciones|indicaciones|reglas) ?(?:de sistema|del sistema|"
        r"ocult\w+|secret\w+|inicial\w*|intern\w+|original\w*|complet\w+|exact\w+)",
        r"\b(?:mostr\w+|revel\w+|diga|imprim\w+|repit\w+|escrev\w+|de|me de|qual e|quais sao)(?:-me)? (?:me )?"
        r"(?:o|seu|teu|o seu|o teu|suas|tuas|as suas|as tuas|as) (?:\w+ ){0,2}?(?:prompt|mensagem|instrucoes|regras) ?(?:de sistema|"
        r"do sistema|ocult\w+|secret\w+|inicia\w+|intern\w+|origina\w+|complet\w+|exat\w+)",
        r"\b(?:mostra\w*|rivela\w*|dimmi|stampa|ripeti|scrivi|dammi|quali sono|qual e) (?:il|le|i)? ?(?:tuo|tue|tuoi)? ?"
        r"(?:\w+ ){0,1}?(?:prompt|messaggio|istruzioni|regole) ?(?:di sistema|del sistema|nascost\w+|segret\w+|inizial\w+|intern\w+|"
        r"original\w+|complet\w+)",
        r"\b(?:sistem (?:istemi|mesaji|talimat|komut|prompt)\w*|gizli (?:talimat|kural)\w*)[^.!?]{0,20}"
        r"\b(?:goster|yaz|soyle|acikla|paylas|tekrarla|ver)\w*",
        r"\b(?:покажи|раскрои|выведи|напечатаи|повтори|напиши|скажи|дословно|назови)\w* (?:мне )?(?:свои|твои|своего|все|всю|"
        r"полныи)? ?(?:\w+ ){0,2}?(?:системн\w+|скрыт\w+|секретн\w+|начальн\w+|исходн\w+) (?:промпт|инструкц|сообщени|указани|запрос)\w*",
    ),
    ROLE: (
        r"\byou(?:'re| are| will| shall)?(?: now| hereby)? (?:be |act as |become |play )?(?:dan|stan|dude|aim|evil ?bot|jailgpt)\b"
        r"[^.!?]{0,60}\b(?:no|any|anything|never|without|free|do)\b",
        r"\byou are (?:now |no longer |hereby )(?:\w+ ){0,4}?(?:unrestricted|unfiltered|uncensored|jailbroken|free(?:d)? (?:of|from)|bound|"
        r"limited|restricted|a tutor|an assistant|in (?:developer|debug|god|admin|maintenance) mode|without (?:any )?(?:rules|limits|"
        r"restrictions|filters)|a different|root|evil)\b",
        r"\b(?:pretend|imagine|act|behave|roleplay|role-play|respond|answer|simulate|speak|continue)\b[^.!?\n]{0,60}\b(?:"
        r"(?:no|without|free of|free from|not bound by|have no|has no|had no|ignor\w+) (?:\w+ ){0,2}?(?:restrictions?|rules|filters?|"
        r"limits|limitations|guidelines|guardrails|censorship|content polic\w+|safety|instructions|ethical)|unfiltered|unrestricted|"
        r"uncensored|jailbroken)",
        r"\b(?:do anything now|developer mode (?:enabled|on|activated)|jailbreak (?:mode|yourself|prompt:)|god mode (?:on|enabled))\b",
        r"\b(?:enter|enable|activate|switch (?:in)?to|go into|start|turn on) (?:the |your )?(?:developer|god|dan|"
        r"unrestricted|jailbreak|unsafe|test) mode\b",
        r"\bas (?:the|an?|your) (?:\w+ )?(?:admin\w*|developer|creator|owner|teacher|engineer|operator|supervisor)[, ]{1,2}i "
        r"(?:\w+ ){0,2}?(?:order|authori[sz]e|command|instruct|permit|allow|require|grant)\b",
        r"\bi am (?:your|the) (?:developer|creator|admin\w*|openai|anthropic|owner|programmer)\b[^\n]{0,80}\b(?:ignore|disable|reveal|"
        r"show|give me|unlock|bypass|override|obey|turn off)\b",
        r"\bfrom now on[, ]{1,2}(?:you|your|answer|respond|always|do)\b[^.!?\n]{0,60}\b(?:ignore|obey|no (?:rules|restrictions|limits)|"
        r"without (?:any )?(?:rules|restrictions|filters?|limits)|never refuse|whatever i|anything i|unrestricted|unfiltered|dan)\b",
        # other languages: no rules, no filter, new self
        r"\bdu bist (?:jetzt|nun|ab jetzt|nicht mehr)\b[^.!?]{0,60}\b(?:ohne (?:regeln|filter|einschrankung\w*|grenzen)|"
        r"unzensiert\w*|uneingeschrankt\w*|keine (?:regeln|grenzen|filter|einschrankung\w*)|dan)\b",
        r"\b(?:tu es|vous etes|agis|fais) (?:maintenant|desormais|comme)\b[^.!?]{0,60}\b(?:sans (?:regles?|filtres?|restrictions?|limites?|"
        r"censure)|aucune (?:regle|restriction|limite)|dan)\b",
        r"\b(?:ahora eres|eres ahora|actua como|finge|a partir de ahora)\b[^.!?]{0,60}\b(?:sin (?:reglas|filtros?|restricciones|limites|"
        r"censura)|ninguna (?:regla|restriccion)|dan)\b",
        r"\b(?:agora voce e|voce agora e|aja como|finja|a partir de agora)\b[^.!?]{0,60}\b(?:sem (?:regras|filtros?|restricoes|limites|"
        r"censura)|nenhuma (?:regra|restricao)|dan)\b",
        r"\b(?:ora sei|sei ora|agisci come|fingi|d'ora in poi)\b[^.!?]{0,60}\b(?:senza (?:regole|filtri|restrizioni|limiti|censura)|"
        r"nessuna (?:regola|restrizione)|dan)\b",
        r"\b(?:artik|simdi|bundan sonra)\b[^.!?]{0,60}\b(?:kuralsiz|sinirsiz|filtresiz|sansursuz|hicbir (?:kural|sinir))\w*",
        r"\b(?:ты теперь|теперь ты|притворись|веди себя|деиствуи|представь)\b[^.!?]{0,60}\bбез (?:правил|ограничени|фильтр|цензур)\w*",
    ),
    DELIMITER: (
        r"<\|? ?(?:im_start|im_end|start_header_id|endoftext|eot_id|end_of_turn)[^>]{0,10}>? ?(?:system|assistant|user|<\|)",
        r"</? ?(?:system|passage|instructions?|context|s)>[^<]{0,60}\b(?:ignore|reveal|you (?:are|must|will)|new|print|obey|disregard|system|"
        r"assistant|answer|tell)\b",
        r"(?:\[/?inst\]|<</?sys>>)[^\[<]{0,60}\b(?:ignore|reveal|you (?:are|must|will)|new|print|obey|disregard)\b",
        r"(?:^|\n| )(?:#{2,4} ?|-{3,} ?|={3,} ?|\*{2,} ?)(?:system|instruction|end of (?:prompt|context|instructions|document)|new prompt)"
        r"\b[^\n]{0,80}\b(?:ignore|reveal|you (?:are|must|will)|new|print|obey|disregard|answer|override)",
        r"(?:^|\n)(?:system|developer|admin) ?: ?[^\n]{0,80}\b(?:ignore|reveal|you (?:are|must|will)|new|print|obey|disregard|override|allow)",
        r"\{ ?[\"']role[\"'] ?: ?[\"'](?:system|developer)[\"'] ?, ?[\"']content[\"'] ?: ?[\"'](?:ignore|you (?:are|must|will)|reveal|disregard)",
        r"\bend of (?:the )?(?:system )?(?:prompt|instructions|context)\b[^\n]{0,60}\b(?:now|new|ignore|begin|you)\b",
        r"\bassistant ?: ?(?:sure|of course|yes|absolutely)[^\n]{0,40}\b(?:system|prompt|instructions)\b",
    ),
}
"""Kind to patterns over words of alphabets, where a word has edges."""

GATES: dict[str, str] = {
    OVERRIDE: "ignor disregard forget overrid overwrit bypass neglect discard skip circumvent drop violat break follow obey "
    "listen comply adhere disable turn_off switch_off deactivat remove lift suspend instruction your_",
    "override, German": "ignorier vergiss vergess missacht uberschreib umgeh verwirf beacht",
    "override, French": "ignor oubli neglig contourn compte",
    "override, Iberian and Italian": "ignor olvid omite descart desobedec omiso salta esque desconsider dimentic trascur scavalca scarta "
    "considerare",
    "override, Turkish": "talimat kural komut yonerge emir istem",
    "override, Russian": "игнор забуд отброс отмен обраща наруш обои",
    EXTRACT: "prompt instruct guideline directive rules configuration text above before preceding prior with_ told messag invite consigne "
    "mensaje indicac reglas mensagem istruz regole talimat kural istem anweisung nachricht instrukt ursprung промпт инструкц сообщени "
    "указани запрос",
    ROLE: "dan stan dude bot jail unrestrict unfilter uncensor bound limit restrict tutor assistant mode without different root evil free "
    "filter rule guideline guardrail censor polic safety ignor ethical anything_now as_ i_am from_now regel grenzen unzens uneinge "
    "einschrank sans_ aucune sin_ ningun sem_ nenhum senza nessun kural sinir filtre sansur без_",
    DELIMITER: "<| </ < [inst [/inst << ## --- === ** system developer: admin: role end_of assistant:",
}
"""Of each kind, parts of words without which none of its patterns can match; `_` stands for a blank."""

UNSPACED: dict[str, tuple[str, ...]] = {
    OVERRIDE: (
        # Arabic
        r"(?:تجاهل|انس|انسى|تخط|اهمل|لا تتبع|تجاوز)\w{0,3} .{0,30}(?:التعليمات|تعليمات|الاوامر|اوامر|القواعد|قواعد|الارشادات|التوجيهات)",
        # Hindi
        r"(?:पिछल|पहल|सभी|सार|अपन|ऊपर|पूर्व)\S{0,4} .{0,30}(?:निर्देश|नियम|आदेश|हिदायत)\S{0,5} .{0,30}(?:अनदेख|नज़रअंदाज|नजरअंदाज|भूल|उपेक्ष|मत मान|अनसुन)",
        # Chinese
        r"(?:忽略|忽視|忽视|无视|無視|忘记|忘記|忘掉|不要理会|不要遵守|跳过|绕过|覆盖|撤销).{0,12}(?:指令|指示|提示|规则|規則|设定|限制|命令|约束|要求|说明)",
        # Japanese
        r"(?:以前|これまで|上記|上の|前の|すべて|全て|今まで|先ほど|システム|あなた).{0,12}(?:指示|命令|ルール|プロンプト|規則|制約|制限).{0,8}(?:無視|忘れ|破棄|取り消|従わない|無効)",
    ),
    EXTRACT: (
        r"(?:اظهر|اعرض|اكشف|اطبع|اخبرني|كرر|اعطني|اكتب)\w{0,3} .{0,20}(?:موجه النظام|تعليمات النظام|رسالة النظام|تعليماتك|التعليمات "
        r"(?:السرية|الخفية|الاولية|المخفية)|تعليماتك السرية)",
        r"(?:सिस्टम प्रॉम्प्ट|सिस्टम प्रोम्प्ट|सिस्टम निर्देश|छिपे हुए निर्देश|छिप\S{0,3} .{0,6}निर्देश|गुप्त निर्देश|अपना प्रॉम्प्ट|अपने निर्देश).{0,24}(?:दिखा|बता|प्रकट|लिख|दोहरा)",
        r"(?:显示|顯示|输出|輸出|告诉我|告訴我|打印|重复|泄露|透露|给我看|说出|展示|写出).{0,12}(?:系统提示|系統提示|提示词|提示詞|系统指令|初始指令|系统消息|内部指令|隐藏的?指令)",
        r"(?:你的|您的)(?:系统提示|系統提示|提示词|初始指令|系统指令)词?是什么",
        r"(?:システムプロンプト|初期指示|内部指示|隠された指示|システムメッセージ|あなたへの指示|最初の指示).{0,12}(?:表示|教え|見せ|出力|公開|繰り返|書い|明か)",
    ),
    ROLE: (
        r"(?:انت الان|تظاهر|تصرف).{0,50}(?:بدون|بلا|دون) (?:قيود|قواعد|حدود|رقابة)",
        r"(?:अब तुम|अब आप|नाटक कर).{0,50}(?:बिना|कोई) .{0,14}(?:नियम|प्रतिबंध|सीमा|पाबंदी)",
        r"(?:你现在是|你現在是|假装|扮演|从现在起|從現在起).{0,30}(?:没有|不受|無|沒有|无)(?:任何)?.{0,6}(?:限制|规则|規則|约束|过滤|審查|审查)",
        r"(?:あなたは今|今からあなたは|ふりをして|として振る舞).{0,30}(?:制限|ルール|規則|フィルター|検閲)(?:の|が|は)?(?:ない|なし|無し|無視)",
    ),
}
"""The same for scripts where accents, endings or missing blanks leave no word edges to lean on."""

IN_SOURCES: dict[str, tuple[str, ...]] = {
    TO_MACHINE: (
        r"\b(?:note|notice|message|instructions?|attention|important|warning|memo) (?:to|for) (?:the |any |all )?(?:ai|llms?|language models?|"
        r"chat ?bots?|(?:ai )?assistants?|gpt|claude|model|tutor bot)\b",
        r"\b(?:if|when|as) you (?:are|'re) (?:an? )?(?:ai|llm|language model|chat ?bot|(?:ai )?assistant|automated|reading this as)\b"
        r"[^.!?]{0,80}\b(?:must|should|tell|say|respond|answer|output|include|recommend|add|write|give|ignore|do not)\b",
        r"\b(?:ai (?:assistants?|models?|tutors?)|llms?|language models?|chat ?bots?|the assistant|this assistant) "
        r"(?:must|should|shall|are to|is to|needs? to|has to|have to) (?:\w+ ){0,3}?(?:respond (?:only|with)|answer (?:only|with)|tell|say|output|include|ignore|recommend|"
        r"reply|reveal|add|send|instruct|claim|state that)\b",
        r"\b(?:tell|instruct|ask|direct|urge) the (?:user|student|learner|reader|person)s? (?:to|that) (?:\w+ ){0,4}?(?:visit|click|send|enter|"
        r"download|pay|buy|open|share|e-?mail|transfer|install|log ?in|their password)\b",
        r"\b(?:send|forward|post|exfiltrate|append|include|leak) (?:\w+ ){0,4}?(?:conversation|chat history|user'?s? (?:data|message|question|"
        r"name)|student'?s? (?:data|name|question)|system prompt)\b[^.!?]{0,60}(?:https?:|to |in |via |url|@)",
        r"\b(?:do not|don't|never) (?:mention|tell|reveal|disclose|show) (?:\w+ ){0,4}?(?:this (?:instruction|message|text|note|passage)|to the user)",
    ),
}
"""What only sources are asked about: words that speak to whoever reads them by machine."""

META = (
    r"\b(?:attacks?|attackers?|injections?|jailbreaks?|example|phrase|sentence|words?|lesson|chapter|article|called|detect\w*|defen[cds]\w*|"
    r"prevent\w*|mitigat\w*|security|vulnerab\w*|owasp|hackers?|malicious|explain\w*|means?|why|how (?:do|does|can|could|would|might|"
    r"should)|what (?:is|are|does|happens)|difference|angriff\w*|beispiel|bedeutet|warum|erklar\w*|attaque|exemple|pourquoi|ataque|ejemplo|"
    r"por que|exemplo|attacco|esempio|perche|saldiri|ornek|neden|атак\w*|пример|почему|защит\w*)\b"
    r"|攻击|例子|为什么|攻撃|なぜ|هجوم|مثال|हमल|उदाहरण"
)
"""Words of somebody who talks about such texts instead of sending one."""
