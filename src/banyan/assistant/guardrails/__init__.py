"""Guardrails, one a file: each looks at a question, a cited passage or an answer."""

from banyan.assistant.domain.guarding import Guardrail
from banyan.kernel.catalogue import Catalogue

GUARDRAILS: Catalogue[Guardrail] = Catalogue(
    __name__,
    [
        "crisis",
        "injection",
        "language",
        "leak",
        "length",
        "markup",
        "off_topic",
        "pii",
        "sensitive",
    ],
)
