"""Array types, defined once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Grey = NDArray[np.float32]
"""A picture (height, width) of one channel."""
Grey8 = NDArray[np.uint8]
"""The same in whole grey levels, 0 to 255."""
Rgb = NDArray[np.uint8]
"""A picture (height, width, 3)."""
Mask = NDArray[np.uint8]
"""(height, width), 0 or 255."""
