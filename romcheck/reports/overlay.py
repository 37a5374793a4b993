"""The video with the head's axes, the angle and the phase of the movement drawn on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import matplotlib
import numpy as np
from av.error import FFmpegError
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from romcheck.arrays import Floats, Rgb
from romcheck.errors import OutputError
from romcheck.exchange.atomic import written_whole
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.words import MOVEMENT_WORDS, degrees
from romcheck.reports.blurring import FaceBlur
from romcheck.reports.plot import MUTED, draw_holds, draw_main_angle, ends, main_angle, side_words, upwards
from romcheck.results import Frames, Movement, Result
from romcheck.sources.video import VideoFile

if TYPE_CHECKING:
    from romcheck.measure import Measurement

TIME_BASE = Fraction(1, 90_000)
LEAST_WIDTH_PX = 480
"""Narrower pictures are enlarged to this, so that the text under them is readable."""

AXIS_M = 0.11
AXES = (("X left", (213, 94, 0)), ("Y up", (0, 158, 115)), ("Z front", (86, 180, 233)))


def save_overlay(
    video_path: str | Path,
    measurement: Measurement,
    path: str | Path,
    blur: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a copy of the video with the measurement drawn on it.

    The picture shows the head's axes (X to the subject's left, Y up, Z out of the face); under it the angle, the
    phase of the movement and the curve with a mark at the present moment. Every frame keeps its own time. Sound and
    metadata (place, device) are left out. Pictures larger than the measured size are scaled down.

    Parameters
    ----------
    video_path : the video that was measured
    measurement : of this video
    path : file to write, ``.mp4`` (H.264)
    blur : blur the subject's head and every other face found. A frame in which the head's place is not known is
        blurred whole. Hair, body, clothes and room stay to be seen: blurring hides faces, it does not make a
        video anonymous.
    progress : called with the frames done and the frames there are

    Raises
    ------
    VideoError
        If the video cannot be read.
    OutputError
        If the name does not end in .mp4, is the video's own, or cannot be written.
    """
    video_path, path = Path(video_path), Path(path)
    if path.suffix.lower() != ".mp4":
        raise OutputError("overlay_ending", name=path.name)
    if path.exists() and video_path.exists() and path.samefile(video_path):
        raise OutputError("overlay_itself", path=path)
    with ExitStack() as stack:
        unfinished = stack.enter_context(written_whole(path))
        video = stack.enter_context(VideoFile(video_path))
        faces = stack.enter_context(FaceBlur()) if blur else None
        zoom = max(1.0, LEAST_WIDTH_PX / video.frame_width)
        width, height = _even(video.frame_width * zoom), _even(video.frame_height * zoom)
        under = Panel(measurement.result, measurement.frames, width)
        lens = measurement.lens.scaled(video.frame_width / measurement.lens.width)
        total = len(measurement.frames.time_s)

        out = stack.enter_context(av.open(str(unfinished), "w", format="mp4", options={"movflags": "+faststart"}))
        stream = out.add_stream("libx264", rate=30, options={"crf": "21", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height + under.height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = TIME_BASE
        for frame in video:
            if frame.index >= total:
                break
            seen = np.array(frame.rgb)
            valid = bool(measurement.track.valid[frame.index])
            origin = measurement.position_m[frame.index]
            axes = measurement.track.head[frame.index]
            if faces is not None:
                faces.blur(seen, frame.time_s, lens, origin if valid else None)
            picture = np.asarray(cv2.resize(seen, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
            if valid:
                draw_axes(picture, lens.scaled(width / lens.width), origin, axes)
            whole = np.vstack([picture, under.at(frame.index)])
            encoded = av.VideoFrame.from_ndarray(whole, format="rgb24")
            encoded.pts, encoded.time_base = round(frame.time_s / TIME_BASE), TIME_BASE
            _written(out, stream, encoded)
            if progress is not None:
                progress(frame.index + 1, total)
        _written(out, stream, None)


def _written(out: av.container.OutputContainer, stream: av.VideoStream, frame: av.VideoFrame | None) -> None:
    """Encode and write a frame, None to end; errors of the muxer (a full disk) become OSError."""
    try:
        out.mux(stream.encode(frame))
        if frame is None:
            out.close()
    except FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def phase(movements: tuple[Movement, ...], time_s: float) -> str:
    """The phase at a moment: rest, or a movement and its trial on the way out, held or on the way back."""
    for movement in movements:
        if not movement.start_s <= time_s <= movement.end_s:
            continue
        name = f"{MOVEMENT_WORDS[movement.movement]}, trial {movement.trial}"
        if movement.hold_start_s is None or movement.hold_end_s is None:
            return f"{name}: no hold"
        if time_s < movement.hold_start_s:
            return f"{name}: going"
        if time_s <= movement.hold_end_s:
            return f"{name}: hold"
        return f"{name}: coming back"
    return "rest"


def draw_axes(picture: Rgb, lens: Lens, origin_m: Floats, head: Floats) -> None:
    """Draw the head's three axes on a picture, each with its letter.

    Parameters
    ----------
    picture : (height, width, 3) uint8, drawn upon
    lens : of this picture
    origin_m : (3,) where the axes start, camera axes
    head : (3, 3) head axes to camera axes
    """
    far = origin_m + AXIS_M * head.T
    points = np.vstack([origin_m, far])
    if not np.isfinite(points).all() or (points[:, 2] < 0.05).any():
        return
    start, *tips = np.clip(lens.project(points[:, :2] / points[:, 2:]), -30_000, 30_000).round().astype(int).tolist()
    thick = max(2, round(picture.shape[1] / 240))
    # The axis nearest the camera is drawn last.
    for i in np.argsort(-points[1:, 2]):
        _, colour = AXES[i]
        for c, extra in (((20, 20, 20), 2), (colour, 0)):
            cv2.arrowedLine(picture, start, tips[i], c, thick + extra, cv2.LINE_AA, tipLength=0.14)
    canvas = Image.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    size = max(14, round(picture.shape[1] / 38))
    for (words, _), tip in zip(AXES, tips, strict=True):
        # Beyond the arrowhead; below it where the axis points at the camera.
        away = np.subtract(tip, start) if np.ptp([tip, start], axis=0).max() > size else np.array([0, 1])
        along = away / np.linalg.norm(away)
        x, y = tip + along * (0.5 * pen.textlength(words, _font(size)) * abs(along[0]) + 0.75 * size)
        pen.text((x, y), words, "white", _font(size), "mm", stroke_width=2, stroke_fill=(20, 20, 20))
    picture[:] = np.asarray(canvas)


class Panel:
    """The strip under the picture: the current angle and phase, and the curve with a mark at the current time."""

    def __init__(self, result: Result, frames: Frames, width: int) -> None:
        self._result, self._frames = result, frames
        self._words_height = _even(width * 0.075)
        self._curve_height = _even(width * 0.24)
        self.height = self._words_height + self._curve_height
        dpi = 100 * width / 640
        figure = Figure(figsize=(6.4, self._curve_height / dpi), dpi=dpi, facecolor="white")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0.06, 0.17, 0.92, 0.78))
        draw_main_angle(axes, result, frames, size=7)
        up, down = ends(result)
        for words, y, va in ((up, 0.97, "top"), (down, 0.04, "bottom")):
            axes.text(0.006, y, side_words(words), transform=axes.transAxes, size=7, va=va, color=MUTED, zorder=1)
        draw_holds(axes, result)
        end_s = max(result.source.duration_s, 0.1)
        axes.set_xlim(0, end_s)
        canvas.draw()
        drawn = np.asarray(canvas.buffer_rgba())[..., :3]
        self._curve = cv2.resize(drawn, (width, self._curve_height), interpolation=cv2.INTER_AREA)
        box = axes.get_position()
        x = np.clip(frames.time_s / end_s, 0, 1)
        self._now_px = np.round(width * (box.x0 + box.width * x)).astype(int)
        self._angle = upwards(main_angle(result), frames)

    def at(self, index: int) -> Rgb:
        """(height, width, 3) strip for one frame."""
        curve = self._curve.copy()
        x = int(self._now_px[index])
        cv2.line(curve, (x, 0), (x, self._curve_height), (26, 26, 26), max(1, curve.shape[1] // 400))
        return np.vstack([_words(self._saying(index), curve.shape[1], self._words_height), curve])

    def _saying(self, index: int) -> tuple[str, str]:
        now = self._frames.time_s[index]
        angle = self._angle[index]
        if not self._frames.valid[index] or not np.isfinite(angle):
            return "no angle", phase(self._result.movements, now)
        side = ends(self._result)[int(angle < 0)] if abs(angle) >= 1 else ""
        half_width = 1.96 * self._frames.sigma_deg[index]
        return f"{degrees(abs(angle), half_width, bare=True)} {side}", phase(self._result.movements, now)


@lru_cache(maxsize=64)
def _words(saying: tuple[str, str], width: int, height: int) -> Rgb:
    """Angle large on the left, phase on the right; the phase shrinks where it would not fit."""
    canvas = Image.new("RGB", (width, height), (26, 26, 26))
    pen = ImageDraw.Draw(canvas)
    angle, doing = saying
    margin = width // 64
    large = _font(round(height * 0.62))
    pen.text((margin, height / 2), angle, (255, 255, 255), large, "lm")
    left = margin * 2 + pen.textlength("188.8° extension", large)
    size = round(height * 0.48)
    while size > 6 and pen.textlength(doing, _font(size)) > width - left - margin:
        size -= 1
    pen.text((width - margin, height / 2), doing, (235, 235, 235), _font(size), "rm")
    words = np.asarray(canvas)
    words.flags.writeable = False
    return words


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, included in matplotlib: it has the degree sign on every machine."""
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def _even(size: float) -> int:
    """Round down to an even number: H.264 subsamples colour."""
    return max(2, 2 * round(size / 2))
