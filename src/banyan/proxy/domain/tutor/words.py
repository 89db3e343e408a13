"""Words for comparing: folded, stemmed, without those that carry no topic.

Scripts that write no spaces between words (Chinese, Japanese, Thai and their neighbours) are compared by pairs of
characters, which needs no dictionary and still tells topics apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from py_rust_stemmers import SnowballStemmer  # type: ignore[import-untyped]

# Ranges of scripts without spaces: Thai to Myanmar, Khmer, Kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:['’][^\W\d_{_UNSPACED}]+)*")
_UNSPACED_CHARACTER = re.compile(rf"[{_UNSPACED}]")
# "Type I error" and "type 1 error" are one term, and the numeral is no pronoun.
_NUMBERED = re.compile(r"\b(type|class|phase|stage|grade|group|level|war) (i{1,3}|iv|v)\b")
_NUMERALS: Mapping[str, str] = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
# Hiragana and the commonest Chinese particles bind words and name nothing.
_BINDING = re.compile("[\u3040-\u309f的是了在和有什么怎样吗呢与及为这那哪么何]")

_FUNCTION_WORDS_BY_LANGUAGE: Mapping[str, str] = {
    "english": """
        a about above after again against all also although am among an and any are aren't as at be because been
        before being below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
        down during each either etc ever every few for from further had hadn't has hasn't have haven't having he her
        here hers herself him himself his how however i if in into is isn't it it's its itself just let let's many may
        me might more most much must my myself neither no nor not of off often on once one only or other others our
        ours ourselves out over own per rather same shall she should shouldn't since so some such than that that's
        the their theirs them themselves then there there's these they they're this those through thus to too toward
        under until up upon us very via was wasn't we were weren't what what's when where whether which while who whom
        whose why will with within without won't would wouldn't yet you you're your yours yourself
        """,
    "german": """
        aber als also am an auch auf aus bei bin bis bist da dann das dass dem den der des die dies diese dieser
        dieses doch du durch ein eine einem einen einer eines er es für gegen hat haben hier ich ihr ihre im in ist
        ja kann kein keine können man mehr mein mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine
        sich sie sind so über um und uns unter vom von vor war waren warum was wenn wer werden wie wir wird wo wurde
        zu zum zur zwischen
        """,
    "french": """
        ai as au aux avec avoir c'est ce ces cet cette comme comment dans de des donc du elle elles en est et été être
        eu il ils j'ai je l la le les leur leurs lui ma mais me mes moi mon ne nos notre nous on ont ou où par pas plus
        pour pourquoi qu'est que quel quelle qui quoi sa sans se ses si son sont sur ta te tes toi ton tu un une vos
        votre vous y à
        """,
    "spanish": """
        a al como cómo con cuando cuál cuáles de del desde donde dónde e el ella ellas ellos en entre era es esa ese
        eso esta este esto está están fue ha han hasta hay la las le les lo los me mi mis muy más ni no nos o para pero
        por porque qué que quien quién se ser si sin sobre son su sus también te tiene tu un una uno unos y ya yo él
        """,
    "portuguese": """
        a ao aos as até com como da das de dela dele deles do dos e é ela elas ele eles em entre era essa esse esta
        está estão este eu foi há isso isto já mais mas me meu minha muito na nas nem no nos não nós o os ou para pela
        pelo por porque qual quais quando que quem se sem ser seu seus sua suas são também te tem um uma você à às
        """,
}

_FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(listed.split()) for language, listed in _FUNCTION_WORDS_BY_LANGUAGE.items()
}

ENGLISH = "english"


_REMEMBERED = 1024
"""Texts: a question, a heading or the subject of a sentence is looked at several times in a turn."""


@lru_cache(maxsize=8)
def _stemmer(language: str) -> SnowballStemmer:
    return SnowballStemmer(language)


@lru_cache(maxsize=131_072)
def _stem(word: str, language: str) -> str:
    """Empty for a word that carries no topic."""
    if word in _FUNCTION_WORDS[language] or (len(word) == 1 and word.isascii() and not word.isdigit()):
        return ""
    if not word.isascii() and _BINDING.search(word):
        return ""
    return str(_stemmer(language).stem_word(word))


@lru_cache(maxsize=_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """Words in order, case and width folded; runs of an unspaced script as pairs of characters."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    folded = _NUMBERED.sub(lambda numbered: f"{numbered[1]} {_NUMERALS[numbered[2]]}", folded)
    found: list[str] = _WORD.findall(folded)
    if "'s" in folded:
        found = [word.removesuffix("'s") for word in found]
    return tuple(_paired(found) if _UNSPACED_CHARACTER.search(folded) else found)


def _paired(found: Iterable[str]) -> list[str]:
    pairs: list[str] = []
    for word in found:
        if _UNSPACED_CHARACTER.match(word) and len(word) > 2:
            pairs.extend(word[i : i + 2] for i in range(len(word) - 1))
        else:
            pairs.append(word)
    return pairs


def language_of(text: str) -> str:
    """The language whose function words occur most often in the text; English on a tie or when there are none."""
    present = words(text)
    return max(_FUNCTION_WORDS, key=lambda language: sum(word in _FUNCTION_WORDS[language] for word in present))


_STRANGERS = """
    di il lo gli della dello dei degli delle nel nella che è sono una un per con non come più anche si da dal dalla al
    alla ai la le
    | de het een van en in is dat die zijn op te met voor niet aan er om ook als dan maar bij wordt worden uit naar
    | och att det som en på är av för med den till inte har om ett
    | og at det som en på er af for med den til ikke har et
    | și de la în cu pe care este sunt o un din pentru nu mai se
    | i el la els les de del que és una un per amb no són com
    """
_STRANGE = tuple(frozenset(listed.split()) for listed in _STRANGERS.split("|"))
"""Words of languages that are near to the known ones, so that they are not taken for them."""
_FAMILIAR = 0.2
"""The least share of function words in a text of a language; of another one's words it has fewer of them."""


def familiar_language(text: str) -> str:
    """As `language_of`, but "" for a text in none of the languages."""
    present = words(text)
    counts = {one: sum(word in known for word in present) for one, known in _FUNCTION_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    stranger = max(sum(word in known for word in present) for known in _STRANGE)
    return best if counts[best] >= max(1, stranger, _FAMILIAR * len(present)) else ""


@lru_cache(maxsize=_REMEMBERED)
def stems(text: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Stems of the content words, in order, repeats kept."""
    return tuple([stem for word in words(text) if (stem := _stem(word, language))])


def stem_set(texts: Iterable[str], language: str = ENGLISH) -> frozenset[str]:
    """Stems of the content words of all the texts."""
    return frozenset(stem for text in texts for stem in stems(text, language))


def is_function_word(word: str, language: str = ENGLISH) -> bool:
    """Whether a folded word carries no topic."""
    return word in _FUNCTION_WORDS[language]
