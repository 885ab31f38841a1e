"""What else a word of a question may be called in a table: quarters by their last month, short names of countries, initials."""

from collections.abc import Sequence

from rag.terms import terms_of

QUARTERS = {"first": "march", "second": "june", "third": "september", "fourth": "december", "last": "december"}
QUARTERS |= {"q1": "march", "q2": "june", "q3": "september", "q4": "december"}
QUARTERS |= {"1": "march", "2": "june", "3": "september", "4": "december"}
NAMES = {
    "us": "united states usa america",
    "usa": "united states us america",
    "american": "united states usa",
    "americans": "united states usa",
    "uk": "united kingdom gbr britain",
    "british": "united kingdom britain",
    "film": "movie",
    "movie": "film",
    "car": "vehicle",
    "oldest": "year date age",
    "expensive": "price cost fee",
    "cheapest": "price cost fee",
    "cost": "price fee amount",
    "tall": "height",
    "tallest": "height",
    "long": "length duration",
    "longest": "length duration",
    "shortest": "length duration height",
    "high": "height elevation",
    "old": "age",
    "weigh": "weight",
    "heaviest": "weight",
    "fast": "time speed",
    "fastest": "time speed",
    "slowest": "time speed",
    "people": "population attendance person",
    "residents": "population",
    "inhabitants": "population",
    "fans": "attendance",
    "spectators": "attendance",
    "earn": "salary wage pay income earnings",
    "earns": "salary wage pay income earnings",
    "earned": "salary wage pay income earnings prize",
    "paid": "salary wage pay",
    "live": "city residence town",
    "lives": "city residence town",
    "joined": "start date year",
    "born": "birth birthdate birthday",
    "died": "death",
    "cheap": "price cost fee",
    "costs": "price fee amount",
    "when": "date year",
    "where": "location venue place city",
    "team": "club",
    "win": "winner",
    "won": "winner wins",
}
SHORTEST, LONGEST = 2, 6  # of initials


def synonyms(words: Sequence[str], place: int) -> frozenset[str]:
    """The stems of other names for the word at this place."""
    word = words[place]
    found = terms_of(NAMES[word]) if word in NAMES else frozenset[str]()
    following = words[place + 1 : place + 2]
    is_quarter = (word in QUARTERS and "quarter" in following) or (word == "q" and bool(following))
    if is_quarter:
        month = QUARTERS.get(following[0] if word == "q" else word, "")
        found |= terms_of(month)
    return found


def abbreviations(text: str) -> frozenset[str]:
    """Initials of the words that follow each other in a name: ``rpm`` for revenue passenger miles."""
    initials = [word[0] for word in text.lower().replace("-", " ").split() if word[0].isalpha()]
    runs = ("".join(initials[:length]) for length in range(SHORTEST, LONGEST + 1))
    return frozenset(run for run in runs if len(run) > SHORTEST)
