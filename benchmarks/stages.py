"""What each stage of measuring costs: processor time by stage, for `speed.py`.

What a stage spends inside another counts for the inner one alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

from romcheck.person.face_quality import FaceQuality
from romcheck.person.image_orientation import OrientationFinder
from romcheck.person.observer import Observer
from romcheck.person.searching import FaceSearch
from romcheck.person.tracked_body import TrackedBody
from romcheck.sources.video import VideoFile
from romcheck.tracking.camera_watch import CameraWatch
from romcheck.tracking.feature_map import FeatureMap
from romcheck.tracking.fresh_pictures import FreshPictures
from romcheck.tracking.rigid_tracker import RigidTracker
from romcheck.tracking.working_picture import WorkingPicture

STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "decode": ((VideoFile, "_frames"),),
    "landmarks": ((FaceSearch, "find"), (OrientationFinder, "ask"), (OrientationFinder, "look_again")),
    "pictures": (
        (FreshPictures, "look"), (CameraWatch, "see"), (WorkingPicture, "__call__"), (FaceQuality, "take"),
        (Observer, "_rests"),
    ),
    "follow": ((RigidTracker, "track"),),
    "learn": ((RigidTracker, "insert_keyframe"), (RigidTracker, "start")),
    "adjust": tuple((FeatureMap, name) for name in ("adjust_locally", "global_step", "adjust_globally")),
    "resect": ((TrackedBody, "_read"), (FeatureMap, "cluster_turns")),
    "analyse": ((import_module("romcheck.measure"), "analyse"),),
}  # fmt: skip
"""The functions of each stage; frames are decoded while a generator runs."""


class StageClock:
    """Processor seconds by stage; ``rest`` is what belongs to none.

    The landmark networks compute in threads of their own: theirs is what the process used beyond its Python threads.
    """

    def __init__(self) -> None:
        self.seconds = dict.fromkeys([*STAGES, "rest"], 0.0)
        self._thread = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[dict[str, float]]:
        """Clock everything measured inside."""
        with ExitStack() as patches:
            for stage, functions in STAGES.items():
                for owner, name in functions:
                    original = getattr(owner, name)
                    clocked = self._generator if name == "_frames" else self._function
                    patches.enter_context(patch.object(owner, name, clocked(stage, original)))
            self._thread.within, self._thread.since = ["rest"], time.thread_time()
            begun = time.process_time()
            yield self.seconds
            self._pass()
            self.seconds["landmarks"] += time.process_time() - begun - sum(self.seconds.values())

    def _pass(self) -> None:
        """Give the time since the last call in this thread to the stage it was in."""
        now, thread = time.thread_time(), self._thread
        if not hasattr(thread, "within"):  # a thread's clock starts with the thread
            thread.within, thread.since = ["rest"], 0.0
        with self._lock:
            self.seconds[thread.within[-1]] += now - thread.since
        thread.since = now

    def _begin(self, stage: str) -> None:
        self._pass()
        self._thread.within.append(stage)

    def _end(self) -> None:
        self._pass()
        self._thread.within.pop()

    def _function(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*args: Any, **options: Any) -> Any:
            self._begin(stage)
            try:
                return function(*args, **options)
            finally:
                self._end()

        return clocked

    def _generator(self, stage: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def clocked(*args: Any, **options: Any) -> Iterator[Any]:
            items = function(*args, **options)
            while True:
                self._begin(stage)
                try:
                    item = next(items)
                except StopIteration:
                    return
                finally:
                    self._end()
                yield item

        return clocked
