"""The lens from a room, without a board: turns of known lenses in made-up rooms, good ones and ones to be refused.

The camera sits 5 to 22 cm beside its axis, trembles and drifts, has distortion, noise, blur and a rolling shutter. A
row is one lens and one way of turning it, each time in another room. ``sigma`` is what the calibration says of itself,
focusing included.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from rooms import Turn, filmed, room
from tables import table, titled

from romcheck.calibrate.scene import SceneCalibration, calibrated_scene
from romcheck.calibrate.scene_views import SceneWatch
from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import Lens

WIDE, TALL = (640, 360), (360, 640)
RATE = 8.0
"""Pictures per second: fewer than cameras give, to save time."""


def lens(fov_deg: float, size: tuple[int, int] = WIDE, k1: float = 0.0, k2: float = 0.0, off: float = 0.0) -> Lens:
    """Lens of a field of view before distortion, its principal point ``off`` pixels from the middle both ways."""
    plain = Lens.from_fov(*size, fov_deg)
    return replace(plain, cx=plain.cx - 0.5 + off, cy=plain.cy - 0.5 - off, distortion=(k1, k2, 0.0, 0.0, 0.0))


@dataclass(frozen=True)
class Row:
    """One lens and one way of turning it."""

    name: str
    lens: Lens
    turn: Turn
    room: dict[str, Any] = field(default_factory=dict)


GOOD = (
    Row("50°, phone upright, 12 cm", lens(50, TALL, 0.03), Turn(arm_m=(0.0, 0.0, 0.12), readout_s=0.02)),
    Row("62°, webcam on a ball, 5 cm", lens(62, WIDE, -0.03, off=4), Turn(arm_m=(0.0, -0.05, 0.02), readout_s=0.012)),
    Row("68°, phone, 15 cm, noise 8", lens(68, TALL, 0.05, -0.02), Turn(arm_m=(0.03, 0.0, 0.15), noise=8, blur_px=1.2)),
    Row(
        "78°, laptop: lid 22 cm, table −10 cm",
        lens(78, WIDE, -0.1, 0.02, off=-3),
        Turn(arm_m=(0.0, -0.05, -0.1), hinge_m=(0.0, -0.22, 0.0), readout_s=0.015, tilt_deg=10, exposure_s=0.015),
    ),
    Row("90°, wide, 8 cm", lens(90, WIDE, -0.2, 0.04, off=3), Turn(arm_m=(0.0, 0.0, 0.08), readout_s=0.01)),
    Row("65°, plain walls, 10 cm", lens(65, WIDE, -0.05), Turn(arm_m=(0.0, 0.0, 0.1)), {"walls": 0.15}),
)
BAD = (
    Row("blank", lens(65), Turn(arm_m=(0.0, 0.0, 0.05)), {"contrast": 0.05, "walls": 0.2}),
    Row("turned too little", lens(65), Turn(sideways_deg=4, up_deg=3, arm_m=(0.0, 0.0, 0.05))),
    Row("carried 60 cm sideways", lens(65), Turn(walk_m=(0.6, 0.0, 0.0))),
    Row("carried 60 cm ahead", lens(65), Turn(walk_m=(0.0, 0.0, 0.6))),
    Row("on an outstretched arm, near walls", lens(65), Turn(arm_m=(0.0, 0.0, 0.6)), {"size_m": 2.2}),
    Row("zoom by 12 %", lens(65), Turn(zoom=1.12, arm_m=(0.0, 0.0, 0.05))),
    Row("smeared: fast and dark", lens(65), Turn(seconds=4, exposure_s=0.07, noise=8, arm_m=(0.0, 0.0, 0.05))),
    Row("people walk by", lens(65), Turn(passing=3, arm_m=(0.0, 0.0, 0.05))),
)


def tried(row: Row, seed: int) -> SceneCalibration | CameraError:
    """Film a row once and calibrate."""
    watch = SceneWatch()
    rate = RATE * 10 / row.turn.seconds
    for time_s, picture in filmed(room(seed, **row.room), row.lens, replace(row.turn, seed=seed, rate=rate)):
        watch.see(time_s, picture)
    try:
        return calibrated_scene(watch)
    except CameraError as error:
        return error


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="rooms per row (%(default)s)")
    parser.add_argument("--first", type=int, default=100, help="number of the first room (%(default)s)")
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    for title, chosen in (("Turns as asked for", GOOD), ("Turns to be refused", BAD)):
        rows = []
        for row in chosen:
            if args.rows not in row.name:
                continue
            off, sigma, reasons = [], [], Counter[str]()
            for seed in range(args.first, args.first + args.repeats):
                start = time.process_time()
                found = tried(row, seed)
                if isinstance(found, CameraError):
                    reasons[found.code.removeprefix("scene_")] += 1
                    said = f"{found.code}: {found}"
                else:
                    off.append(100 * (found.lens.fx / row.lens.fx - 1))
                    sigma.append(100 * found.lens.focal_sd)
                    said = f"{off[-1]:+.2f} % ± {sigma[-1]:.2f}, fit {100 * found.fit_focal_sd:.2f}, {found}"
                print(f"{row.name}, room {seed}, {time.process_time() - start:.0f} s: {said}", file=sys.stderr)
            share = f"{len(off)} of {args.repeats}"
            why = ", ".join(f"{name} {n}" for name, n in reasons.most_common())
            if off:
                worst = max(off, key=abs)
                numbers = [f"{np.abs(off).mean():.2f} %", f"{worst:+.2f} %", f"{np.median(sigma):.2f} %"]
                numbers.append(f"{np.mean(np.abs(off) < 1.96 * np.array(sigma)):.0%}".replace("%", " %"))
            else:
                numbers = ["–"] * 4
            rows.append([row.name, share, *numbers, why])
        if rows:
            heads = ["lens and turn", "accepted", "focal length, mean error", "worst", "sigma", "within 1.96 sigma"]
            print(titled(title, table([*heads, "refused as"], rows, args.markdown), args.markdown), flush=True)


if __name__ == "__main__":
    main()
