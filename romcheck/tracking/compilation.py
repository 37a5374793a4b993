"""Compilation of the inner loops, once on each machine.

Numba keeps what it compiled beside the source file or, where that cannot be written, in the user's cache folder. Where
neither can be written every process compiles anew; it is never kept where somebody else could put code of his own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile at the first call for the types it is called with."""
    return _compiled(function)


def summed(function: F) -> F:
    """The same for a function whose sums may be computed in several parts at once, the same on one machine."""
    return _compiled(function, fastmath={"reassoc", "nsz"})


def _compiled(function: F, **more: Any) -> F:
    options = {"nogil": True, "error_model": "numpy", **more}
    try:
        return cast(F, numba.njit(function, cache=True, **options))
    except RuntimeError:  # no folder for the cache
        return cast(F, numba.njit(function, **options))
