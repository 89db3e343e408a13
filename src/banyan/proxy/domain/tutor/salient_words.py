# ruff: noqa: E501
"""Words by which noun phrases and verbs are told apart, and nouns that say too little to be asked for."""

import re

_ARTICLES_LISTED = """
    a an the each every
"""
ARTICLES = frozenset(_ARTICLES_LISTED.split())
_BEFORE_LISTED = """
    of in by from with within into through between during for on at under over around across
"""
BEFORE = frozenset(_BEFORE_LISTED.split()) | ARTICLES
"""Words that a noun phrase follows."""
_AFTER_LISTED = """
    of in by from with within into through between during for on at under over around across is are was were
    can may will must has have that which
"""
AFTER = frozenset(_AFTER_LISTED.split())
"""Words that a noun phrase ends before."""
_VERB_FOLLOWS_LISTED = """
    to can may will must might could would should cannot they it who which not we you do does
"""
VERB_FOLLOWS = frozenset(_VERB_FOLLOWS_LISTED.split())
_PARTICIPLE_FOLLOWS_LISTED = """
    is are was were be been being
"""
PARTICIPLE_FOLLOWS = frozenset(_PARTICIPLE_FOLLOWS_LISTED.split())
LONGEST = 3
OFTEN = 3
USUAL = 2
SHORTEST, LONG = 5, 7
TECHNICAL = 9
"""Letters from which on a word is no everyday one."""
_VAGUE_LISTED = """
    ability activity addition age amount approach arrangement aspect attachment balance beginning behavior body bodies case
    category categories center change changes class combination contact context control course decrease degree development
    difference direction distance duration edge edges ending environment exchange existence experience extent field front
    growth half head heads importance increase individual input interaction interior kind knowledge lack length life line
    lines living location loss maintenance majority manner mass material materials maximum mechanism mechanisms member
    members middle minute minutes moment movement movements nature need needs object objects order organism organisms
    output outside pair pairs passage past pathway pathways pattern patterns percent period piece position positions
    potential power practice presence pressure production program project complex subject protocol quality quantity quantities rate rates ratio
    relationship release removal research response responses rest result science self sense sequence series shape signal
    signals source sources space spaces specialist substance substances success summary support surface surfaces target tasks
    team theory thing top total transport treatment unit units variation variety view volume width world zone
    diameter height weight depth speed breakdown synthesis left right base site shaft back bridge thousands hundreds
    millions billions dozens examiner formation placement ability reaction reactions energy
"""
VAGUE = frozenset(_VAGUE_LISTED.split())
"""Single words that could fill nearly any gap."""
_MEASURES_LISTED = """
    though made found known seen held given taken shown left lost sent built kept met led present absent alone account cause
    percentage fact outcome feature
    range manner amount number variety series majority part kind type way role process function case time
"""
MEASURES = frozenset(_MEASURES_LISTED.split())
_RELATIVE_LISTED = """
    continued additional minimum maximum increasing
    larger smaller greater lesser longer shorter higher lower older younger deeper wider thicker thinner
    stronger weaker much bigger better worse largest smallest longest innermost outermost surrounding
    underlying overlying resulting remaining adjacent nearby opposite adult healthy normal increased decreased
"""
RELATIVE = frozenset(_RELATIVE_LISTED.split())
_VERBS_LISTED = """
    articulate result
    contain produce provide control regulate support protect store transport carry cause include connect form cover
    surround release receive stimulate inhibit absorb require perform separate secrete allow help make take give use
    send convert generate create prevent reduce affect influence involve link join divide break bind attach detect
    filter move push pull enter leave reach pass become begin occur lie run extend contract relax develop grow maintain
    increase decrease enclose line supply drain remove digest transmit conduct act serve work play need show hold lead
    measure describe explain compare determine represent replace follow precede govern elect own buy sell last lie mark lighten synthesize
    travel return remain contribute depend differ appear exist originate arise insert rotate respond react fuse diffuse
    circulate degrade express encode recognize destroy kill trigger activate initiate promote
"""
BASES = frozenset(_VERBS_LISTED.split())
DOES = {
    f"{base[:-1]}ies"
    if base[-1] == "y" and base[-2] not in "aeiou"
    else f"{base}es"
    if base.endswith(("s", "ss", "sh", "ch", "x"))
    else f"{base}s": base
    for base in BASES
}
NO_NOUN = re.compile(r"(?:ed|ly|ous|ful|less|able|ible|wards?|ical|ular|erior|seconds?|meters?|grams?|liters?|ward)$")
ENDINGS = (
    *(
        "tion",
        "sion",
        "ment",
        "ness",
        "ity",
        "ism",
        "itis",
        "osis",
        "asis",
        "sis",
        "ase",
        "ose",
        "cyte",
        "blast",
        "gen",
        "in",
    ),
    *(
        "ine",
        "one",
        "ium",
        "ology",
        "graphy",
        "scope",
        "oma",
        "emia",
        "ia",
        "us",
        "um",
        "ance",
        "ence",
        "ship",
        "or",
        "er",
    ),
)
_PROCESSES_LISTED = """
    tion sion ment ness ity ism ance ence ship sis
"""
PROCESSES = frozenset(_PROCESSES_LISTED.split())
