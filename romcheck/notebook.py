"""A measurement in a notebook: the same numbers as on the command line, as pandas tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from romcheck.results import Frames, Movement, Test
from romcheck.results import Result as Measured

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from romcheck.geometry.intrinsics import Lens


@dataclass(frozen=True)
class MeasuredVideo:
    """The measurement of one video.

    Attributes
    ----------
    result : everything, as written to STEM.result.json
    frame_angles : angles frame by frame, as arrays
    """

    result: Measured
    frame_angles: Frames

    @property
    def test(self) -> Test:
        """The main test, as given or recognised."""
        return self.result.test

    @property
    def movements(self) -> pd.DataFrame:
        """One row per trial, test by test: ``video``, ``test``, and the fields of :class:`romcheck.results.Movement`.

        Angles are in degrees, times in seconds; values that do not apply or were not measured are NaN. ``angle_deg`` is
        positive, ``uncertainty_deg`` the half-width of its 95 % interval, ``reasons`` the codes of the doubts,
        separated by spaces. Tables of several videos can be concatenated for :mod:`romcheck.agreement`.
        """
        import pandas as pd

        rows = [
            {"test": of.test, **asdict(movement), "reasons": " ".join(movement.reasons)}
            for of in self.result.examinations
            for movement in of.movements
        ]
        table = pd.DataFrame(rows, columns=["test", *(field.name for field in fields(Movement))])
        numbers = [name for name in table if str(name).endswith(("_s", "_deg"))]
        table[numbers] = table[numbers].astype(float)
        table.insert(0, "video", self.result.source.file)
        return table

    @property
    def summary(self) -> pd.DataFrame:
        """One row per movement: ``test``, trials used, mean, SD and maximum in degrees, uncertainty of the mean."""
        import pandas as pd

        examined = self.result.examinations
        return pd.DataFrame([{"test": of.test, **asdict(summary)} for of in examined for summary in of.summary])

    @property
    def frames(self) -> pd.DataFrame:
        """One row per frame: ``time_s``, ``valid``, the three angles, the trunk's turn and ``sigma_deg``.

        Degrees since the starting position, rotation + to the subject's left, flexion + chin down, lateral flexion + to
        the subject's right; NaN where ``valid`` is False.
        """
        import pandas as pd

        return pd.DataFrame({field.name: getattr(self.frame_angles, field.name) for field in fields(Frames)})

    @property
    def warnings(self) -> tuple[str, ...]:
        """Remarks on this measurement, in English."""
        return self.result.warnings

    def plot(self) -> Figure:
        """Plot the angles over time with the holds marked."""
        from romcheck.reports.plot import draw

        return draw(self.result, self.frame_angles)

    def save(self, folder: str | Path = ".") -> tuple[Path, Path]:
        """Write STEM.result.json and STEM.frames.csv to a folder and return their paths.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        from romcheck.exchange.files import write_measurement

        return write_measurement(self.result, self.frame_angles, folder, Path(self.result.source.file).stem)

    def __repr__(self) -> str:
        found = sum(len(of.movements) for of in self.result.examinations)
        tests = ", ".join(of.test for of in self.result.examinations)
        return f"<romcheck result of {self.result.source.file}: {tests}, {found} movement{'s' * (found != 1)}>"

    def _repr_html_(self) -> str:
        from romcheck.i18n.words import MOVEMENT_WORDS, TEST_TITLES, movement_angle, reason_words

        titles = ", ".join(TEST_TITLES[of.test] for of in self.result.examinations)
        rows = "".join(
            f"<tr><td>{escape(MOVEMENT_WORDS[m.movement])}</td><td>{m.trial}</td><td>{escape(movement_angle(m))}</td>"
            f"<td>{m.quality}</td><td>{escape(', '.join(map(reason_words, m.reasons)))}</td></tr>"
            for of in self.result.examinations
            for m in of.movements
        )
        notes = "".join(f"<li>{escape(warning)}</li>" for warning in self.result.warnings)
        return (
            f"<p><b>{escape(self.result.source.file)}</b>: {escape(titles)}</p>"
            "<table><thead><tr><th>movement</th><th>trial</th><th>angle</th><th>quality</th><th>why doubted</th></tr>"
            f"</thead><tbody>{rows}</tbody></table>"
            "<p>± is half of the 95 % interval. Left and right are the subject's.</p>"
            + (f"<ul>{notes}</ul>" if notes else "")
        )


def measure(
    path: str | Path,
    *,
    test: Test | None = None,
    camera: str | Path | Lens | None = None,
    fov_deg: float | None = None,
    upright_deg: int | None = None,
    mirrored: bool = False,
    profile: str | Path | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> MeasuredVideo:
    """Measure the neck movements in a video.

    Parameters
    ----------
    path : the video
    test : "rotation", "flexion-extension", "lateral-flexion", "flexion-rotation" or "joint-position"; all but the last
        are recognised from the movement if None
    camera : a camera file or a lens; without it, ``fov_deg`` or an assumed lens, with a larger uncertainty
    fov_deg : field of view across the longer side of the picture, degrees
    upright_deg : degrees clockwise that turn the person upright in the picture as played: 0, 90, 180 or 270; detected
        if None
    mirrored : the video is a mirror image, as when many phones record a selfie
    profile : file of the person's correction, from ``romcheck reference``
    progress : called with the frames done and, if known, expected

    Raises
    ------
    VideoError
        If the video cannot be read, or shows no face long enough or no movement.
    CameraError
        If the camera file cannot be used for this video.
    ProfileError
        If the profile cannot be read, or is of another test.
    """
    from romcheck.measure import measure as measure_video

    found = measure_video(
        path,
        test=test,
        camera=camera,
        fov_deg=fov_deg,
        upright_deg=upright_deg,
        mirrored=mirrored,
        profile=profile,
        progress=progress,
    )
    return MeasuredVideo(found.result, found.frames)
