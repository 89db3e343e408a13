"""What the event log keeps of a text: enough to judge a finding by, nothing that must stay secret."""

import re

from banyan.assistant.domain.secret_text import without_secrets

LONGEST = 240
"""Characters of a snippet."""

_LEAD = 60
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ ()./-]{0,2}\d){6,17}(?!\w)")


def snippet(text: str, at: int = 0) -> str:
    """At most 240 characters around `at`, with secrets, addresses and long numbers masked.

    Masked first and cut then, so that the cut cannot show a part of a secret that no longer looks like one.
    """
    masked = without_secrets(text[:at]) if at > _LEAD else ""
    whole = without_secrets(text)
    start = max(0, min(len(masked), len(whole)) - _LEAD) if masked else 0
    return _NUMBER.sub("[number]", _EMAIL.sub("[e-mail]", whole))[start : start + LONGEST]
