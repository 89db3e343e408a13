"""QTI 3.0."""

from collections.abc import Sequence

from banyan.adapters.exports._qti import Version, package
from banyan.assistant.domain.material import Quiz
from banyan.assistant.ports.export import About, ExportFormat

_XSD = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/"
_VERSION = Version(
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    xsd=f"{_XSD}imsqti_asiv3p0_v1p0.xsd",
    packaging="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    packaging_xsd=f"{_XSD}imsqtiv3p0_imscpv1p2_v1p0.xsd",
    schema="QTI Package",
    schema_version="3.0.0",
    item_type="imsqti_item_xmlv3p0",
    test_type="imsqti_test_xmlv3p0",
    hyphens=True,
)


def _write(quiz: Quiz, about: About) -> tuple[bytes, Sequence[str]]:
    return package(quiz, about, _VERSION), ()


ENTRY = ExportFormat(
    title="QTI 3.0 content package",
    takes=("quiz",),
    suffix=".qti30.zip",
    media_type="application/zip",
    write=_write,
)
