"""Fetching from a real server on this machine: what is refused, what has an end, and what is remembered."""

import asyncio
import gzip
import ssl
import tempfile
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import FootnoteError, Invalid
from core.settings import LinkSettings
from ingestion.sources.addresses import address_of
from ingestion.sources.errors import PageGone, PageRefused, PageUnavailable
from ingestion.sources.fetching import Fetcher, Validators
from ingestion.sources.guard import AddressRefused, NameUnknown
from tests.sites import Site, Write, answer, names, open_to_this_machine, redirect, site_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with site_of() as opened:
        yield opened


async def read(fetcher: Fetcher, url: str) -> bytes:
    async with fetcher.open(address_of(url)) as page:
        return b"".join([piece async for piece in page.pieces])


def fetcher_of(**more: object) -> Fetcher:
    return Fetcher(open_to_this_machine(**more), names())


async def test_a_page_is_read_with_what_tells_its_changes(site: Site) -> None:
    site.pages["/a?b=1"] = answer("<p>Hello", 'ETag: "one"', "Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT")
    async with fetcher_of().open(address_of(site.url("/a?b=1#part"))) as page:
        assert b"".join([piece async for piece in page.pieces]) == b"<p>Hello"
        assert page.validators == Validators('"one"', "Mon, 02 Nov 2026 10:00:00 GMT")
        assert (page.is_unchanged, page.suffix) == (False, ".html")
    asked = dict(site.asked)["/a?b=1"]
    assert asked["user-agent"] == "Footnote"
    assert not {"cookie", "authorization", "referer", "x-forwarded-for"} & asked.keys()


async def test_what_is_unchanged_is_said_by_the_site(site: Site) -> None:
    site.page("/", "Hello", etag='"one"')
    async with fetcher_of().open(address_of(site.url()), Validators(etag='"one"')) as page:
        assert page.is_unchanged
    async with fetcher_of().open(address_of(site.url()), Validators(etag='"two"')) as page:
        assert not page.is_unchanged


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
async def test_this_machine_is_not_read_by_whatever_name(site: Site, host: str) -> None:
    with pytest.raises((AddressRefused, NameUnknown, Invalid)):
        await read(Fetcher(LinkSettings(), names()), site.url(host=host))
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="not public"):
        await read(Fetcher(LinkSettings(), names(intranet_test=address)), "http://intranet.test/")


async def test_a_setting_opens_one_network_and_no_other(site: Site) -> None:
    site.pages["/"] = answer("Hello")
    assert await read(fetcher_of(), site.url()) == b"Hello"
    async with site_of("127.0.0.2", site.port) as other:
        with pytest.raises(AddressRefused):
            await read(fetcher_of(), other.url(host="127.0.0.2"))
        assert other.asked == []


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost.test", "[::1]", "169.254.169.254", "2130706434"])
async def test_a_redirect_into_a_private_network_is_refused(site: Site, host: str) -> None:
    async with site_of("127.0.0.2", site.port) as other:
        other.pages["/secret"] = answer("Secret")
        site.pages["/"] = redirect(f"http://{host}:{site.port}/secret")
        fetcher = Fetcher(open_to_this_machine(), names(localhost_test="127.0.0.2"))
        with pytest.raises(AddressRefused):
            await read(fetcher, site.url())
        assert other.asked == []


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://site.test/x", "gopher://site.test/", "http://a:b@site.test/"]
)
async def test_a_redirect_to_what_is_no_page_is_refused(site: Site, to: str) -> None:
    site.pages["/"] = redirect(to)
    with pytest.raises(Invalid):
        await read(fetcher_of(), site.url())


async def test_a_redirect_is_followed_and_a_circle_is_not(site: Site) -> None:
    site.pages |= {"/": redirect("/b/"), "/b/": redirect("c"), "/b/c": answer("There"), "/round": redirect("/round")}
    assert await read(fetcher_of(), site.url()) == b"There"
    with pytest.raises(PageRefused, match="circles"):
        await read(fetcher_of(), site.url("/round"))


async def test_a_name_that_changes_between_check_and_connection_changes_nothing(site: Site) -> None:
    """DNS rebinding: the first answer is fine, every later one is private. It connects to what it checked."""
    site.pages["/"] = answer("Hello")
    answers: list[Sequence[str]] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        answers.append(["127.0.0.1"] if len(answers) < 2 else ["127.0.0.2"])
        return answers[-1]

    async with site_of("127.0.0.2", site.port) as other:
        fetcher = Fetcher(open_to_this_machine(), rebinding)
        assert (
            await read(fetcher, site.url()) == b"Hello"
        )  # robots.txt, then the page: one resolution for each connection
        assert len(answers) == 2
        with pytest.raises(AddressRefused):
            await read(fetcher, site.url())
        assert other.asked == []


async def test_of_several_addresses_only_the_allowed_are_tried(site: Site) -> None:
    site.pages["/"] = answer("Hello")
    async with site_of("127.0.0.2", site.port) as other:
        fetcher = Fetcher(open_to_this_machine(), names(both_test="127.0.0.2,10.0.0.1,127.0.0.1"))
        assert await read(fetcher, site.url(host="both.test")) == b"Hello"
        assert other.asked == []


async def test_what_the_environment_says_of_proxies_is_not_heard(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = answer("Hello")
    async with site_of() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(host="127.0.0.1"))
        assert await read(fetcher_of(), site.url()) == b"Hello"
        assert proxy.asked == []


async def test_an_endless_body_ends_with_the_time(site: Site) -> None:
    async def endless(write: Write) -> None:
        await write(HEAD + b"\r\n")
        while True:
            await write(b"x" * 65536)
            await asyncio.sleep(0.001)

    site.pages["/"] = endless
    started = time.monotonic()
    with pytest.raises(PageUnavailable, match="too long"):
        await read(fetcher_of(timeout_s=0.5), site.url())
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("slow", ["head", "first byte", "body"])
async def test_a_slow_site_ends_with_the_time(site: Site, slow: str) -> None:
    async def drip(write: Write) -> None:
        if slow != "first byte":
            text = HEAD if slow == "head" else b"x" * 1000
            if slow == "body":
                await write(HEAD + b"\r\n")
            for byte in text:
                await write(bytes([byte]))
                await asyncio.sleep(0.05)
        await asyncio.sleep(60)

    site.pages["/"] = drip
    started = time.monotonic()
    with pytest.raises(PageUnavailable, match="too long"):
        await read(fetcher_of(timeout_s=0.5), site.url())
    assert time.monotonic() - started < 5


async def test_redirects_share_one_time(site: Site) -> None:
    async def late(write: Write) -> None:
        await asyncio.sleep(0.3)
        await write(redirect("/again"))

    site.pages |= {"/": late, "/again": late}
    with pytest.raises(PageUnavailable, match="too long"):
        await read(fetcher_of(timeout_s=0.5), site.url())


async def test_an_endless_head_is_refused(site: Site) -> None:
    async def endless(write: Write) -> None:
        await write(HEAD)
        while True:
            await write(b"X-More: " + b"x" * 5000 + b"\r\n")

    site.pages["/"] = endless
    with pytest.raises((PageRefused, PageUnavailable)):
        await read(fetcher_of(), site.url())


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip"])
async def test_a_bomb_comes_in_small_pieces(site: Site, encoding: str) -> None:
    """200 MB of zeros in 200 KB: whoever counts can stop, and nothing of it is held in memory."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 15 if encoding == "deflate" else 31)
    bomb = b"".join([*(pack.compress(bytes(1024 * 1024)) for _ in range(200)), pack.flush()])
    site.pages["/"] = answer(bomb, f"Content-Encoding: {encoding}")
    tracemalloc.start()
    try:
        seen = 0
        async with fetcher_of().open(address_of(site.url())) as page:
            async for piece in page.pieces:
                assert len(piece) <= 64 * 1024
                seen += len(piece)
                if seen > 20 * 1024 * 1024:
                    break
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


async def test_what_is_packed_is_unpacked_and_what_is_odd_refused(site: Site) -> None:
    packed = gzip.compress(b"Hello")
    site.pages |= {
        "/good": answer(packed, "Content-Encoding: gzip"),
        "/cut": answer(packed[:-9], "Content-Encoding: gzip"),
        "/false": answer(b"Hello", "Content-Encoding: gzip"),
        "/br": answer(b"Hello", "Content-Encoding: br"),
        "/twice": answer(packed, "Content-Encoding: gzip, gzip"),
    }
    assert await read(fetcher_of(), site.url("/good")) == b"Hello"
    for path in ("/cut", "/false", "/br", "/twice"):
        with pytest.raises(Invalid):
            await read(fetcher_of(), site.url(path))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("404 Not Found", PageGone),
        ("410 Gone", PageGone),
        ("401 Unauthorized", PageRefused),
        ("403 Forbidden", PageRefused),
        ("204 No Content", PageRefused),
        ("206 Partial Content", PageRefused),
        ("418 I'm a teapot", PageRefused),
        ("429 Too Many Requests", PageUnavailable),
        ("500 Internal Server Error", PageUnavailable),
        ("503 Service Unavailable", PageUnavailable),
    ],
)
async def test_each_refusal_says_why(site: Site, status: str, error: type[FootnoteError]) -> None:
    site.pages["/"] = answer("Sorry", status=status)
    with pytest.raises(error) as raised:
        await read(fetcher_of(), site.url())
    assert raised.value.message.endswith(".")


async def test_what_is_no_http_is_refused(site: Site) -> None:
    site.pages["/"] = b"+OK POP3 ready\r\n"
    with pytest.raises(PageRefused, match="no page"):
        await read(fetcher_of(), site.url())


async def test_a_body_that_ends_too_soon_is_no_page(site: Site) -> None:
    site.pages["/"] = HEAD + b"Content-Length: 1000\r\n\r\nHello"
    with pytest.raises(FootnoteError):
        await read(fetcher_of(), site.url())


async def test_nobody_there() -> None:
    async with site_of() as site:
        url = site.url()
    with pytest.raises(PageUnavailable, match="does not answer"):
        await read(fetcher_of(), url)
    with pytest.raises(NameUnknown):
        await read(Fetcher(LinkSettings(), names(gone_test="")), "http://nowhere.invalid/")


async def test_robots_are_honoured_on_every_site_of_the_way(site: Site) -> None:
    site.pages |= {
        "/robots.txt": answer("User-agent: *\nDisallow: /private/\n", kind="text/plain"),
        "/private/a": answer("No"),
        "/public": answer("Yes"),
        "/to": redirect("/private/a"),
    }
    fetcher = fetcher_of()
    assert await read(fetcher, site.url("/public")) == b"Yes"
    for path in ("/private/a", "/to"):
        with pytest.raises(PageRefused, match=r"robots\.txt"):
            await read(fetcher, site.url(path))
    assert "/private/a" not in site.paths()
    assert [path for path, _ in site.asked].count("/robots.txt") == 1


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"])
async def test_while_robots_cannot_be_read_nothing_is(site: Site, status: str) -> None:
    site.pages |= {"/robots.txt": answer("", status=status), "/": answer("Hello")}
    with pytest.raises(PageUnavailable):
        await read(fetcher_of(), site.url())
    assert site.paths() == []


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "401 Unauthorized"])
async def test_without_robots_all_is_open(site: Site, status: str) -> None:
    site.pages |= {"/robots.txt": answer("User-agent: *\nDisallow: /", status=status), "/": answer("Hello")}
    assert await read(fetcher_of(), site.url()) == b"Hello"


async def test_a_certificate_of_nobody_is_refused() -> None:
    """The name on a certificate is asked for by its name, though the connection goes to an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "site.test")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), moment, moment + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(private + pem)
        file.flush()
        context.load_cert_chain(file.name)
    site = Site(pages={"/": answer("Hello")})
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=context)
    site.port = server.sockets[0].getsockname()[1]
    url = site.url().replace("http:", "https:")
    try:
        with pytest.raises(PageRefused, match="certificate"):
            await read(fetcher_of(), url)
        trusting = fetcher_of()
        trusting._tls.load_verify_locations(cadata=pem.decode())
        assert await read(trusting, url) == b"Hello"
        other = Fetcher(open_to_this_machine(), names(other_test="127.0.0.1"))
        other._tls.load_verify_locations(cadata=pem.decode())
        with pytest.raises(PageRefused, match="certificate"):
            await read(other, url.replace("site.test", "other.test"))
    finally:
        server.close()
        await server.wait_closed()
