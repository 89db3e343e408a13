"""Words that tell the name of something to learn from other words, as folded words."""

_NOT_FIRST_LISTED = """
    one two three four five six seven eight nine ten several many most few all no both another other others
    some any much more sometimes often usually today perhaps later first second third next finally together
    indeed nevertheless meanwhile here there less least little enough inside outside beneath beyond near along
    around behind beside besides despite except like unlike onto across throughout toward towards located
    found depending according based given using following including where whereas now then once twice instead
    rather again soon yes well fortunately examples example
"""
NOT_FIRST = frozenset(_NOT_FIRST_LISTED.split())
"""First words of subjects that name nothing: "Two events are ..."."""

_GENERAL_LISTED = """
    answer answers aim amount case cases chapter concept difference differences effect effects example
    examples fact factor factors feature features figure form forms function functions goal goals group groups
    idea ideas individual individuals issue issues key kind kinds lesson level levels list location locations
    man men method methods module name names number numbers part parts patient patients people person persons
    phenomenon place places point points problem problems process processes property properties purpose
    question questions reason reasons region regions result results role roles rule rules scientist scientists
    section sections set sets side sides situation situations size sizes stage stages state step steps
    structure structures student students study studies system systems task tasks technique term terms thing
    things time times topic total trait traits type types use value values version way ways woman women word
    words work world year years researchers physicians doctors author authors others event events condition
    conditions strategy characteristic characteristics component components addition majority rest area areas
    end ends action actions organization outcome outcomes projection projections opening openings portion
    portions
"""
GENERAL = frozenset(_GENERAL_LISTED.split())
"""Nouns that name no subject of learning by themselves."""

_QUALIFIERS_LISTED = """
    main primary first second third other important key following final overall major minor basic common same
    different only next last best whole entire general such certain specific single simplest largest smallest
    good bad great new old many early late these those this that its their his her our your my
"""
QUALIFIERS = frozenset(_QUALIFIERS_LISTED.split())
"""First words that pick one of several things ("the main ...") rather than name it."""

_EMPHASIS_LISTED = """
    important main fourth fifth sixth following interesting famous typical
"""
EMPHASIS = frozenset(_EMPHASIS_LISTED.split())
"""Words that never belong to a name."""

_QUANTITIES_LISTED = """
    level levels amount amounts number numbers rate rates type types kind kinds form forms release loss lack
    increase decrease presence absence production variety majority series set range preparations cells cases
    examples parts pair pairs lot use
"""
QUANTITIES = frozenset(_QUANTITIES_LISTED.split())
"""What stands before "of" and names a measure of a thing rather than a thing."""
