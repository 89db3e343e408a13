"""What the local moderation looks for: phrases of intent, threat and abuse, by category and language.

Each line is a regular expression over text that `moderation.py` has made plain: lower case, no accents, one kind of
apostrophe and single spaces. It has to begin and end at the edges of words. Lessons speak of killing, blood, drugs and
sex, so single words are left out almost everywhere: a line says what somebody wants, threatens or asks how to do. There
are no lists of slurs, which change by the year and by the country; that is the work of a trained model.

Languages: English, German, French, Spanish.
"""

from collections.abc import Mapping, Sequence

_ME = r"(?:myself|my ?self)"
_THEM = r"(?:you|him|her|them|u|ya)"
_I_WILL = r"(?:i will|i'll|i am going to|i'm going to|im going to|i'm gonna|im gonna|i want to|we will|we'll)"
_HOW = r"(?:how (?:do|can|could|would|should) (?:i|you|we|one)|how to|tell me how to|teach me (?:how )?to|ways? to)"
_DE_HOW = (
    r"(?:wie (?:kann|konnte|soll) (?:ich|man)|wie (?:baue|baut|mache|macht|koche|kocht|stehle|stiehlt) (?:ich|man))"
)
_FR_HOW = r"(?:comment (?:faire pour )?|comment (?:puis-je|je peux|peut-on) )"
_ES_HOW = r"(?:como (?:puedo |se puede |podria )?)"
_GROUP = (
    r"(?:jews|muslims|christians|hindus|blacks|black people|white people|whites|asians|arabs|gypsies|roma|immigrants|"
    r"migrants|refugees|foreigners|mexicans|gays|gay people|homosexuals|lesbians|trans people|transgender people|"
    r"disabled people|women)"
)
_DE_GROUP = r"(?:juden|muslime|christen|schwarzen|auslander|fluchtlinge|migranten|zigeuner|schwulen|behinderten|frauen)"
_FR_GROUP = r"(?:juifs|musulmans|chretiens|noirs|arabes|immigres|migrants|etrangers|homosexuels|handicapes|femmes)"
_ES_GROUP = (
    r"(?:judios|musulmanes|cristianos|negros|arabes|inmigrantes|migrantes|extranjeros|homosexuales|gitanos|mujeres)"
)
_LOW = r"(?:vermin|subhumans?|sub-human|animals|parasites|cockroaches|rats|a plague|a disease|inferior|filth|scum)"
_BOMB = (
    r"(?:(?:a|the|an|some) )?(?:pipe |nail |car |dirty )?(?:bombs?|explosives?|molotov cocktails?|nerve gas|grenades?)"
)
_DRUG = r"(?:crystal )?(?:meth|methamphetamine|heroin|cocaine|crack|fentanyl|mdma|ecstasy|lsd|ghb)"

RULES: Mapping[str, Sequence[str]] = {
    "harassment": (
        r"(?:go |just |please ){0,2}(?:kill|hang) (?:yourself|your self|urself)|kys",
        r"you(?: are|'re|r)? (?:such )?(?:a |an )?(?:\w{1,20} )?(?:worthless|pathetic|disgusting|idiot|moron|"
        r"loser|scumbag)",
        r"(?:nobody|no one) (?:likes|loves|wants|would miss) you",
        r"shut up,? (?:you )?(?:stupid |dumb |fucking )?(?:idiot|moron|bitch|loser)",
        r"you (?:stupid|dumb|fucking|ugly) (?:idiot|moron|bitch|cow|pig|loser)",
        r"fuck you|go to hell|i hope you die",
        r"bring dich (?:doch )?um|du (?:bist )?(?:ein |eine |so ein |so eine )?(?:dumme[rs]? |blode[rs]? )?"
        r"(?:idiot|trottel|schlampe|missgeburt|arschloch|versager)|fick dich|niemand mag dich|halt die fresse",
        r"va te (?:pendre|tuer|faire foutre)|tue[- ]toi|ferme ta gueule|t'es (?:qu'|qu')?un(?:e)? (?:con|conne|merde)|"
        r"tu es un(?:e)? (?:con|conne|connard|connasse|idiot|idiote|merde)|nique ta mere|personne ne t'aime",
        r"matate|vete a la mierda|eres (?:un |una )?(?:idiota|imbecil|inutil|estupid[oa]|basura)|hij[oa] de puta|"
        r"nadie te quiere|callate,? (?:idiota|imbecil|estupid[oa])",
    ),
    "harassment/threatening": (
        rf"{_I_WILL} (?:fucking )?(?:kill|murder|hurt|beat|stab|shoot|strangle|rape|destroy) {_THEM}",
        rf"{_I_WILL} (?:fucking )?(?:beat|break|smash|cut) (?:your|his|her|their) (?:face|neck|bones|legs|head|throat)",
        r"you(?: are|'re) (?:so )?(?:dead|going to die) (?:tomorrow|tonight|after school|soon)|"
        r"watch your back,? (?:i|we)",
        r"ich (?:bring|bringe|werde) (?:dich|ihn|sie|euch) (?:um|umbringen|toten|abstechen|verprugeln|erschiessen)|"
        r"ich (?:tote|steche|erschiesse) (?:dich|ihn|sie|euch)(?: ab)?",
        r"je vais (?:te|le|la|les|vous) (?:tuer|frapper|egorger|buter|crever|poignarder|defoncer)",
        r"(?:te|lo|la|los|las) voy a (?:matar|pegar|apunalar|disparar|violar)|voy a (?:matar|pegar|apunalar)(?:te|"
        r"lo|la|los)",
    ),
    "hate": (
        rf"i (?:really |fucking )?hate (?:all |the |all the )?{_GROUP}",
        rf"(?:all |the )?{_GROUP} are (?:all |just |nothing but )?{_LOW}",
        rf"(?:all )?{_GROUP} (?:do not|don't) (?:belong here|deserve (?:rights|to live))",
        rf"ich hasse (?:alle |die )?{_DE_GROUP}|(?:alle |die )?{_DE_GROUP} sind (?:alle |nur )?"
        r"(?:ungeziefer|untermenschen|tiere|parasiten|abschaum|ratten|dreck)|auslander raus",
        rf"je (?:hais|deteste) (?:tous |toutes )?(?:les )?{_FR_GROUP}|"
        rf"(?:tous )?les {_FR_GROUP} sont (?:tous )?(?:des )?"
        r"(?:parasites|animaux|rats|cafards|sous-hommes|inferieurs|vermine)",
        rf"odio a (?:todos |todas )?(?:los |las )?{_ES_GROUP}|(?:todos |todas )?(?:los|"
        rf"las) {_ES_GROUP} son (?:todos |unos )?"
        r"(?:parasitos|animales|ratas|cucarachas|infrahumanos|inferiores|escoria)",
    ),
    "hate/threatening": (
        rf"(?:let's|lets|we (?:should|must|need to|will)|{_I_WILL}|time to|somebody should|someone should) "
        rf"(?:all )?(?:kill|gas|shoot|burn|hang|exterminate|wipe out|get rid of) (?:all |the |all the |"
        rf"those )*{_GROUP}",
        rf"(?:all )?(?:the )?{_GROUP} (?:should|must|deserve to|need to) (?:all )?"
        r"(?:die|be killed|be gassed|be shot|be hanged|be burned|be exterminated)",
        rf"(?:man sollte|wir (?:sollten|mussen)) (?:alle )?(?:die )?{_DE_GROUP} (?:toten|vergasen|umbringen|"
        rf"erschiessen)|"
        rf"tod den {_DE_GROUP}|(?:alle )?(?:die )?{_DE_GROUP} (?:sollen|mussen|sollten) (?:alle )?(?:sterben|"
        rf"vergast werden)",
        rf"(?:il faut|on devrait|on doit) (?:tous |toutes )?(?:tuer|gazer|bruler|exterminer) (?:tous |"
        rf"toutes )?les {_FR_GROUP}|"
        rf"mort aux {_FR_GROUP}",
        rf"(?:hay que|deberiamos|debemos) (?:matar|quemar|exterminar|gasear) a (?:todos |todas )?(?:los |"
        rf"las ){_ES_GROUP}|"
        rf"muerte a (?:los |las ){_ES_GROUP}",
    ),
    "illicit": (
        rf"{_HOW} (?:make|cook|synthesi[sz]e|produce|buy|get|sell|smuggle) {_DRUG}",
        rf"{_HOW} (?:shoplift|steal (?:a |someone's |somebody's )?(?:car|bike|credit card|identity|wallet)|"
        rf"launder money|"
        r"forge (?:a )?(?:passport|id|signature)|counterfeit money|hotwire a car|break into (?:a |"
        r"someone's )?(?:house|car)|"
        r"hack (?:into )?(?:someone's|somebody's|my (?:teacher|school|friend)'s)|make (?:a )?fake id)",
        rf"{_DE_HOW}(?: \w{{1,20}}){{0,2}} (?:drogen|meth|crystal meth|kokain|heroin|falschgeld|ein auto (?:klauen|"
        rf"stehlen))",
        rf"{_FR_HOW}(?:fabriquer|acheter|vendre|cuisiner) (?:de la |du |de l')?(?:meth|cocaine|heroine|drogue|"
        rf"fausse monnaie)|"
        rf"{_FR_HOW}voler une voiture",
        rf"{_ES_HOW}(?:hacer|fabricar|cocinar|comprar|vender) (?:metanfetamina|cocaina|heroina|drogas?|dinero falso)|"
        rf"{_ES_HOW}robar un (?:coche|auto|carro)",
    ),
    "illicit/violent": (
        rf"{_HOW} (?:make|build|create|assemble|construct) {_BOMB}",
        rf"{_HOW} (?:poison|kill|murder) (?:someone|somebody|a person|people|my (?:teacher|wife|husband|boss|"
        rf"parents|\w{1, 20}mate))",
        rf"{_HOW} (?:make|build|3d print|buy) (?:a |an )?(?:ghost gun|silencer|untraceable gun|illegal gun)",
        rf"{_DE_HOW}(?: \w{{1,20}}){{0,2}} (?:bombe|sprengsatz|sprengstoff|rohrbombe)(?: bauen)?",
        rf"{_FR_HOW}(?:fabriquer|faire|construire) (?:une |des )?(?:bombes?|explosifs?|cocktails? molotov)|"
        rf"{_FR_HOW}(?:tuer|empoisonner) quelqu'un",
        rf"{_ES_HOW}(?:hacer|fabricar|construir) (?:una |un )?(?:bombas?|explosivos?|coctel molotov)|"
        rf"{_ES_HOW}(?:matar|envenenar) a alguien",
    ),
    "self-harm": (
        rf"(?:i|i've|i have|i keep|i am|i'm) (?:been )?(?:cut|cutting|hurt|hurting|burn|burning|harm|harming|"
        rf"starving) {_ME}",
        r"ich (?:ritze|verletze|schneide) mich(?: selbst)?",
        r"je me (?:scarifie|mutile|coupe les veines)",
        r"me (?:corto|lastimo|autolesiono) (?:a mi mism[oa]|los brazos|las venas)|me autolesiono",
    ),
    "self-harm/intent": (
        rf"i (?:want|need|plan|have decided|am going|'m going|wanna) (?:to )?(?:kill|hang|hurt|harm|cut|shoot|"
        rf"drown) {_ME}",
        rf"i(?:'m| am| will|'ll)? (?:gonna|going to)? ?(?:kill|hang|shoot) {_ME}",
        r"i (?:want|wanna|wish) (?:to )?(?:die|end my life|end it all|be dead|commit suicide)|i wish i (?:was|"
        r"were) dead",
        r"i (?:do not|don't|dont) want to (?:live|be alive|exist)(?: any ?more)?|i'?m (?:suicidal|"
        r"thinking (?:about|of) suicide)",
        r"ich (?:will|mochte|werde) (?:nicht mehr leben|sterben|mich umbringen|mir das leben nehmen|mich toten)|"
        r"ich bringe? mich um",
        r"je (?:veux|vais|voudrais) (?:mourir|me tuer|me suicider|en finir)|je ne veux plus vivre|j'ai envie de mourir",
        r"(?:quiero|voy a) (?:morir|morirme|matarme|suicidarme|quitarme la vida)|ya no quiero vivir|"
        r"me quiero (?:morir|matar)",
    ),
    "self-harm/instructions": (
        rf"{_HOW} (?:kill|hang|hurt|harm|cut|poison|drown) (?:{_ME}|yourself|oneself)",
        rf"{_HOW} (?:commit suicide|end my life|die (?:quickly|painlessly|without pain))",
        r"(?:best|easiest|fastest|painless|quickest) (?:way|method) (?:to (?:die|commit suicide|kill myself)|"
        r"of suicide)",
        r"wie (?:kann|konnte|soll) ich (?:mich (?:selbst )?(?:umbringen|toten|verletzen|ritzen)|mir das leben nehmen)",
        rf"{_FR_HOW}(?:me |se )(?:suicider|tuer|pendre|mutiler|scarifier)",
        rf"{_ES_HOW}(?:suicidarme|matarme|cortarme las venas|ahorcarme|quitarme la vida|suicidarse)",
    ),
    "sexual": (
        r"send (?:me )?(?:your |some )?(?:nudes?|naked (?:pics?|pictures|photos?))|blow ?jobs?|hand ?jobs?|dick pics?",
        r"(?:have|having) sex with (?:me|you)|fuck me|suck my (?:dick|cock)|(?:eat|lick) (?:my|your|her) pussy",
        r"write (?:me )?(?:an? )?(?:erotic|pornographic|sexually explicit|smutty) (?:story|scene|text|poem)|"
        r"(?:watch|find|send|show)(?: me)?(?: some)? porn(?:o|ography| videos?)?",
        r"schick (?:mir )?(?:deine )?(?:nacktbilder|nacktfotos|nudes)|(?:sex mit (?:mir|dir) haben)|fick mich|"
        r"schreib (?:mir )?eine (?:erotische|pornografische) geschichte",
        r"envoie[- ]moi (?:tes |des )?(?:nudes|photos (?:de toi )?nue?s?)|coucher avec (?:moi|toi)|baise[- ]moi|"
        r"ecris (?:moi )?une histoire (?:erotique|pornographique)",
        r"(?:manda|envia)me (?:tus )?(?:nudes|fotos desnud[oa]s?)|(?:tener )?sexo con(?:migo|tigo)|"
        r"escribe una historia (?:erotica|pornografica)",
    ),
    "violence": (
        rf"(?:shoot|blow|burn) up (?:the|my|our|this|a) (?:school|class|classroom|church|mosque|synagogue|office|mall)|"
        rf"{_I_WILL} (?:shoot|stab|bomb|kill) (?:everyone|everybody|people|the (?:school|class|teacher)|my \w{1, 20})",
        r"ich (?:werde|will) (?:alle|meine[nr]? \w{1,20}|die (?:schule|klasse)) (?:umbringen|toten|erschiessen|"
        r"anzunden)|amok laufen",
        r"je vais (?:tuer|tirer sur) (?:tout le monde|mon \w{1,20}|ma \w{1,20})|faire (?:sauter|exploser) (?:l'ecole|"
        r"le college|le lycee)",
        r"voy a (?:matar a todos|disparar a todos|matar a mi \w{1,20})|(?:volar|quemar) (?:la escuela|el colegio|"
        r"el instituto)",
    ),
    "violence/graphic": (
        r"(?:gouge|rip|tear|cut|carve|slice)(?:d|s|ing)? (?:out |off |open )?(?:his|her|their|your|my) "
        r"(?:eyes?|guts|heart|intestines|throat|tongue|head|skin|limbs|fingers)(?: out| off| open)?",
        r"(?:behead|decapitat|dismember|disembowel|skin)(?:e|ed|ing)? (?:him|her|them|you)(?: alive)?",
        r"(?:ihm|ihr|dir) (?:die augen|die kehle|den kopf|die gedarme) (?:aus|auf|ab)(?:reissen|schlitzen|schneiden)",
        r"(?:lui|te|leur) (?:arracher|crever|trancher) (?:les yeux|la gorge|la tete|le coeur|les tripes)",
        r"(?:arrancar|cortar|sacar)(?:le|te|les) (?:los ojos|la garganta|la cabeza|el corazon|las tripas)",
    ),
}

MINORS = (
    r"(?:[1-9]|1[0-7])[- ]?(?:years?[- ]?old|yo|y/o|jahre alt|jahrige[rsn]?|ans|anos)|child(?:ren)?|kids?|minors?|"
    r"under ?age|preteens?|schoolgirls?|schoolboys?|little (?:girl|boy)s?|kind(?:er|ern)?|minderjahrige[rn]?|"
    r"enfants?|mineure?s?|fillettes?|ninas?|ninos?|menor(?:es)?(?: de edad)?"
)
"""Words for children: in one sentence with what is sexual, they make it `sexual/minors`."""
