"""Scales of bundled models, compared with what measuring gives."""

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.pairs import measured


def require_as_shipped(model: FootnoteEmbeddings) -> None:
    """Fails when the scale of a loaded bundled model is not what its pairs give now."""
    anew = measured(model._embed_in_batches)
    assert model.scale.pairs == anew.pairs, "the pairs have changed: measure the bundled models again"
    for comparison, maps in anew.maps.items():
        for language, expected in maps.items():
            shipped = model.scale.maps[comparison][language]
            if shipped is not None and expected is not None:
                # by another processor, points that are near each other may become one
                ends, now = (shipped.cosines[0], shipped.cosines[-1]), (expected.cosines[0], expected.cosines[-1])
                assert ends == pytest.approx(now, abs=0.02), (comparison, language)
                if len(shipped.cosines) == len(expected.cosines):
                    assert shipped.cosines == pytest.approx(expected.cosines, abs=0.02), (comparison, language)
            else:
                # one that the model hardly knows may be told apart by one processor and not by another
                auc = max(one.auc for one in (shipped, expected) if one is not None) if shipped or expected else 0.0
                assert auc < 0.8, (comparison, language)
