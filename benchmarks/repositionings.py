"""Renders recordings of joint position error whose truth is known: turns to alternate sides, with returns that miss the
middle.

The heads are those of the renderers that lie outside this repository (``--renderers``): plaster (`render_clips.py`) and
living skin, hair and clothes (`render_living.py`). For each recording it writes NAME.mp4 and NAME.json, which
`joint_position.py` reads. It needs the renderers' packages, in a separate environment:

    uv run --no-project --with moderngl --with trimesh --with av --with scipy --with opencv-contrib-python \
        python benchmarks/repositionings.py --kind living --person 3 --out FOLDER

A recording of six trials takes two to five minutes on a core.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

RENDERERS = Path(__file__).resolve().parents[2] / "shared" / "bench"
LARGEST_MISS_DEG = 12.0
FPS, SIZE = 20, (640, 480)


def script(timeline: Any, rng: np.random.Generator, trials: int) -> Any:
    """A neutral position held, then turns to alternate sides, each returning to a position that misses it."""
    u = lambda low, high: float(rng.uniform(low, high))  # noqa: E731
    timeline.hold(2.2, "neutral")
    for trial in range(trials):
        side = 1 if trial % 2 == 0 else -1
        timeline.move(u(1.2, 1.8), rotation=side * u(40, 72), lateral=-side * u(2, 7), flexion=u(-4, 5)).hold(
            u(0.3, 0.7)
        )
        miss = u(-LARGEST_MISS_DEG, LARGEST_MISS_DEG)
        timeline.move(u(1.2, 1.8), rotation=miss, lateral=u(-1.5, 1.5), flexion=u(-3, 3)).hold(
            u(1.3, 1.7), f"neutral_again_from_{'left' if side > 0 else 'right'}"
        )
    timeline.move(0.9, rotation=0, lateral=0, flexion=0)
    return timeline.hold(1.5)


def draw(kind: str, person: int, trials: int, renderers: Path, out: Path) -> Path:
    """Render one recording; returns its video."""
    sys.path.insert(0, str(renderers))
    renderer = importlib.import_module("render_living" if kind == "living" else "render_clips")
    name = f"{kind}_{person}"
    rng = np.random.default_rng([person, 18])
    hair = ("cap", "none", "long")[person % 3]
    cloth = ("striped", "checked", "faint")[person % 3]
    pitch, fov, distance = float(rng.uniform(-10, 0)), float(rng.uniform(58, 68)), float(rng.uniform(0.55, 0.68))
    offset = tuple(float(v) for v in rng.uniform(-0.03, 0.03, 2))
    scene: tuple[Any, ...] = ("rotation", pitch, SIZE, fov, distance, offset, FPS, 1)
    if kind == "living":
        scene = (*scene, {"hair": hair, "clothes": cloth, "return_deg": 0.0, "hair_slip_deg": 1.0 + (hair == "long")})
    renderer.CLIPS = {name: scene}
    renderer.script = lambda _kind, own, fps, _reps: script(renderer.Timeline(fps), own, trials)
    head = renderers / "heads" / "LeePerrySmith"
    if kind == "living":
        renderer.render(head, out, name, person, person, [])
    else:
        renderer.render(head, out, name, person, person)
    return out / f"{name}.mp4"


def main() -> None:
    """Render the recording requested."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--kind", choices=("plaster", "living"), required=True)
    ask.add_argument("--person", type=int, nargs="+", required=True, help="which head: 1, 2, ...; 0 is the scan itself")
    ask.add_argument("--trials", type=int, default=6)
    ask.add_argument("--renderers", type=Path, default=RENDERERS)
    ask.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    for person in given.person:
        print(draw(given.kind, person, given.trials, given.renderers, given.out), flush=True)


if __name__ == "__main__":
    main()
