"""What an address in a text stands for: people ask for "the e-mail address of …", and the text has nothing but the address.

A text that has such an address and another word of the question counts as having the words that ask for one: "e-mail", "address", "phone".
"""

import re
from functools import cache

from rag.terms import terms_of

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}")
PHONE = re.compile(r"(?<![\w.,-])(?:\+|\(?0|\d{3}[ -])[\d ()/.-]{5,18}\d(?![\w.,-]?\d)")
LINK = re.compile(r"https?://\S|(?<![\w.])www\.\w")
# (an address of this kind, the words that ask for one, and those that may come along, in the languages of the sentence choice)
KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        EMAIL,
        "e-mail email mail mailbox E-Mail-Adresse Mailadresse courriel correo อีเมล 邮箱 电子邮件 メール メールアドレス",
        "address Adresse adresse électronique electrónico dirección ที่อยู่ 地址 アドレス địa chỉ",
    ),
    (
        PHONE,
        "phone telephone hotline Telefon Telefonnummer Rufnummer téléphone teléfono โทรศัพท์ เบอร์ 电话 電話 điện thoại",
        "number Nummer numéro número หมายเลข 号码 番号 số",
    ),
    (
        LINK,
        "link web website webpage url Webseite Internetadresse lien enlace ลิงก์ เว็บไซต์ 网址 链接 リンク liên kết",
        "address page site Adresse Seite adresse página sitio trang",
    ),
)


@cache
def _terms(words: str) -> frozenset[str]:
    return terms_of(words)


def stood_for(question_terms: frozenset[str], text: str) -> frozenset[str]:
    """The terms of a question for which an address in the text stands; empty for a question that asks for none."""
    found = frozenset[str]()
    for address, words, along in KINDS:
        asked = question_terms & _terms(words)
        if asked and address.search(text):
            found |= asked | (question_terms & _terms(along))
    return found


def with_addresses(question_terms: frozenset[str], text: str, terms: frozenset[str]) -> frozenset[str]:
    """The terms of a text with those for which its addresses stand, where it has another of the question's."""
    more = stood_for(question_terms, text)
    return terms | more if terms & (question_terms - more) else terms
