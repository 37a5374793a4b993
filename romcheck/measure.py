"""The main function: a video in, a result out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from romcheck import __version__
from romcheck.arrays import Floats
from romcheck.errors import VideoError
from romcheck.geometry.camera_file import lens_at, read_camera
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import Message, message
from romcheck.motion.analysis import analyse
from romcheck.motion.examining import Analysis
from romcheck.motion.track import MotionTrack
from romcheck.nothing_found import no_face
from romcheck.notices import SEEN, notice, notice_message
from romcheck.person.attention import Attention
from romcheck.person.head_map import HeadMap
from romcheck.person.image_orientation import ImageOrientation, OrientationFinder, turned
from romcheck.person.landmarks import engine_info
from romcheck.person.observer import Observer
from romcheck.person.searching import FaceSearch
from romcheck.person.settings import PERSON
from romcheck.person.subject import Subject
from romcheck.progress import Progress
from romcheck.reference.profile import Profile, corrected, read_profile
from romcheck.results import Camera, Frames, Notice, Result, Software, Source, Summary, Test
from romcheck.sources.borders import Inner, layout_of
from romcheck.sources.video import Frame, VideoFile
from romcheck.sources.writing import Writing, reader
from romcheck.tracking.fresh_pictures import Freshness, FreshPictures

AHEAD = PERSON.attention.pictures_ago - 2
"""Frames whose landmarks are found while the tracker is busy with earlier ones: one more is held by either."""
LEAST_FACE_S = 1.0
"""A face seen for less than this shows no measurable movement."""


class Faces(NamedTuple):
    """One frame, whether it is new, the landmarks (478, 3) of the faces in it as set upright, None where nobody looked
    for them, and which way up that is.
    """

    frame: Frame
    freshness: Freshness
    faces: list[Floats] | None
    up: ImageOrientation


class Recording(Protocol):
    """Frames in time order, once; `source` and `notices` are complete after the last."""

    scale: float
    notices: list[Notice]

    def __iter__(self) -> Iterator[Frame]:
        """The frames; may wait for them."""
        ...

    @property
    def source(self) -> Source:
        """What was measured."""
        ...


@dataclass(frozen=True)
class Measurement:
    """A result with its intermediate data.

    Attributes
    ----------
    result : the result, as written to a file
    frames : angles frame by frame
    track : orientations of head and trunk frame by frame
    lens : the lens used, for the upright picture as played; an assumed one with the focal length found
    position_m : (n, 3) head's origin in camera axes, NaN where unknown
    head_map : for another recording of the same visit; None where the head's features were not tracked
    """

    result: Result
    frames: Frames
    track: MotionTrack
    lens: Lens
    position_m: Floats
    head_map: HeadMap | None = None


def measure(
    path: str | Path,
    *,
    test: Test | None = None,
    camera: str | Path | Lens | None = None,
    fov_deg: float | None = None,
    upright_deg: int | None = None,
    mirrored: bool = False,
    profile: str | Path | Profile | None = None,
    needs_movement: bool = True,
    head_map: HeadMap | None = None,
    progress: Progress | None = None,
    ahead: int = AHEAD,
) -> Measurement:
    """Measure the movements of the neck in a video.

    Parameters
    ----------
    path : the video
    test : which test was done; recognised from the movement if None
    camera : a camera file or a lens; without it ``fov_deg`` or an assumed lens
    fov_deg : field of view across the longer side of the picture, degrees
    upright_deg : how far the picture as played is to be turned clockwise to set the person upright: 0, 90, 180 or
        270; found from the pictures if None
    mirrored : the video shows a mirror image, as many phones record a selfie
    profile : the person's correction, or its file
    needs_movement : refuse a video in which nothing belongs to the test named; otherwise its frames still have angles
    head_map : ``Measurement.head_map`` of an earlier recording of the same visit: the change between both is surer if
        both are measured in one map. Where the head or the lens is another one, a map of its own is used, and said
    progress : called with the frames done and, if known, expected
    ahead : as in `measure_recording`

    Raises
    ------
    VideoError
        If the video cannot be read, or shows no face long enough or no movement.
    CameraError
        If the camera file cannot be used for this video.
    ProfileError
        If the profile cannot be read, or is of another test.
    """
    own = profile if profile is None or isinstance(profile, Profile) else read_profile(profile)
    layout = layout_of(path)
    inner = None if camera is not None else layout.inner
    with VideoFile(path) as video, closing(Writing()) as writing:
        lens = replace(_lens(video, camera, fov_deg, inner), tiled=layout.tiled)
        if inner is not None:
            width, height = round(inner.width * video.width), round(inner.height * video.height)
            video.notices.append(notice("picture_framed", width=width, height=height))

        def seen(frame: Frame, _: Observer) -> None:
            if progress:
                progress(frame.index + 1, video.expected_frames)

        settings: dict[str, object] = {
            "test": test, "fov_deg": fov_deg, "upright_deg": upright_deg, "mirrored": mirrored, "writing": reader()
        }  # fmt: skip
        return measure_recording(
            video,
            lens,
            test=test,
            upright_deg=upright_deg,
            mirrored=mirrored,
            profile=own,
            needs_movement=needs_movement,
            head_map=head_map,
            writing=writing,
            seen=seen,
            settings=settings,
            ahead=ahead,
        )


def measure_recording(
    recording: Recording,
    lens: Lens,
    *,
    test: Test | None = None,
    upright_deg: int | None = None,
    mirrored: bool = False,
    profile: Profile | None = None,
    needs_movement: bool = False,
    head_map: HeadMap | None = None,
    writing: Writing | None = None,
    seen: Callable[[Frame, Observer], None] | None = None,
    settings: dict[str, object] | None = None,
    ahead: int = AHEAD,
) -> Measurement:
    """Measure the movements of the neck in frames as they come, from a file or a camera.

    The command line, studies, notebooks and the live check all go through this one function, so that a check and its
    video give the same number.

    Parameters
    ----------
    recording : gives the frames in time order; iterating over it may wait for a camera
    lens : of the upright picture as played
    test : which test was done; recognised from the movement if None
    upright_deg, mirrored : as in `measure`
    profile : the person's correction
    needs_movement : as in `measure`; without a test named, there is no result where nothing moved
    head_map : as in `measure`
    writing : reads what the pictures show, to tell whether they are mirror images
    seen : called after each frame with the observer, whose ``now`` gives the causal estimate of the head
    settings : what the result says it was measured with
    ahead : frames whose landmarks are found in a thread of their own; 0 for a process that has one core to itself

    Raises
    ------
    VideoError
        If the frames cannot be read, or show no face long enough or no movement.
    ProfileError
        If the profile is of another test.
    """
    with threadpool_limits(1):
        cv2.setNumThreads(1)  # many small operations: threads would cost more than they save
        scaled = lens.scaled(recording.scale)
        same_lens = head_map is not None and head_map.lens == scaled
        observer = Observer(scaled, head_map if same_lens else None)
        subject = Subject()
        attention = Attention()
        stated = None if upright_deg is None else -upright_deg // 90 % 4
        faces_of = (
            _faces_ahead(recording, stated, attention, ahead) if ahead else _find_faces(recording, stated, attention)
        )
        with closing(faces_of) as found:
            for frame, freshness, faces, up in found:
                sighting = None if faces is None else subject.pick(faces, observer.expected, observer.lost)
                observer.see(frame.time_s, frame.rgb, freshness, up, sighting)
                attention.followed(observer.surely_followed)
                if writing and writing.due(frame.time_s):
                    writing.look(frame.time_s, turned(frame.rgb, up.quarters))
                if seen:
                    seen(frame, observer)
        source, notices = recording.source, list(recording.notices)
        poses = observer.finish()
    track = poses.track
    if writing:
        notices += writing.told(mirrored)
    if lens.tiled:
        notices.append(notice("picture_tiled"))
    elif lens.maybe_off_middle:
        notices.append(notice("picture_cropped", width=lens.width, height=lens.height))
    if poses.stretched:
        notices.append(notice("picture_stretched"))
    if poses.landmarks_alone:
        notices.append(notice("landmarks_alone"))
    if not track.way_up_sure:
        notices.append(notice("way_up_unsure"))
    if poses.way_up_late_s is not None:
        notices.append(notice("way_up_late", seconds=poses.way_up_late_s))
    if poses.subject_late_s is not None:
        notices.append(notice("subject_late", seconds=poses.subject_late_s))
    if head_map is not None:
        notices += _beside_earlier(observer, head_map, same_lens, mirrored)
    seen_s = _seconds_seen(track)
    if seen_s < LEAST_FACE_S:
        raise no_face(source, track, seen_s, poses.least_aside_deg)
    with threadpool_limits(1):
        analysis = _analysed(track, test, lens, mirrored)
        ends_s = [m.end_s for examined in analysis.tests for m in examined.movements]
        if ends_s and observer.leave_out(analysis.left_out_s, max(ends_s)):
            poses = observer.finish()
            track = poses.track
            analysis = _analysed(track, test, lens, mirrored)
    earlier = head_map if observer.recalled and not poses.landmarks_alone else None
    if earlier is not None:
        analysis = _beside(analysis, earlier)
    if analysis.test is None or (needs_movement and not analysis.movements):
        instead = no_movement(analysis.notices)
        if test is not None:
            raise VideoError("no_movement_of_test", no_movement=instead)
        raise VideoError("no_movement", file=source.file, no_movement=instead)
    notices += analysis.notices
    info = engine_info()
    result = Result(
        test=analysis.test,
        test_recognised=analysis.test_recognised,
        source=source,
        software=Software(__version__, info.name, info.version, info.models, settings or {"test": test}),
        camera=Camera(
            lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy, lens.distortion, lens.known, poses.focal_ratio
        ),
        movements=analysis.movements,
        summary=analysis.summary,
        differences=analysis.differences,
        warnings=tuple(told.text for told in notices),
        notices=tuple(notices),
        tests=analysis.tests,
        position_errors=analysis.tests[0].position_errors if analysis.tests else (),
        mapped_with=earlier.recordings if earlier is not None else (),
    )
    frames = analysis.frames
    if profile is not None and result.movements:
        result, frames = corrected(result, frames, profile)
    used = replace(lens, fx=lens.fx * poses.focal_ratio, fy=lens.fy * poses.focal_ratio)
    kept = observer.head_map(source.sha256, mirrored, analysis.shared_deg)
    return Measurement(result, frames, track, used, poses.position_m, kept)


def _beside_earlier(observer: Observer, earlier: HeadMap, same_lens: bool, mirrored: bool) -> list[Notice]:
    """Whether the head of the earlier recording was found again, and the same way round as it was said to be."""
    if not same_lens:
        return [notice("another_lens")]
    told = [] if observer.recalled else [notice("head_not_recalled")]
    if observer.recalled or observer.recalled_mirrored:
        said_otherwise = mirrored != earlier.mirrored
        if observer.recalled_mirrored != said_otherwise:
            told.append(notice("mirror_image_of_earlier"))
    return told


def _beside(analysis: Analysis, earlier: HeadMap) -> Analysis:
    """The same with the covariances of each mean with those of the earlier recordings."""

    def beside(test: Test, one: Summary) -> Summary:
        errors_deg = analysis.shared_deg.get((test, one.movement))
        if errors_deg is None:
            return one
        return replace(one, covariance_deg2=earlier.covariances_deg2(test, one.movement, errors_deg))

    tests = (replace(of, summary=tuple(beside(of.test, one) for one in of.summary)) for of in analysis.tests)
    return replace(analysis, tests=tuple(tests))


def _analysed(track: MotionTrack, test: Test | None, lens: Lens, mirrored: bool) -> Analysis:
    return _rounded(analyse(track.mirrored() if mirrored else track, test, lens.known))


def _rounded(analysis: Analysis) -> Analysis:
    """The same to a millionth of a degree: beyond that, numbers depend on memory alignment."""

    def rounded(item: Any) -> Any:
        values = {f.name: getattr(item, f.name) for f in fields(item)}
        near: dict[str, Any] = {k: round(float(v), 6) for k, v in values.items() if isinstance(v, float)}
        near |= {k: np.round(v, 6) for k, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}
        return replace(item, **near)

    return replace(
        analysis,
        frames=rounded(analysis.frames),
        tests=tuple(
            replace(
                of_one,
                movements=tuple(map(rounded, of_one.movements)),
                summary=tuple(map(rounded, of_one.summary)),
                differences=tuple(map(rounded, of_one.differences)),
                position_errors=tuple(
                    replace(
                        error,
                        constant=rounded(error.constant),
                        absolute=rounded(error.absolute),
                        variable=error.variable and rounded(error.variable),
                    )
                    for error in of_one.position_errors
                ),
            )
            for of_one in analysis.tests
        ),
    )


def no_movement(notices: Sequence[Notice]) -> Message:
    """What was seen instead of a movement, and what to do about it."""
    seen = [notice_message(told, clinical=True) for told in notices if told.code in SEEN]
    return message("said.no_movement", seen=seen)


def _lens(video: VideoFile, camera: str | Path | Lens | None, fov_deg: float | None, inner: Inner | None) -> Lens:
    """The lens of a video's frames; without a camera file that of the picture within its borders."""
    if camera is not None:
        lens = camera if isinstance(camera, Lens) else read_camera(camera)
        return lens_at(lens, video.width, video.height)
    left, top, width, height = inner or (0.0, 0.0, 1.0, 1.0)
    seen = max(1, round(width * video.width)), max(1, round(height * video.height))
    lens = Lens.assumed(*seen) if fov_deg is None else Lens.from_fov(*seen, fov_deg)
    return replace(
        lens,
        width=video.width,
        height=video.height,
        cx=lens.cx + left * video.width,
        cy=lens.cy + top * video.height,
    )


def _faces_ahead(
    frames: Iterable[Frame], stated: int | None, attention: Attention, ahead: int
) -> Generator[Faces, None, None]:
    """Every frame with the faces in it, found in a thread of its own while earlier frames are followed."""
    ready: queue.Queue[Faces | BaseException | None] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: Faces | BaseException | None) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for item in _find_faces(frames, stated, attention):
                put(item)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=work, name="landmarks", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = ready.get(timeout=0.2)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        attention.end()
        thread.join()


def _find_faces(frames: Iterable[Frame], stated: int | None, attention: Attention) -> Generator[Faces, None, None]:
    waiting: list[tuple[Frame, Freshness]] = []
    fresh = FreshPictures()
    with closing(OrientationFinder(stated)) as way_up, closing(FaceSearch()) as search:
        up = way_up.found
        for picture, frame in enumerate(frames):
            freshness = fresh.look(frame.time_s, frame.rgb)
            if up is None:
                waiting.append((frame, freshness))
                up = way_up.ask(frame.rgb, frame.time_s)
                if up is None:
                    if len(waiting) > WAITING:
                        yield Faces(*waiting.pop(0), [], ImageOrientation(0))
                    continue
                for earlier, before in waiting:
                    yield Faces(earlier, before, search.find(turned(earlier.rgb, up.quarters)), up)
                waiting = []
                continue
            looked = attention.wanted(picture, frame.time_s)
            faces = search.find(turned(frame.rgb, up.quarters)) if looked else None
            now = way_up.look_again(frame.rgb, frame.time_s, not looked or bool(faces))
            if now.quarters != up.quarters:
                faces = search.find(turned(frame.rgb, now.quarters))
            up = now
            yield Faces(frame, freshness, faces, up)
    for kept in waiting:
        yield Faces(*kept, [], ImageOrientation(0))


WAITING = 8
"""Frames kept until it is known which way up the picture is."""


def _seconds_seen(track: MotionTrack) -> float:
    if len(track) < 2:
        return 0.0
    return float(np.diff(track.time_s, append=track.time_s[-1])[track.valid].sum())
