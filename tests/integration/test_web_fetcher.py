"""The fetcher against servers that behave as badly as the internet does."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from web_site import PUBLIC, USUAL, Asked, Names, Site, answer, fetcher_for, redirect, web_site

from banyan.adapters.web.fetcher import Limits
from banyan.kernel.errors import BanyanError
from banyan.kernel.pages import Known, Page

_HTML = b"<html><body><p>The banyan is a fig.</p></body></html>"
_HASTY = Limits(connect=0.5, first_byte=0.5, total=1.5)
_SMALL = Limits(size_bytes=100_000)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A server at the address that stands for the public."""
    async with web_site() as opened:
        yield opened


async def _refused(site: Site, url: str, *, names: Names | None = None, limits: Limits = USUAL) -> BanyanError:
    with pytest.raises(BanyanError) as refused:
        await fetcher_for(site, names=names, limits=limits).fetch(url)
    assert refused.value.message.endswith(".")
    return refused.value


async def test_page_comes_with_its_kind_and_what_tells_versions_apart(site: Site) -> None:
    """One request, without cookies, that says who asks."""
    site.page("/a?b=1", _HTML, "Text/HTML; charset=utf-8", ETag='"v1"', Last_Modified="Sat, 01 Aug 2026 10:00:00 GMT")
    page = await fetcher_for(site).fetch(site.url("/a?b=1#part"))
    known = Known('"v1"', "Sat, 01 Aug 2026 10:00:00 GMT")
    assert page == Page(site.url("/a?b=1"), "text/html", ".html", _HTML, known)
    [asked] = site.asked
    assert asked.headers["user-agent"].startswith("banyan/")
    assert asked.headers["host"] == f"public.test:{site.port}"
    assert "cookie" not in asked.headers


async def test_page_that_did_not_change_is_not_sent_again(site: Site) -> None:
    """The validators go out, 304 comes back as None."""
    site.pages["/"] = answer(b"", status="304 Not Modified")
    assert await fetcher_for(site).fetch(site.url(), known=Known('"v1"', "then")) is None
    assert (site.asked[0].headers["if-none-match"], site.asked[0].headers["if-modified-since"]) == ('"v1"', "then")


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["127.0.0.1"], ["::1"], ["::ffff:127.0.0.2"], [PUBLIC, "127.0.0.1"], ["fd00::1", PUBLIC]],
)
async def test_name_with_any_address_that_is_not_public_is_refused(site: Site, addresses: list[str]) -> None:
    """All answers are looked at, of both families; one that is not public is enough, and nothing is sent."""
    site.page("/", _HTML)
    refused = await _refused(site, site.url(), names=Names(public_test=[addresses]))
    assert refused.code == "url_not_public"
    assert site.asked == []
    assert not any(address in refused.message for address in addresses)


async def test_name_that_changes_its_address_after_the_check_leads_nowhere_else(site: Site) -> None:
    """The connection goes to the address that was checked: the name is asked for once a step."""
    async with web_site("127.0.0.1", site.port) as inner:
        inner.page("/", b"<p>secret</p>")
        site.page("/", _HTML)
        names = Names(public_test=[[PUBLIC], ["127.0.0.1"]])
        page = await fetcher_for(site, names=names).fetch(site.url())
        assert page is not None
        assert page.content == _HTML
        assert names.asked == ["public.test"]
        assert (await _refused(site, site.url(), names=names)).code == "url_not_public"
        assert inner.asked == []


async def test_redirects_are_followed_and_each_is_checked(site: Site) -> None:
    """Relative ones, too; the page's address is the last one's."""
    site.pages["/a"] = redirect("b")
    site.pages["/b"] = redirect(site.url("/c", "other.test"))
    site.page("/c", _HTML)
    page = await fetcher_for(site).fetch(site.url("/a"))
    assert page is not None
    assert page.url == site.url("/c", "other.test")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://127.0.0.1:{port}/", "url_not_public"),
        ("http://inner.test:{port}/", "url_not_public"),
        ("http://[::1]:{port}/", "url_not_public"),
        ("file:///etc/passwd", "url_not_allowed"),
        ("http://public.test:22/", "url_not_allowed"),
        ("http://u:p@public.test/", "url_not_allowed"),
        ("http://public.test:{port}/loop", "page_redirects"),
        ("", "page_redirects"),
    ],
)
async def test_redirect_to_where_nobody_may_go_is_refused(site: Site, target: str, code: str) -> None:
    """A public page cannot lead into a private network, to another scheme or port, or in a circle."""
    async with web_site("127.0.0.1", site.port) as inner:
        site.pages["/"] = redirect(target.format(port=site.port))
        site.pages["/loop"] = redirect("/loop")
        refused = await _refused(site, site.url(), names=Names(public_test=[[PUBLIC]], inner_test=[["127.0.0.1"]]))
        assert refused.code == code
        assert len(site.asked) <= 6
        assert inner.asked == []


async def test_redirect_out_of_the_allowed_domains_is_refused(site: Site) -> None:
    """The list holds for every step."""
    site.pages["/"] = redirect(site.url("/", "evilpublic.test"))
    with pytest.raises(BanyanError) as refused:
        await fetcher_for(site).fetch(site.url(), ["public.test"])
    assert refused.value.code == "domain_not_allowed"
    assert len(site.asked) == 1


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"])
async def test_server_that_answers_slowly_is_left(site: Site, begins: bytes) -> None:
    """One that accepts and is silent, or sends its head byte by byte."""

    async def drip(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        while begins:
            writer.write(b"X-A: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
        await asyncio.sleep(5)

    site.pages["/"] = drip
    began = asyncio.get_running_loop().time()
    assert (await _refused(site, site.url(), limits=_HASTY)).code in {"page_timeout", "page_unreachable"}
    assert asyncio.get_running_loop().time() - began < 2


async def test_page_that_drips_is_left_at_the_deadline(site: Site) -> None:
    """Bytes that keep coming do not keep a fetch alive."""

    async def drip(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    site.pages["/"] = drip
    assert (await _refused(site, site.url(), limits=_HASTY)).code == "page_timeout"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"0" * 50_000_000)),
        ("gzip", gzip.compress(b"0" * 90_000) * 10),
        ("deflate", zlib.compress(b"0" * 50_000_000)),
        ("deflate", zlib.compress(b"0" * 50_000_000)[2:-4]),
        ("identity", b"0" * 100_001),
    ],
)
async def test_page_that_is_or_unpacks_too_large_is_left(site: Site, encoding: str, body: bytes) -> None:
    """Counted as it arrives and as it unpacks, in one member or many."""
    site.page("/", body, Content_Encoding=encoding)
    assert (await _refused(site, site.url(), limits=_SMALL)).code == "page_too_large"


async def test_page_without_a_length_is_counted_while_it_comes(site: Site) -> None:
    """A server that sends for ever is left after the limit."""

    async def flood(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    site.pages["/"] = flood
    assert (await _refused(site, site.url(), limits=_SMALL)).code == "page_too_large"


@pytest.mark.parametrize("make", [gzip.compress, zlib.compress, lambda body: zlib.compress(body)[2:-4]])
async def test_packed_page_is_unpacked(site: Site, make: object) -> None:
    """Gzip, deflate, and deflate as some servers understand it."""
    packed = make(_HTML)  # type: ignore[operator]
    site.page("/", packed, Content_Encoding="gzip" if packed[:2] == b"\x1f\x8b" else "deflate")
    page = await fetcher_for(site).fetch(site.url())
    assert page is not None
    assert page.content == _HTML


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (answer(_HTML, Content_Length="9999"), "page_broken"),
        (answer(_HTML, Content_Length="99999999999"), "page_too_large"),
        (answer(_HTML, Content_Length="-5"), "page_unreachable"),
        (answer(gzip.compress(_HTML)[:-9], Content_Encoding="gzip"), "page_broken"),
        (answer(_HTML, Content_Encoding="gzip"), "page_broken"),
        (answer(_HTML, Content_Encoding="br"), "page_broken"),
        (answer(_HTML, status="404 Not Found"), "page_status"),
        (answer(_HTML, status="206 Partial Content"), "page_status"),
        (answer(_HTML, "image/png"), "page_type"),
        (answer(b"\x89PNG\r\n\x1a\n", "text/html"), "page_type"),
        (answer(_HTML, "application/pdf"), "page_type"),
        (answer(b"%PDF-1.7 ", "text/html"), "page_type"),
        (answer(b"PK\x03\x04 not an office file", "application/octet-stream"), "page_type"),
        (b"what is this?\r\n\r\n", "page_unreachable"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "page_unreachable"),
        (b"", "page_unreachable"),
    ],
)
async def test_answer_that_lies_or_breaks_off_is_no_page(site: Site, sent: bytes, code: str) -> None:
    """Lengths, encodings, statuses and kinds are believed only when the bytes agree."""
    site.pages["/"] = sent
    assert (await _refused(site, site.url(), limits=_SMALL)).code == code


@pytest.mark.parametrize(
    ("body", "kind", "path", "found"),
    [
        (b"%PDF-1.7 ", "application/pdf", "/", "application/pdf"),
        (b"%PDF-1.7 ", "application/octet-stream", "/", "application/pdf"),
        (_HTML, "", "/", "text/html"),
        (b"WEBVTT\n\n", "text/plain", "/film.vtt", "text/vtt"),
        (b"# Figs", "text/plain", "/README.md", "text/markdown"),
        (b"Figs.", "text/plain; charset=utf-8", "/", "text/plain"),
        (
            b"PK\x03\x04 word/document.xml",
            "application/octet-stream",
            "/a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
async def test_kind_is_what_server_and_bytes_agree_on(
    site: Site, body: bytes, kind: str, path: str, found: str
) -> None:
    """Where the server does not know, the bytes and the end of the path say it."""
    site.page(path, body, kind)
    page = await fetcher_for(site).fetch(site.url(path))
    assert page is not None
    assert page.mime_type == found


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<p>Größe</p>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta charset='latin-1'><p>Größe</p>".encode("latin-1"), "text/html"),
        ("<p>Größe</p>".encode(), "text/html; charset=idna"),
        ("<p>Größe</p>".encode("utf-16"), "text/html"),
        ("<p>Größe</p>".encode("cp1252"), "text/html"),
    ],
)
async def test_text_is_utf8_whatever_it_was_sent_in(site: Site, body: bytes, kind: str) -> None:
    """By what the server, the page or a mark says; a character set that is none is not believed."""
    site.page("/", body, kind)
    page = await fetcher_for(site).fetch(site.url())
    assert page is not None
    assert "Größe" in page.content.decode()


async def test_nobody_there_is_told_apart_from_a_name_that_is_wrong(site: Site) -> None:
    """Both say what to do next."""
    assert "cannot be found" in (await _refused(site, site.url(), names=Names(public_test=[[]]))).message
    async with web_site() as gone:
        pass
    assert "does not answer" in (await _refused(gone, gone.url())).message
