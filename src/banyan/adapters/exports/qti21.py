"""QTI 2.1, which most platforms read."""

from collections.abc import Sequence

from banyan.adapters.exports._qti import Version, package
from banyan.assistant.domain.material import Quiz
from banyan.assistant.ports.export import About, ExportFormat

_VERSION = Version(
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    xsd="http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    packaging="http://www.imsglobal.org/xsd/imscp_v1p1",
    packaging_xsd="http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
    schema="QTIv2.1 Package",
    schema_version="1.0.0",
    item_type="imsqti_item_xmlv2p1",
    test_type="imsqti_test_xmlv2p1",
    hyphens=False,
)


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    return package(quiz, about, _VERSION), ()


ENTRY = ExportFormat(
    title="QTI 2.1 content package",
    takes=("quiz",),
    suffix=".qti21.zip",
    media_type="application/zip",
    write=_write,
)
