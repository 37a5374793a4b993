"""Face landmarks from MediaPipe: the only place that knows the engine.

The legacy face mesh of mediapipe 0.10.21 carries its models inside the wheel and opens no connection.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from romcheck.errors import EngineError, explain_import_error
from romcheck.person.settings import PERSON

MODELS = (
    "face_detection/face_detection_short_range.tflite",
    "face_landmark/face_landmark_with_attention.tflite",
    "selfie_segmentation/selfie_segmentation.tflite",
)

SOLUTIONS = "mediapipe.python.solutions"
DRAWING = ("drawing_utils", "drawing_styles")


@dataclass(frozen=True)
class EngineInfo:
    """Name and version of the landmark engine, and the SHA-256 of each model file it loads."""

    name: str
    version: str
    models: dict[str, str]


@lru_cache(maxsize=1)
def engine_info() -> EngineInfo:
    """Say which engine and models give the landmarks, without starting them."""
    spec = find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise EngineError("no_mediapipe")
    folder = Path(spec.origin).parent / "modules"
    models = {Path(m).name: hashlib.sha256((folder / m).read_bytes()).hexdigest() for m in MODELS}
    return EngineInfo("mediapipe face mesh, refined", metadata.version("mediapipe"), models)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the engine's C++ start-up chatter off the user's screen; errors still come as exceptions."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        saved = os.dup(2)
    except OSError:
        yield
        return
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def _solutions() -> Any:
    """The engine's networks by name, ready to be started.

    Its modules that draw are loaded when somebody first draws with them. They load matplotlib: more than half the time
    that the engine takes to load, and no measuring process draws.
    """
    later = {name: _Later(f"{SOLUTIONS}.{name}") for name in DRAWING if SOLUTIONS not in sys.modules}
    sys.modules.update({module.__name__: module for module in later.values()})
    try:
        from mediapipe.python import solutions
    except ImportError as error:
        raise explain_import_error(error) from error
    vars(solutions).update(later)
    return solutions


class _Later(ModuleType):
    """A module that is loaded when something is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class FaceMesh:
    """One face mesh for one video: it follows faces from picture to picture, so it must not serve two."""

    def __init__(self, tracking: bool = True) -> None:
        with _quiet():
            face_mesh = _solutions().face_mesh
            self._mesh = face_mesh.FaceMesh(
                static_image_mode=not tracking, max_num_faces=PERSON.search.most_faces, refine_landmarks=True
            )
            # The graph's threads write to the screen with the first picture too.
            self._mesh.process(np.zeros((64, 64, 3), np.uint8))
        # It writes once more with its first face; nothing else is to be kept off the screen for long.
        self._chatty = 30

    def find(self, rgb: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Landmarks of every face found.

        Parameters
        ----------
        rgb : (height, width, 3) uint8; made contiguous here, as the engine ignores strides

        Returns
        -------
        A (478, 3) array a face: x right and y down in pixels of the picture, z in pixels of the same scale,
        growing away from the camera. The last ten are the irises (five each, centre first).
        """
        height, width = rgb.shape[:2]
        with _quiet() if self._chatty else nullcontext():
            found = self._mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks or []
        self._chatty = max(0, self._chatty - 1) if not found else 0
        scale = np.array((width, height, width), np.float64)
        return [np.array([(p.x, p.y, p.z) for p in face.landmark]) * scale for face in found]

    def close(self) -> None:
        """Free the engine; a second call does nothing."""
        if self._mesh is not None:
            self._mesh.close()
            self._mesh = None

    def __enter__(self) -> FaceMesh:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class FaceFinder:
    """Every face of a picture, each picture on its own: to blur them or to know which way up they are.

    Parameters
    ----------
    far : look for faces up to 5 m away, else up to 2 m
    least_score : how sure the network must be; with a low bar, more is found that is no face
    """

    def __init__(self, far: bool = True, least_score: float = PERSON.search.least_score) -> None:
        with _quiet():
            face_detection = _solutions().face_detection
            self._detector = face_detection.FaceDetection(
                model_selection=int(far), min_detection_confidence=least_score
            )
            self._detector.process(np.zeros((64, 64, 3), np.uint8))

    def find(self, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(faces, 4) boxes of the faces in a (height, width, 3) picture: left, top, right, bottom in pixels."""
        height, width = rgb.shape[:2]
        rgb = np.ascontiguousarray(rgb)
        boxes = [d.location_data.relative_bounding_box for d in self._detector.process(rgb).detections or []]
        corners = [(b.xmin, b.ymin, b.xmin + b.width, b.ymin + b.height) for b in boxes]
        return np.array(corners, np.float64).reshape(-1, 4) * np.array((width, height, width, height), np.float64)

    def likeliest(self, rgb: NDArray[np.uint8]) -> tuple[float, NDArray[np.float64]] | None:
        """The face the network is surest of: how sure, 0-1, and its box (4,) as in :meth:`find`."""
        height, width = rgb.shape[:2]
        found = self._detector.process(np.ascontiguousarray(rgb)).detections
        if not found:
            return None
        best = max(found, key=lambda d: d.score[0])
        b = best.location_data.relative_bounding_box
        corners = np.array([b.xmin, b.ymin, b.xmin + b.width, b.ymin + b.height], np.float64)
        return float(best.score[0]), corners * np.array((width, height, width, height), np.float64)

    def close(self) -> None:
        """Free the engine."""
        self._detector.close()

    def __enter__(self) -> FaceFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PersonOutline:
    """Which pixels show a person: to know the trunk from what stands behind it, and which way up somebody is."""

    def __init__(self) -> None:
        with _quiet():
            selfie_segmentation = _solutions().selfie_segmentation
            self._network = selfie_segmentation.SelfieSegmentation(model_selection=0)
            self._network.process(np.zeros((64, 64, 3), np.uint8))

    def find(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each pixel of a (height, width, 3) picture shows a person: (height, width), 0-1."""
        return np.array(self._network.process(np.ascontiguousarray(rgb)).segmentation_mask, np.float32)

    def close(self) -> None:
        """Free the engine; a second call does nothing."""
        if self._network is not None:
            self._network.close()
            self._network = None

    def __enter__(self) -> PersonOutline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
