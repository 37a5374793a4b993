"""A made-up study of known design."""

from __future__ import annotations

import numpy as np
import pandas as pd


def trials(shift=0.0, persons=6, visits=(1, 2), movements=("rotation_left", "rotation_right"), seed=1):
    """A table as the batch writes it, with every angle `shift` larger."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(1, persons + 1):
        for visit in visits:
            for movement in movements:
                for trial in (1, 2, 3):
                    angle = 50 + 3 * (person % 15) + 2 * visit + trial + (10 if movement == "rotation_left" else 0)
                    rows.append(
                        {
                            "video": f"{person}-{visit}.mp4",
                            "participant": f"{person:03d}",
                            "visit": visit,
                            "test": "rotation",
                            "movement": movement,
                            "trial": trial,
                            "angle_deg": angle + shift + rng.normal(0, 1),
                            "at_least": False,
                            "quality": "good",
                            "reasons": "",
                        }
                    )
    return pd.DataFrame(rows)
