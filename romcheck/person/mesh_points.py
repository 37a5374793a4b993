"""Indices of the landmarks used, in the numbering of the face mesh; left and right are the subject's."""

from __future__ import annotations

import numpy as np

LEFT_IRIS, RIGHT_IRIS = 473, 468
FOREHEAD, BRIDGE, CHIN = 10, 168, 152
OUTER_CORNERS = (263, 33)
LEFT_CHEEK, RIGHT_CHEEK = 454, 234
# Points on or near bone, which do not move when a face talks or blinks: brows, nose, eye corners, temples, cheekbones.
STEADY = np.array(
    [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33, 133, 263, 362, 70, 105, 107, 300, 334, 336, 127, 356, 234, 454,
     98, 327, 48, 278, 129, 358, 162, 389, 21, 251, 54, 284, 103, 332, 67, 297, 109, 338, 93, 323, 116, 345, 117, 346]
)  # fmt: skip
# Pairs (subject's left, subject's right) whose directions define the left-right axis.
PAIRS = np.array([[263, 33], [362, 133], [300, 70], [336, 107], [356, 127], [454, 234], [327, 98], [389, 162]])
RIGHT_EYE = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
LEFT_EYE = [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
BROWS = [70, 105, 107, 300, 334, 336]
