"""How sentences are worded that need their neighbours, or say little of a document: what a summary leaves out or looks for."""

import re

from rag.terms import has_unspaced

ENDS = (".", "!", "。", "！", "｡", "।", "…", ".)", ".”", '."', "。」", ".’")
QUESTIONS = ("?", "？", "؟", "?)", "?”")
ABBREVIATED = (
    "vgl.",
    "sog.",
    "z.B.",
    "e.g.",
    "i.e.",
    "cf.",
    "bzw.",
    "d.h.",
    "resp.",
    "ca.",
    "approx.",
    "esp.",
    "Abb.",
    "Fig.",
)
DIGITS = re.compile(r"\d+")
# The number of a page, chapter or footnote glued to a sentence, and captions.
PAGE_HEAD = re.compile(
    r"(?<![\d./-])\d[\d./-]*+\s++(?:\d|[A-ZÄÖÜ])|\d{1,3}+[A-ZÄÖÜ][a-zäöü]|(?:Fig(?:ure)?|Table|Abb(?:ildung)?|Tab(?:elle)?)\.? \d"
)
ADDRESS = re.compile(r"https?://|www\.|\S@\S")
POINTER = re.compile(
    r"\b(?:click|see (?:also|fig|table|page|below|above)|refer to|skip to|as follows|the following|below|siehe|vgl\.|voir|véase|"
    r"(?:figure|fig\.|table|example|section|chapter|abbildung|abb\.|tabelle|beispiel|abschnitt|kapitel|satz|bemerkung) \d)",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"\b(?:copyright|licen[sc]e|all rights reserved|terms of use|cookies?|subscribe|disclaimer|ISBN|no warrant(?:y|ies)|proofread|"
    r"feel free|hesitate|contact us|thanks?|thank you|acknowledg\w{0,8}|(?:vielen )?dank)\b",
    re.IGNORECASE,
)
# "This handbook …": the sentence says what the document is
SELF = re.compile(
    r"\A(?:(?:this|the present|our) (?:\w+ )?(?:agreement|article|blog post|book|chapter|circular|course|document|essay|guide|guidelines?|"
    r"handbook|leaflet|manual|memo|notice|overview|page|paper|policy|post|presentation|proposal|publication|readme|report|spreadsheet|"
    r"standard|study|survey|template|thesis|tutorial|workbook)\b|(?:diese[rs]?|das vorliegende|dieser) (?:\w+ )?(?:arbeit|artikel|"
    r"bericht|buch|dokument|handbuch|leitfaden|skript|text|vertrag|vorlesung)\b|(?:cet(?:te)?|ce) (?:article|document|guide|livre|manuel|"
    r"rapport)\b|est[ea] (?:artículo|documento|guía|informe|libro|manual)\b)",
    re.IGNORECASE,
)
# what stands above or at the beginning of a text that sums up the document
SUMMARY = re.compile(
    r"\A\W*+(?:abstract|summary|executive summary|overview|purpose|purpose and scope|scope|introduction|tl;?dr|key points|"
    r"about|objectives?|zusammenfassung|überblick|einleitung|zweck|ziel|résumé|introducción|resumen|"
    r"摘要|概要|はじめに|要約|บทคัดย่อ|สรุป|tóm tắt|giới thiệu|ملخص)"
    r"\s*+(?:[:.–—-]|\Z)",
    re.IGNORECASE,
)
# "The goal of the programme is …" sums up as well
PURPOSE = re.compile(
    r"\A(?:the |das |der )?(?:\w++ )?(?:goal|purpose|aim|objective|mission|ziel|zweck)s? (?:of|behind|is|des|der|ist)\b",
    re.IGNORECASE,
)
_DANGLING = """it they he she this these those that such its their his her there here however therefore thus hence moreover furthermore
also but and or so then otherwise instead additionally besides similarly likewise consequently accordingly nevertheless
nonetheless meanwhile yet because although though while whereas both neither either finally first firstly second
secondly third thirdly next lastly again er sie es dies diese dieser dieses diesen diesem deren dessen dabei dazu daher
deshalb damit aber und oder auch somit jedoch außerdem hierbei hierzu dann ferner zudem dadurch danach dort hier also
nun wir ihr il elle ils elles ce cet cette ces cela ceci mais et donc ainsi aussi alors ensuite esto esta este estos
estas ello pero y así entonces además también"""
DANGLING = frozenset(_DANGLING.split())
_PREPOSITIONS = (
    """after as at by despite during for from in of on to under with bei für in mit nach unter von zu avec dans pour"""
)
PREPOSITIONS = frozenset(_PREPOSITIONS.split())
_DEMONSTRATIVES = """this these that those such his her its their diesem diesen dieser dieses ces cette ce"""
DEMONSTRATIVES = frozenset(_DEMONSTRATIVES.split())
_UNSPACED = "これ それ その この しかし また そして 这 那 它 他 她 但 因此 此外 而且 同时 มัน นี่ นั่น แต่"
DANGLING_UNSPACED = tuple(_UNSPACED.split())
_SPEAKERS = """i we my our us ich mein meine je nous mon yo"""
SPEAKERS = frozenset(_SPEAKERS.split())
WORD_START = re.compile(r"[^\W\d_]")
UNSPACED_SHARE = 0.3


def is_unspaced(text: str) -> bool:
    """True for a text in a script without spaces between words, other than a few words of it."""
    return has_unspaced(text) and sum(char >= "\u0e00" for char in text) >= UNSPACED_SHARE * len(text)
