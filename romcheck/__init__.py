"""romcheck measures how far a neck turns, with a webcam.

>>> import romcheck
>>> result = romcheck.measure("turn.mp4", test="rotation")  # a video of one turn to the left
>>> result.movements["movement"].tolist()  # a DataFrame with one row per trial
['rotation_left']
>>> [path.name for path in result.save()]
['turn.result.json', 'turn.frames.csv']

``romcheck.angles`` defines the angles, ``romcheck.agreement`` contains the statistics of studies. All are loaded on
first use: importing romcheck takes no time.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["MeasuredVideo", "__version__", "agreement", "angles", "measure"]

if TYPE_CHECKING:
    from romcheck import agreement, angles
    from romcheck.notebook import MeasuredVideo, measure


def __getattr__(name: str) -> Any:
    if name in ("MeasuredVideo", "measure"):
        return getattr(import_module("romcheck.notebook"), name)
    if name in ("agreement", "angles"):
        return import_module(f"romcheck.{name}")
    raise AttributeError(f"module {__name__} has no attribute {name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package, in which ``measure`` is the function and never the module of that name.

    Whoever imports the module ``romcheck.measure`` would otherwise have it bound over the function; ``from
    romcheck.measure import ...`` needs no such binding.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name != "measure" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
