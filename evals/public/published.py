"""What is published for the public sets, and how it is compared."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure.

    Attributes:
        set_name, figure: what of ours it is compared with.
        by: who reached it, and how.
        differs: how far it is not the same measurement; empty when it is.
    """

    set_name: str
    figure: str
    value: float
    by: str
    differs: str = ""


PUBLISHED = (
    Published("attributionbench", "all", 0.80, "fine-tuned GPT-3.5", "on the test halves"),
    Published("wice", "f1", 0.61, "GPT-4", "on 100 claims of the test part"),
    Published("wice", "f1", 0.618, "T5-3B on ANLI", "on the test part"),
    Published("scifact", "nDCG@10", 0.7165, "OpenAI file search"),
    Published("scifact", "nDCG@10", 0.7137, "OGX, hybrid and rerank"),
    Published("scifact", "nDCG@10", 0.676, "multilingual-e5-small"),
)


def table(results: Mapping[str, Mapping[str, float]]) -> str:
    """All figures as Markdown, with what is published beside them."""
    lines = ["| set | figure | Footnote | published |", "|---|---|---|---|"]
    for name, figures in results.items():
        for figure, value in figures.items():
            beside = [one for one in PUBLISHED if (one.set_name, one.figure) == (name, figure)]
            shown = "; ".join(f"{one.value:g} {one.by}{f' ({one.differs})' if one.differs else ''}" for one in beside)
            lines.append(f"| {name} | {figure} | {value:.3g} | {shown or '–'} |")
    return "\n".join(lines)
