"""Draw the pictures of the README from a sample video, with the program itself: python docs/draw_result.py."""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
from PIL import Image

from romcheck.measure import measure
from romcheck.reports.overlay import save_overlay
from romcheck.reports.plot import save_plot

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
VIDEO = ROOT / "sample_videos" / "flexion_rotation.mp4"
CAMERA = VIDEO.with_suffix(".camera.json")


def main() -> None:
    """Write docs/pictures/result.png and docs/pictures/overlay.png."""
    measurement = measure(VIDEO, camera=CAMERA)
    save_plot(measurement.result, measurement.frames, FOLDER / "result.png")
    first = next(m for m in measurement.result.movements if m.hold_start_s is not None)
    assert first.hold_start_s is not None
    assert first.hold_end_s is not None
    middle_s = (first.hold_start_s + first.hold_end_s) / 2
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "overlay.mp4"
        save_overlay(VIDEO, measurement, film)
        with av.open(str(film)) as container:
            shown = next(f for f in container.decode(video=0) if f.time is not None and f.time >= middle_s)
            Image.fromarray(shown.to_ndarray(format="rgb24")).save(FOLDER / "overlay.png", optimize=True)


if __name__ == "__main__":
    main()
