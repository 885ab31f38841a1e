"""Requests as pages of ours and of others send them, each with the reason why the same-origin rule takes it for that."""

from starlette.types import Scope


def request(*headers: tuple[str, str], scheme: str = "http", method: str = "POST") -> Scope:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "method": method, "path": "/", "scheme": scheme, "headers": raw}


def sent(origin: str, host: str, **more: str) -> Scope:
    return request(("host", host), ("origin", origin), **more)


OWN = {
    "the page and the request name the same host": sent("http://127.0.0.1:8000", "127.0.0.1:8000"),
    "a proxy ends TLS: the page's https cannot be seen here": sent("https://fn.example", "fn.example"),
    "443 is https' own port, in Origin": sent("https://fn.example:443", "fn.example"),
    "443 is https' own port, in Host": sent("https://fn.example", "fn.example:443"),
    "80 is http's own port, in both": sent("http://fn.example:80", "fn.example"),
    "an empty port is the scheme's own (RFC 3986)": sent("https://fn.example", "fn.example:"),
    "names of hosts know no case": sent("https://FN.example", "fn.EXAMPLE"),
    "schemes know no case": sent("HTTPS://fn.example", "fn.example"),
    "IPv6": sent("http://[::1]:8000", "[::1]:8000"),
    "IPv6 in another spelling": sent("http://[::1]:8000", "[0:0:0:0:0:0:0:1]:8000"),
    "a page opened with a dot at the end names it in both": sent("https://fn.example.", "fn.example."),
    "names in other scripts travel as punycode": sent("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
    "the request came by TLS, and so did the page": sent("https://fn.example", "fn.example", scheme="https"),
    "a socket's page is https where the socket is wss": sent("https://fn.example", "fn.example", scheme="wss"),
    "no Origin, and the browser says whose page it is": request(("host", "a"), ("sec-fetch-site", "same-origin")),
    "Origin decides; a browser that has more than one word for it agrees with itself": request(
        ("host", "fn.example"), ("origin", "https://fn.example"), ("sec-fetch-site", "same-site")
    ),
    "what Host a proxy is told by others is not asked": request(
        ("host", "fn.example"), ("origin", "https://fn.example"), ("x-forwarded-host", "evil.example")
    ),
}
FOREIGN = {
    "another host": sent("https://evil.example", "fn.example"),
    "another host that begins alike": sent("https://fn.example.evil.example", "fn.example"),
    "another host that ends alike": sent("https://evilfn.example", "fn.example"),
    "a sub-domain is another site's page, as far as cookies of this host go": sent(
        "https://a.fn.example", "fn.example"
    ),
    "another port": sent("http://127.0.0.1:9000", "127.0.0.1:8000"),
    "443 is not http's own port": sent("http://fn.example", "fn.example:443"),
    "80 is not https' own port": sent("https://fn.example", "fn.example:80"),
    "a page without TLS could be anybody's on the way; the request came by TLS": sent(
        "http://fn.example", "fn.example", scheme="https"
    ),
    "the same for a socket": sent("http://fn.example", "fn.example", scheme="wss"),
    "with and without a dot are two hosts to a browser": sent("https://fn.example.", "fn.example"),
    "null: a sandboxed frame, a file, a redirect from elsewhere": sent("null", "fn.example"),
    "an empty Origin": sent("", "fn.example"),
    "no web page": sent("file://fn.example", "fn.example"),
    "an extension of the browser": sent("moz-extension://fn.example", "fn.example"),
    "an origin has no path": sent("https://fn.example/", "fn.example"),
    "an origin has no user": sent("https://fn.example@evil.example", "fn.example"),
    "an origin has no user, not ours either": sent("https://evil.example@fn.example", "fn.example"),
    "no port": sent("https://fn.example:x", "fn.example"),
    "no IPv6 address": sent("https://[::z]", "[::z]"),
    "two origins in one header (RFC 6454 allows a list, no browser sends it)": sent(
        "https://fn.example https://evil.example", "fn.example"
    ),
    "two Origin headers": request(
        ("host", "fn.example"), ("origin", "https://fn.example"), ("origin", "https://evil.example")
    ),
    "two Host headers": request(("host", "fn.example"), ("host", "evil.example"), ("origin", "https://fn.example")),
    "no Host": request(("origin", "https://fn.example")),
    "a Host with a user": sent("https://fn.example", "x@fn.example"),
    "Origin decides, whatever else is said": request(
        ("host", "fn.example"), ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")
    ),
    "X-Forwarded-Host can be sent by anybody": request(
        ("host", "inner:8000"), ("origin", "https://fn.example"), ("x-forwarded-host", "fn.example")
    ),
    "silence: every browser sends Origin with a POST to another site and with a socket, so this is no page": request(
        ("host", "fn.example")
    ),
    "same-site is a neighbour": request(("host", "fn.example"), ("sec-fetch-site", "same-site")),
    "cross-site": request(("host", "fn.example"), ("sec-fetch-site", "cross-site")),
    "none: typed or bookmarked, and nobody types a POST": request(("host", "fn.example"), ("sec-fetch-site", "none")),
    "said twice": request(("host", "fn.example"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")),
}
