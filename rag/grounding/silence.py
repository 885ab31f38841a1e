"""Recognises sentences that say that the documents do not say something. They need no source and are never marked as unsupported."""

import re

_DOCUMENTS = r"(?:sources?|documents?|excerpts?|context|passages?|texts?|files?|information|materials?)\b"
_NOT = r"(?:(?:do|does|did|can|could|is|are|was|were|has|have)(?: not|n[’']t)|cannot|never)\b"
_SAY = (
    r"(?:say|state|mention|contain|provide|specify|include|give|answer|address|cover|indicate|describe|explain|tell|discuss|list|reveal|"
    r"show|enough|sufficient|available|clear)"
)
_SAID = (
    r"(?:mentioned|stated|specified|covered|addressed|given|said|found|available|provided|included|listed|described|discussed|clear|"
    r"explained)\b"
)
_SILENCE = (
    rf"\b{_DOCUMENTS}.{{0,80}}?\b{_NOT}.{{0,30}}?\b{_SAY}",
    rf"\b(?:not|never|n[’']t)(?: \w+){{0,2}}? {_SAID}",
    rf"\bnothing\b.{{0,80}}?\b(?:in|from) (?:the|your|these|any)\b.{{0,20}}?\b{_DOCUMENTS}",
    r"\bno (?:information|mention|details?|answer|evidence)\b",
    r"\bI (?:could|can|do|did|was|am)(?: ?not|n[’']t)\b.{0,40}?\b(?:find|know|say|tell|answer|able|see)\b",
    r"\b(?:Quellen?|Dokumenten?|Unterlagen|Texten?|Auszügen?)\b.{0,80}?\b(?:nicht|nichts|keine?[mnrs]?)\b",
    r"\b(?:sources?|documents?|textes?|extraits?)\b.{0,80}?\b(?:ne\b|n[’']).{0,30}?\b(?:pas|rien|aucune?)\b",
    r"\b(?:fuentes?|documentos?|textos?|fragmentos?)\b.{0,80}?\b(?:no|ning[uú]na?)\b",
    r"(?:tài liệu|nguồn|văn bản).{0,80}?không",
    r"(?:เอกสาร|แหล่งข้อมูล|ข้อความ).{0,80}?ไม่",
    r"(?:文档|文件|资料|来源|文中|材料|資料|來源|文書|情報源).{0,40}?(?:没有|沒有|未|不|ません|ない)",
    r"(?:المصادر|المستندات|الوثائق|النصوص).{0,80}?(?:لا|لم|ليس)\b",
    r"(?:источник|документ|текст).{0,80}?\bне(?:т)?\b",
)
_PATTERNS = [re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in _SILENCE]
_BUT = re.compile(
    r"[,;–—]\s*(?:(?:but|however|although|though|aber|jedoch|mais|pero|но)\b|但)|[，；]\s*但", re.IGNORECASE
)
_FIGURE = re.compile(r"\d")


def is_silence(text: str) -> bool:
    """True when a sentence only says that the documents do not say something. With a figure in it, it says more."""
    return not _FIGURE.search(text) and not _BUT.search(text) and any(pattern.search(text) for pattern in _PATTERNS)


def without_silence(text: str) -> str:
    """What a sentence says besides that: of "The sources do not say how long, but it is fully paid." the second half."""
    conjunction = _BUT.search(text)
    if conjunction is None or not any(pattern.search(text[: conjunction.start()]) for pattern in _PATTERNS):
        return text
    return text[conjunction.end() :].strip() or text
