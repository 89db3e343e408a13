"""What libraries that read binary files raise, beside their own errors, when the file is damaged.

None of them promises any particular error: a missing part surfaces as KeyError, broken XML as SyntaxError, a stream
that was cut short as zlib.error, and so on.
"""

import struct
import zlib
from zipfile import BadZipFile, LargeZipFile

DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, BadZipFile, EOFError, LargeZipFile, LookupError),
    *(NotImplementedError, OSError, RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error),
)
