"""Text as word search sees it: accents folded, and scripts without spaces between words cut into pairs."""

import re
import unicodedata

# Marks that writers leave out as often as they set them: accents, Hebrew points, Arabic vowel signs, tatweel.
_OPTIONAL_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")

# Thai, Lao, Burmese, Khmer, Japanese, Chinese, and Korean, whose words are glued to their particles.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_LETTER = re.compile(r"[^\W_]")
_SURROGATES = re.compile("[\ud800-\udfff]")


# Words that ask and do not say about what. Rare in lessons, they would weigh more than the subject itself.
_ASKING = re.compile(
    r"\b(?:best|called|correct|define|describe|discuss|explain|following|identify|incorrect|known|likely|refers?|"
    r"statements?|terms?|which)\b",
    re.IGNORECASE,
)


def searchable(text: str) -> str:
    """A text to be found: `Poincaré` as `Poincare`, `光合作用` as `光 合 作 用 光合 合作 作用`."""
    return text if text.isascii() else _UNSPACED.sub(_characters_and_pairs, _folded(text))


def searchable_question(text: str) -> str:
    """What it is found by: without the words of asking, unless there are no others.

    Of a script without spaces the pairs alone, since one character says too little.
    """
    subject = _ASKING.sub(" ", text)
    if not _LETTER.search(subject):
        subject = text
    return subject if subject.isascii() else _UNSPACED.sub(_pairs, _folded(subject))


def _folded(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", _SURROGATES.sub(" ", text))
    return unicodedata.normalize("NFC", _OPTIONAL_MARKS.sub("", taken_apart))


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    return f" {' '.join(run[i : i + 2] for i in range(max(1, len(run) - 1)))} "


def _characters_and_pairs(match: re.Match[str]) -> str:
    run = match.group()
    return f" {' '.join(run)} {_pairs(match)}" if len(run) > 1 else f" {run} "
