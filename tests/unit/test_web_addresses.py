"""Which addresses count as public, and how addresses of pages are understood."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.adapters.web.addresses import is_public
from banyan.adapters.web.fetcher import WebFetcher
from banyan.adapters.web.locations import check_domain, read_location
from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255"),
        *("168.63.129.16", "240.0.0.1", "192.0.2.1", "203.0.113.5", "192.88.99.1"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:1::1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
        *("2a00::5efe:a00:1", "2a00::200:5efe:7f00:1", "100::1", "2606:4700::1111%1"),
    ],
)
def test_address_that_is_not_for_everybody_is_not_public(address: str) -> None:
    """Private, loopback, link-local, carrier, metadata, multicast, documentation, and every disguise of them."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_address_on_the_internet_is_public(address: str) -> None:
    """Also behind the translators of networks that have IPv6 alone."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        *((url, "url_not_allowed") for url in ("ftp://a.org/", "file:///etc/passwd", "gopher://a.org", "//a.org/x")),
        *((url, "url_not_allowed") for url in ("http://u:p@a.org/", "http://a.org@127.0.0.1/", "http://@a.org/")),
        *((url, "url_not_allowed") for url in ("http://a.org:22/", "https://a.org:8443/", "http://a.org:0/")),
        *(
            (url, "url_not_allowed")
            for url in ("http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/")
        ),
        *((url, "url_not_public") for url in ("http://127.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/")),
        *(
            (url, "url_not_public")
            for url in ("http://169.254.169.254/latest", "https://[fe80::1]/", "http://127.0.0.1./")
        ),
        *(
            (url, "url_invalid")
            for url in ("http://", "http://a.org:99999/", "http://a.org\\@b.org/", "http://a b.org/")
        ),
        *(
            (url, "url_invalid")
            for url in ("http://a..org/", "http://[::1", "http://a.org/\r\nX: y", "http://-a.org/", "http://%31/")
        ),
        ("http://a.org/" + "x" * 2000, "url_invalid"),
    ],
)
def test_address_that_leads_astray_is_refused_before_anything_is_sent(url: str, code: str) -> None:
    """By the address alone, each with its code."""
    with pytest.raises(BanyanError) as refused:
        WebFetcher().check(url)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("HTTP://Example.ORG.:80", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://b\u00fccher.example/\u00fc", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://[2606:4700:0::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_address_has_one_form(url: str, read: str) -> None:
    """Case, the usual port, the last full stop, letters beyond ASCII."""
    assert str(read_location(url, frozenset())) == read


@pytest.mark.parametrize("host", ["example.org", "www.example.org", "a.b.example.org", "xn--bcher-kva.example"])
def test_domain_lets_in_itself_and_what_is_below(host: str) -> None:
    """However the operator wrote it."""
    check_domain(host, ["*.Example.ORG.", "b\u00fccher.example"])


@pytest.mark.parametrize("host", ["evilexample.org", "example.org.evil.net", "org", "example.com", "ample.org"])
def test_domain_ends_at_a_dot(host: str) -> None:
    """A name that merely ends alike is another's; nothing is allowed by an empty list, or by an entry that is none."""
    for domains in (["example.org"], [], ["", ".", "*", "*."]):
        with pytest.raises(NotAllowed) as refused:
            check_domain(host, domains)
        assert refused.value.code == "domain_not_allowed"


@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://a.org", "http://[", "//"]))
def test_any_text_is_an_address_or_refused(text: str, before: str) -> None:
    """Whatever is typed ends in one form that reads as itself, or in a refusal of ours."""
    try:
        read = str(read_location(before + text, frozenset()))
    except (InvalidInput, NotAllowed):
        return
    assert str(read_location(read, frozenset())) == read
