"""All attacks; run by ``test_attacks.py``, some of them also through the whole of ingestion by ``test_uploaded.py``."""

from tests.attacks import asking, files, sayings
from tests.attacks.attack import Attack

ATTACKS: list[Attack] = [*sayings.attacks(), *files.attacks(), *asking.attacks()]
