"""Repeatability of the performance values of a movement when its video is encoded again: `made_again.py [CLIP ...]`.

Each clip is measured as it is and from copies of other qualities; only the encoding differs. Without a clip, the sample
videos of rotation and lateral flexion are used.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import av
import numpy as np
from clips import SAMPLES, read_clip
from tables import table, titled

from romcheck.measure import measure
from romcheck.results import Movement

NAMES = {"movement_time_s": "s", "steadiness_deg": "°", "smoothness": "", "axis_wander_deg": "°"}
QUALITIES = (18, 23, 28, 32)
"""Constant rate factors of H.264, from hardly any loss to visible blocks."""


def encoded(video: Path, quality: int, folder: Path) -> Path:
    """The same pictures at the same times, encoded again."""
    copy = folder / f"{video.stem}_{quality}.mp4"
    with av.open(str(video)) as source, av.open(str(copy), "w") as target:
        pictures = source.streams.video[0]
        stream = target.add_stream("libx264", rate=pictures.average_rate, options={"crf": str(quality)})
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuv420p"
        for frame in source.decode(pictures):
            target.mux(stream.encode(frame.reformat(format="yuv420p")))
        target.mux(stream.encode())
    return copy


def movements(video: Path, clip: Path) -> tuple[Movement, ...]:
    """Trials of one copy."""
    truth = read_clip(clip)
    return measure(video, test=truth.test, camera=truth.lens).result.movements


def main() -> None:
    """Measure every copy of every clip, and print the SD of each value over the copies of a trial."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("clip", type=Path, nargs="*", default=[SAMPLES / "rotation.mp4", SAMPLES / "lateral_flexion.mp4"])
    ask.add_argument("--qualities", type=int, nargs="+", default=QUALITIES)
    ask.add_argument("--markdown", action="store_true")
    given = ask.parse_args()
    values: dict[str, list[list[float]]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for clip in given.clip:
        with tempfile.TemporaryDirectory() as folder:
            copies = [clip, *(encoded(clip, quality, Path(folder)) for quality in given.qualities)]
            found = [movements(copy, clip) for copy in copies]
        for trial in zip(*found, strict=False):
            for name in NAMES:
                known = [getattr(m.performance, name) for m in trial]
                missing[name] += sum(value is None for value in known)
                values[name].append([value for value in known if value is not None])
    rows = []
    for name, unit in NAMES.items():
        groups = [np.array(of) for of in values[name] if len(of) > 1]
        within = float(np.sqrt(np.mean([np.var(of, ddof=1) for of in groups]))) if groups else float("nan")
        between = float(np.std([of.mean() for of in groups], ddof=1)) if len(groups) > 1 else float("nan")
        mean = float(np.mean([of.mean() for of in groups])) if groups else float("nan")
        cells = (f"{value:.3f} {unit}" for value in (mean, within, between))
        rows.append([name, str(len(groups)), *cells, str(missing[name])])
    heads = ["value", "trials", "mean", "SD over copies", "SD over trials", "left out"]
    print(titled("Encoded again", table(heads, rows, given.markdown), given.markdown))


if __name__ == "__main__":
    main()
