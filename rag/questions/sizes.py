"""Questions for the size of a document: how many pages it has, or how many rows and columns its tables."""

import re
from typing import Literal

from rag.terms import terms_of

Unit = Literal["pages", "rows"]
HOW_MANY = r"(?:how many|(?:the|what) number of|wie viele|combien d[e']|cu[aá]nt[ao]s|bao nhiêu|có mấy|多少个?|几个?|何|กี่|كم عدد|كم) ?"
UNITS: dict[Unit, str] = {
    "pages": r"(?:pages?|slides?|seiten?|folien?|páginas?|diapositivas?|trang|页|頁|ページ|หน้า|สไลด์|صفحات|صفحة)",
    "rows": (
        r"(?:rows?|lines?|columns?|records|entries|zeilen?|spalten?|einträge|datensätze|lignes?|colonnes?|filas?|columnas?"
        r"|hàng|dòng|cột|行|列|แถว|คอลัมน์|صفوف|صف|أعمدة|عمود)"
    ),
}
ASKS = {
    unit: re.compile(rf"(?<![a-zà-ÿ]){HOW_MANY}{words}(?![a-zà-ÿ])", re.IGNORECASE) for unit, words in UNITS.items()
}
# what else such a question says: how long, has, there are, the table
BESIDE = terms_of(
    """how many number page slide row line column record entry seite seiten folien zeilen spalten einträge pages lignes páginas filas
    have has does do are is there in it long total table hat haben gibt insgesamt lang tabelle wie viele combien de a ont y il au cuántas
    cuántos tiene tienen hay có bao nhiêu trang hàng cột"""
)


def asks_for_size(query: str) -> Unit | None:
    """What of a document a question counts; None for any other question."""
    return next((unit for unit, pattern in ASKS.items() if pattern.search(query)), None)
