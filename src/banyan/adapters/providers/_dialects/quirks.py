"""Where an API that is OpenAI's in the main wants a request a little otherwise."""

from dataclasses import dataclass

import msgspec

from banyan.kernel.errors import InvalidInput

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Quirks:
    """drops: fields that it refuses, though an answer without them is an answer all the same.

    renames: fields that it knows by another name; the name it knows wins where both are sent.
    usage_with_finish: tells the usage of a stream unasked, together with the finish reason.
    """

    drops: frozenset[str] = frozenset()
    renames: tuple[tuple[str, str], ...] = ()
    usage_with_finish: bool = False

    def apply(self, body: bytes) -> bytes:
        """The request as this API takes it; the same bytes where nothing has to change. Raises: InvalidInput."""
        if not any(f'"{name}"'.encode() in body for name in (*self.drops, *(old for old, _ in self.renames))):
            return body
        try:
            fields = _fields.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput(f"The request is not a JSON object ({error}); correct it.") from error
        for old, new in self.renames:
            if old in fields:
                fields = {new: fields[old], **{name: value for name, value in fields.items() if name != old}}
        return msgspec.json.encode({name: value for name, value in fields.items() if name not in self.drops})


NO_QUIRKS = Quirks()
MAX_TOKENS = (("max_completion_tokens", "max_tokens"),)
"""For APIs that know the older of the two names only."""
REASONS = Quirks(renames=(("max_tokens", "max_completion_tokens"),))
"""For models that know the newer of the two names only."""
