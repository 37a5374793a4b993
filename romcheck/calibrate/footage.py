"""Views of the board from pictures and videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from romcheck.calibrate.boards import BOARDS, Board
from romcheck.calibrate.views import BoardFinder, View
from romcheck.errors import CameraError, VideoError, system_says
from romcheck.i18n.message import Message, message
from romcheck.names import shown
from romcheck.sources.animated import without_warning
from romcheck.sources.video import VideoFile

LOOK_EVERY_S = 0.1
"""Interval between frames searched: a board held by hand moves little in less."""

MOST_PIXELS = 120_000_000
"""Most pixels of a picture of the board: phones have 108 million, some cameras 102."""

_NEIGHBOURING_S = 0.25
_PICTURE_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Footage:
    """Views found in a set of files.

    Attributes
    ----------
    views : every view of the board, in the order of the files
    looked_at : pictures and frames searched
    unreadable : reason for each file that could not be read
    width, height : of all pictures; 0 where none could be read
    """

    views: tuple[View, ...]
    looked_at: int
    unreadable: tuple[Message, ...]
    width: int
    height: int


def _picture(path: Path) -> NDArray[np.uint8]:
    """Grey picture, upright as stated in the file.

    Pillow reads it: a crafted JPEG makes the OpenCV that the engine allows read beyond its memory.
    """
    try:
        with without_warning(), Image.open(path, formats=_PICTURE_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise VideoError(
                    "picture_pixels",
                    path=shown(path),
                    width=picture.width,
                    height=picture.height,
                    pixels=MOST_PIXELS // 1000000,
                )
            upright = ImageOps.exif_transpose(picture)
            return np.asarray(cv2.cvtColor(_eight_bits(upright), cv2.COLOR_RGB2GRAY), np.uint8)
    except VideoError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise VideoError("not_a_picture", path=shown(path)) from error
    except OSError as error:
        # Raised by Pillow for a truncated file, without the error number of the system's errors.
        why = system_says(error) if error.errno else message("why.cut_off")
        raise VideoError("picture_unreadable", path=shown(path), why=why) from error
    except Exception as error:  # each kind of picture file has errors of its own
        raise VideoError("not_a_picture", path=shown(path)) from error


def _eight_bits(picture: Image.Image) -> NDArray[np.uint8]:
    """(height, width, 3) pixels; of 16-bit grey the upper half, where converting would cut it off."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        grey = (np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.asarray(picture.convert("RGB"), np.uint8)


def _still(times: Sequence[float], views: Sequence[View | None]) -> Iterator[View]:
    """Set the image speed of a video's views from the neighbouring frames."""

    def speed(a: int, b: int) -> float:
        first, second = views[a], views[b]
        if first is None or second is None or abs(times[b] - times[a]) > _NEIGHBOURING_S:
            return 0.0
        _, i, j = np.intersect1d(first.ids, second.ids, return_indices=True)
        if len(i) == 0:
            return np.inf
        moved = np.median(np.linalg.norm(first.corners[i] - second.corners[j], axis=1))
        return float(moved / max(first.size) / abs(times[b] - times[a]))

    for i, view in enumerate(views):
        if view is not None:
            before = speed(i, i - 1) if i > 0 else 0.0
            after = speed(i, i + 1) if i + 1 < len(views) else 0.0
            yield replace(view, speed=max(before, after))


def _looks(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Times and grey frames of a video, LOOK_EVERY_S apart."""
    with VideoFile(path) as video:
        due = 0.0
        for frame in video:
            if frame.time_s >= due:
                due = frame.time_s + LOOK_EVERY_S - 1e-3
                yield frame.time_s, np.asarray(cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def read_footage(
    files: Sequence[Path], board: Board, square_mm: float | None, progress: Callable[[str], None] = lambda _: None
) -> Footage:
    """Find the board in pictures and videos.

    Parameters
    ----------
    files : pictures by their ending, anything else is read as a video
    board : which board
    square_mm : measured side of its squares; None for the side it has at 100 %
    progress : called with the name of each file started

    Raises
    ------
    CameraError
        if the files differ in size, or none shows the board.
    """
    finder = BoardFinder(board, square_mm)
    found: list[View] = []
    sizes: dict[str, tuple[int, int]] = {}
    unreadable: list[Message] = []
    strangers: Counter[str] = Counter()
    looked_at = 0
    for path in files:
        progress(shown(path.name))
        times: list[float] = []
        views: list[View | None] = []
        is_picture = path.suffix.lower() in _PICTURE_ENDINGS
        try:
            if path.is_dir():
                raise VideoError("pictures_folder", path=path, path2=path / "*.jpg")
            for time, picture in [(0.0, _picture(path))] if is_picture else _looks(path):
                view = finder.find(picture, path.name if is_picture else f"{path.name} {time:.2f} s")
                times.append(time)
                views.append(view)
                sizes[path.name] = picture.shape[1], picture.shape[0]
                if view is None:
                    strangers.update(_board_of(finder, picture))
        except VideoError as error:
            unreadable.append(error.message)
        looked_at += len(views)
        found += _still(times, views)
    _check_sizes(sizes)
    if not found:
        raise _nothing_found(finder, looked_at, unreadable, strangers)
    width, height = found[0].size
    return Footage(tuple(found), looked_at, tuple(unreadable), width, height)


def _board_of(finder: BoardFinder, picture: NDArray[np.uint8]) -> list[str]:
    """Names of the other boards whose markers are in a picture."""
    seen = finder.markers_seen(picture)
    others = [board for board in BOARDS.values() if board.name != finder.board.name]
    return [board.name for board in others if len(seen.intersection(board.markers)) >= 3]


def _check_sizes(sizes: dict[str, tuple[int, int]]) -> None:
    if len(set(sizes.values())) <= 1:
        return
    usual = Counter(sizes.values()).most_common(1)[0][0]
    odd = ", ".join(f"{name} ({w}×{h})" for name, (w, h) in sizes.items() if (w, h) != usual)
    raise CameraError("pictures_sizes", usual=usual[0], usual2=usual[1], odd=odd)


def _nothing_found(
    finder: BoardFinder, looked_at: int, unreadable: Sequence[Message], strangers: Counter[str]
) -> CameraError:
    if strangers:
        return CameraError("board_other", other=strangers.most_common(1)[0][0], board=finder.board.name)
    if not looked_at:
        return CameraError("board_files", reasons=unreadable)
    if looked_at == 1:
        return CameraError("board_not_in_picture", board=finder.board.name)
    return CameraError("board_not_found", board=finder.board.name, looked_at=looked_at)
