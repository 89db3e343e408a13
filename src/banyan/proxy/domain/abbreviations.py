"""Words with a full stop that need not end a sentence, and words that begin one; data for `sentences`.

English first, then the commonest of German, French and Spanish; without their last full stop, and in the case
in which they are written: "ms" is milliseconds, "MS" a disease, "Ms" a title.
"""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NEVER_LAST = _words(
    """
    approx ca cf e.g eg i.e viz vs v resp incl excl esp bzw d.h z.b u.a o.ä s.o s.u vgl ggf evtl insb p.ex par.ex
    p.ej
    """
)
"""Never the last word of a sentence."""

BEFORE_NAME = _words(
    """
    Dr Mr Mrs Ms Mx Prof Profs St Ste Mt Ft Gen Rep Sen Gov Capt Cpt Lt Col Sgt Maj Adm Cmdr Rev Hon Pres Supt
    Messrs Mme Mlle Hr Sra Srta
    """
)
"""Titles: not the last word when a name follows."""

BEFORE_NUMBER = _words(
    """
    fig figs eq eqs eqn no nos nr ref refs sec sect ch chap vol vols p pp pg par para art ex tab app ver ed eds abb
    kap bd s jan feb mar apr jun jul aug sep sept oct nov dec
    """
)
"""Not the last word when a number, a numeral or a single letter follows; in any case of letters."""

MAY_END = _words(
    """
    al Inc Ltd Co Corp Bros Jr Sr Dept Univ Assn est Ph.D M.D a.m p.m
    """
)
"""Ends a sentence only when a word follows that often begins one."""

LABELLED = _words(
    """
    vitamin hepatitis influenza type group factor class point phase appendix part figure table grade stage level
    unit option plan section schedule coenzyme cytochrome immunoglobulin protein strain vitamins item box panel
    exhibit
    """
)
"""A single capital letter after one of these is a label and not an initial."""

OPENERS = _words(
    """
    The This That These Those A An In On At By For From To With Without Within As If When While Where Whereas
    Although Though Because Since After Before During Under Over Between Among Through Throughout Unlike Like It Its
    He His She Her They Their We Our You Your I There Here Then Thus Therefore Hence However Moreover Furthermore
    Finally First Second Third Next Last Also And But Or So Yet Such Some Many Most Each Every Both Either Neither
    Another Other All Any No Not Only Once Until Unless What Which Who Whose Why How Is Are Was Were Can Could Does
    Do Did Has Have Had Will Would Should May Might Must Let Note See Use Two Three Four Five Several Few Much More
    Less Even Just Today Now Later Recall Consider Suppose Besides Despite Instead Indeed Meanwhile Otherwise
    Overall Der Die Das Ein Eine Es Er Sie Wir Dies Diese Dieser Im Bei Mit Nach Wenn Aber Und Auch Le La Les Un Une
    Il Elle Ils Elles Nous Vous Ce Cette Dans Pour Mais El Los Las Una En Se Para Pero
    """
)
"""Words that, with a capital letter, mostly stand at the beginning of a sentence."""

MONTHS = _words(
    """
    Januar Februar März April Mai Juni Juli August September Oktober November Dezember
    """
)
"""German dates put a full stop after the day."""
