"""Browsers and programs by what they call themselves (User-Agent)."""

_BROWSERS = (  # the first match counts: most browsers also name those before them
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST = 60  # characters of a program's own name


def device_name(user_agent: str | None) -> str:
    """``Firefox on Linux``; of a program its own name, ``python-httpx/0.28``; empty when nothing is known."""
    text = user_agent or ""
    browser = next((name for sign, name in _BROWSERS if sign in text), "")
    system = next((name for sign, name in _SYSTEMS if sign in text), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    return text[:LONGEST]
