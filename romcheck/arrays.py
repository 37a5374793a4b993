"""Array types, named once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Grey = NDArray[np.float32]
"""A picture (height, width) of one channel."""
Rgb = NDArray[np.uint8]
"""A picture (height, width, 3)."""
Mask = NDArray[np.uint8]
"""(height, width), 0 or 255."""
