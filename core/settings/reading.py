"""Settings of parsing, text recognition and chunking."""

from typing import Literal

from pydantic import Field, model_validator

from core.settings.section import InFile, Section


class ParserSettings(Section):
    """Limits of the child process that opens one file."""

    memory_bytes: int = Field(2 * 1024**3, ge=256 * 1024**2, description="Most memory for opening one file, in bytes.")
    cpu_s: int = Field(120, ge=1, le=86_400, description="Most CPU time for one file, in seconds.")
    page_cpu_s: InFile[int] = Field(
        60,
        ge=1,
        le=3600,
        description="Most CPU time for one page, in seconds; each page whose text is recognised adds as much to what its"
        " file may take.",
    )
    wall_s: int = Field(300, ge=1, le=86_400, description="Most time for one file, in seconds.")
    processes: int = Field(
        2,
        ge=1,
        le=64,
        description="Files opened at the same time; from two on, one place is kept free of one person's files.",
    )
    isolation: Literal["auto", "strict", "off"] = Field(
        "auto",
        description="How far the processes that open files are cut off from files, network and other processes: auto (as far as"
        " the machine allows), strict (Footnote does not start where anything is left open) or off.",
    )


class OcrSettings(Section):
    """Recognition of text in scans and pictures (OCR)."""

    engine: Literal["auto", "rapidocr", "tesseract", "off"] = Field(
        "auto",
        description="What recognises text in scans and pictures: rapidocr (Latin, Chinese, Japanese), tesseract (where it"
        " is installed) or off; auto: rapidocr, and tesseract for pages in other scripts.",
    )
    languages: str = Field(
        "",
        pattern=r"^([A-Za-z_]{3,20}(\+[A-Za-z_]{3,20})*)?$",
        description="Languages for tesseract, as eng+deu+tha; empty: those installed.",
    )
    dpi: InFile[int] = Field(
        200, ge=100, le=400, description="Points per inch at which pages are drawn to be recognised."
    )


class ChunkSettings(Section):
    """How sections are cut into chunks."""

    strategy: Literal["recursive", "sliding", "semantic", "structure"] = Field(
        "structure",
        description="recursive (at the best separator), sliding (a window over the sentences), structure (by headings, blocks "
        "and rows) or semantic (where the meaning changes; embeds every sentence).",
    )
    size: int = Field(800, ge=100, le=8000, description="Longest chunk, in characters.")
    overlap: int = Field(
        0, ge=0, le=2000, description="Characters shared by neighbouring chunks; those of semantic share none."
    )
    headings: bool = Field(
        True, description="Embed the headings above a chunk with its text; words are searched for in both either way."
    )

    @model_validator(mode="after")
    def _overlap_is_smaller(self) -> "ChunkSettings":
        if self.overlap >= self.size:
            raise ValueError("the overlap must be smaller than the chunk size")
        if self.strategy == "sliding" and self.overlap * 2 > self.size:
            raise ValueError("the overlap of the strategy sliding must be at most half the chunk size")
        return self
