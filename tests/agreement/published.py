"""Data of published worked examples."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)
"""Six persons by four judges: Shrout & Fleiss 1979, table 2."""

PEFR = np.array(
    [
        (494, 512), (395, 430), (516, 520), (434, 428), (476, 500), (557, 600), (413, 364), (442, 380), (650, 658),
        (433, 445), (417, 432), (656, 626), (267, 260), (478, 477), (178, 259), (423, 350), (427, 451),
    ],
    dtype=float,
)  # fmt: skip
"""Peak expiratory flow, l/min, first reading by Wright and by mini meter: Bland & Altman 1986, table 1."""

CARDIAC_OUTPUT = [
    (1, [(7.83, 6.57), (7.42, 5.62), (7.89, 6.90), (7.12, 6.57), (7.88, 6.35)]),
    (2, [(6.16, 4.06), (7.26, 4.29), (6.71, 4.26), (6.54, 4.09)]),
    (3, [(4.75, 4.71), (5.24, 5.50), (4.86, 5.08), (4.78, 5.02), (6.05, 6.01), (5.42, 5.67)]),
    (4, [(4.21, 4.14), (3.61, 4.20), (3.72, 4.61), (3.87, 4.68), (3.92, 5.04)]),
    (5, [(3.13, 3.03), (2.98, 2.86), (2.85, 2.77), (3.17, 2.46), (3.09, 2.32), (3.12, 2.43)]),
    (6, [(5.92, 5.90), (6.42, 5.81), (5.92, 5.70), (6.27, 5.76)]),
    (7, [(7.13, 5.09), (6.62, 4.63), (6.58, 4.61), (6.93, 5.09)]),
    (8, [(4.54, 4.72), (4.81, 4.61), (5.11, 4.36), (5.29, 4.20), (5.39, 4.36), (5.57, 4.20)]),
    (9, [(4.48, 3.17), (4.92, 3.12), (3.97, 2.96)]),
    (10, [(4.22, 4.35), (4.65, 4.62), (4.74, 3.16), (4.44, 3.53), (4.50, 3.53)]),
    (11, [(6.78, 7.20), (6.07, 6.09), (6.52, 7.00), (6.42, 7.10), (6.41, 7.40), (5.76, 6.80)]),
    (12, [(5.06, 4.50), (4.72, 4.20), (4.90, 3.80), (4.80, 3.80), (4.90, 4.20), (5.10, 4.50)]),
]
"""Radionuclide ventriculography and impedance cardiography: Bland & Altman 1999, table 4; 2007, table 1."""

SYSTOLIC_FILE = Path(__file__).parent / "systolic.csv"
"""Systolic pressure, mmHg: 85 persons, observer J and machine S, three times each. Bland & Altman 1999, table 1."""


def systolic() -> dict[str, np.ndarray]:
    """Readings (85, 3) of each method."""
    with SYSTOLIC_FILE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {m: np.array([float(r["value"]) for r in rows if r["method"] == m]).reshape(85, 3) for m in "JS"}


def cardiac_output() -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Both methods' values (60,) and whose they are."""
    pairs = [(person, a, b) for person, values in CARDIAC_OUTPUT for a, b in values]
    return np.array([p[1] for p in pairs]), np.array([p[2] for p in pairs]), [p[0] for p in pairs]
