"""Finds secrets in texts: keys of known vendors by their shape, private keys, given passwords, cards, accounts."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple


class Found(NamedTuple):
    """kind: such as `api key`. The text from start to end is what must not be seen."""

    kind: str
    start: int
    end: int


_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{12,200}|[srp]k_(?:live|test)_[A-Za-z0-9]{16,120}|whsec_[A-Za-z0-9+/]{20,80}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[\w-]{20,60}"
    r"|xox[abeoprs]-[\w-]{10,250}|xapp-\d-[\w-]{10,250}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,400}|GOCSPX-[\w-]{20,60}"
    r"|hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36}|pypi-AgEI[\w-]{30,400}|gsk_[A-Za-z0-9]{30,80}|xai-[A-Za-z0-9]{30,120}"
    r"|r8_[A-Za-z0-9]{30,60}|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dapi[0-9a-f]{32}"
    r"|SG\.[\w-]{16,40}\.[\w-]{16,80}|key-[0-9a-f]{32}|(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])"
    r"|\d{8,10}:AA[\w-]{32,36}|AGE-SECRET-KEY-1[A-Z0-9]{50,60}"
    r"|eyJ[\w-]{8,4000}\.eyJ[\w-]{8,4000}\.[\w-]{8,1000}"
    r"|AccountKey=[A-Za-z0-9+/]{60,100}={0,2}"
    r")"
)
_WEBHOOK = re.compile(
    r"hooks\.slack\.com/services/[\w/]{20,100}|discord(?:app)?\.com/api/webhooks/\d{10,25}/[\w-]{30,100}"
)
_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]{0,8000}-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|[^-]{0,8000})"
)
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+]{1,20}://[^\s:/@]{1,100}:([^\s@/]{3,100})@")
_BEARER = re.compile(r"\b[Bb]earer ([\w.~+/-]{20,2000}=*)")
_PASSWORD = re.compile(
    r"(?P<mine>(?:\b(?:my|our|mein|unser|mon|notre|mi|nuestra|minha|a minha|la mia|mia|benim|мой|наш)\s)?)"
    r"(?<![A-Za-z0-9-])(?:pass(?:word|wd|phrase|code)|pwd|pw|passwort|kennwort|mot de passe|contrase(?:ñ|n)a|senha|"
    r"parola|(?:ş|s)ifre(?:m|miz)?|пароль|كلمة (?:السر|المرور)|पासवर्ड|密码|密碼|パスワード|暗証番号)[\"'`]?"
    r"(?:\s{1,3}(?:is|was|ist|lautet|est|es|é|è)(?:\s*:)?|\s{0,3}(?:[:=：＝]|是|は|है|هي)|(?<=şifrem)|(?<=sifrem))\s{0,3}"
    r"(?P<quote>[\"'`“「]?)(?P<value>[^\s\"'`“”「」()\[\]{}<>,;。、]{4,100})(?P<after>[\"'`”」]|(?![(\[{<]))",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9])(?:api[_ -]?key|api[_ -]?token|secret(?:[_ -](?:access[_ -])?key)?|"
    r"(?:access|auth|refresh|bot|session)[_ -]?token|client[_ -]?secret|private[_ -]?key|token|schl(?:ü|ue)ssel|"
    r"clave|chave|chiave|cl(?:é|e) api|ключ)[\"'`]?\s{0,3}(?:is|[:=])\s{0,3}[\"'`]?([A-Za-z0-9+/_.~-]{8,400}=*)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-]|[.,]\d)")
_CARD = re.compile(r"4|5[1-5]|2[2-7]|3[4-9]|6(?:011|4|5|2)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_NO_VALUE = re.compile(r"[*•x.…_-]+|\$\w*|%\w+%?|\w*(?:example|placeholder|changeme|redacted)\w*", re.IGNORECASE)
_NO_PASSWORDS = frozenset(
    re.findall(
        r"\w+",
        "abgelaufen accepted also always being broken bytes case char compromised correct correcta easy empty "
        "encrypted expir expired falsch false forgotten gone good hard hashed incorrect incorrecta input insecure "
        "invalid just leaked long lost missing needed never nicht none not null only oubli protected rejected "
        "required richtig safe salted secret secure segura short sicher something still stored str string strong text "
        "that this true unsicher used usually valid varchar vergessen weak what wrong ",
    )
)


def secrets_in(text: str) -> list[Found]:
    """Every secret, in order; they do not overlap."""
    found = sorted(_all(text), key=lambda one: (one.start, -one.end))
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def without_secrets(text: str) -> str:
    """The text with every secret replaced by what kind it was, as `[api key]`."""
    for one in reversed(secrets_in(text)):
        text = f"{text[: one.start]}[{one.kind}]{text[one.end :]}"
    return text


def _all(text: str) -> Iterator[Found]:
    for found in _KEYS.finditer(text):
        if any(c.isdigit() for c in found[0]):
            yield Found("api key", *found.span())
    if "webhooks" in text or "hooks." in text:
        yield from (Found("api key", *found.span()) for found in _WEBHOOK.finditer(text))
    if "PRIVATE KEY" in text:
        yield from (Found("private key", *found.span()) for found in _PEM.finditer(text))
    if "://" in text:
        for found in _IN_ADDRESS.finditer(text):
            if not _NO_VALUE.fullmatch(found[1]) and found[1].lower() not in ("password", "pass", "pwd"):
                yield Found("password", *found.span(1))
    for found in _BEARER.finditer(text):
        if _is_random(found[1]):
            yield Found("token", *found.span(1))
    for found in _PASSWORD.finditer(text):
        if _is_password(found):
            yield Found("password", found.start("value"), found.start("value") + len(_value(found)))
    for found in _ASSIGNED.finditer(text):
        if _is_random(found[1]) and not _NO_VALUE.fullmatch(found[1]):
            yield Found("token", *found.span(1))
    for found in _DIGITS.finditer(text):
        if is_card(found[0]):
            yield Found("card number", *found.span())
    for found in _IBAN.finditer(text):
        if is_iban(found[0]):
            yield Found("account number", *found.span())


def is_card(text: str) -> bool:
    """Whether digits, with blanks or hyphens between, are a payment card's number (Luhn's checksum)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2 or not _CARD.match("".join(map(str, digits))):
        return False
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (doubled + sum(digits[::-2])) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether it is an international account number (ISO 13616: its remainder by 97 is 1)."""
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _value(found: re.Match[str]) -> str:
    return found["value"].rstrip(".?:") or found["value"]


def _is_password(found: re.Match[str]) -> bool:
    value = _value(found)
    if len(value) < 4 or value.startswith(("$", "%", "{", "<")) or _NO_VALUE.fullmatch(value):
        return False
    if value.lower() in _NO_PASSWORDS or "()" in value or value.startswith(("http", "str", "os.")):
        return False
    if any(c.isdigit() for c in value) or any(c in "!@#$%^&*" for c in value[:-1]):
        return True
    return bool(found["mine"]) and len(value) >= 6 and _ends_clause(found.string, found.start("value") + len(value))


def _ends_clause(text: str, at: int) -> bool:
    return not text[at:].strip() or text[at] in ".!,\n"


def _is_random(value: str) -> bool:
    """A key rather than a word: digits among letters, and about as mixed as random characters are."""
    if not any(c.isdigit() for c in value) or not any(c.isalpha() for c in value):
        return False
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts) >= 2.75
