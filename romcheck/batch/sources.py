"""The videos of a study: a folder, a pattern, single files, or a manifest."""

from __future__ import annotations

import glob
import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from romcheck.batch.manifest import read_manifest
from romcheck.batch.places import Reach, files_under, found_by, is_url, local_path, told
from romcheck.batch.videos import SourcesError, Video, video_id, without_query
from romcheck.geometry.camera_file import read_camera
from romcheck.names import shown
from romcheck.results import Test

VIDEO_ENDINGS = (
    ".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".wmv", ".3gp", ".flv", ".ogv",
    ".ts", ".m2t", ".mod", ".tod", ".vob", ".m2v", ".qt", ".asf", ".divx", ".dv", ".mxf", ".3g2", ".f4v", ".gif",
)  # fmt: skip
"""Endings a folder is searched for, in upper or lower case; a single named file may have any."""

MANIFEST_ENDINGS = (".csv", ".parquet")


def videos_of(
    sources: Sequence[str],
    *,
    test: Test | None = None,
    camera: str | None = None,
    upright_deg: int | None = None,
    mirrored: bool = False,
    reach: Reach | None = None,
) -> tuple[Video, ...]:
    """Every video of the sources, sorted by name.

    Parameters
    ----------
    sources : folders, patterns with ``*``, video files, or one manifest (CSV or Parquet)
    test, camera, upright_deg, mirrored : for every video for which the manifest states nothing else
    reach : kinds of addresses that may be opened

    Raises
    ------
    RomcheckError
        When nothing is found, or rows of the manifest are wrong; all of them are listed.
    """
    reach = reach or Reach()
    manifests = [source for source in sources if without_query(source).lower().endswith(MANIFEST_ENDINGS)]
    if manifests:
        if len(sources) > 1:
            raise SourcesError("one_manifest", manifests=told(manifests[0]))
        reach.connect(manifests[0])
        return read_manifest(
            manifests[0], test=test, camera=camera, upright_deg=upright_deg, mirrored=mirrored, reach=reach
        )
    lens = read_camera(camera) if camera is not None else None
    found = [named for source in sources for named in _found(source, len(sources) == 1, reach)]
    videos = {
        name: Video(
            video_id(name),
            told(name),
            location,
            test=test,
            lens=lens,
            camera=shown(camera or ""),
            upright_deg=upright_deg,
            mirrored=mirrored,
        )
        for name, location in found
    }
    return tuple(sorted(videos.values(), key=lambda video: (video.name, video.id)))


def files_in(folder: Path) -> Iterator[Path]:
    """Every file in a folder and the folders in it. Hidden ones are left out: programs keep copies there.

    Links to folders are followed, after the real folders; each folder is searched once, so that a link to a parent
    folder does not loop.
    """
    been: set[str] = set()
    waiting = deque([str(folder)])
    while waiting:
        start = waiting.popleft()
        if os.path.realpath(start) in been:
            continue
        for root, folders, names in os.walk(start):
            been.add(os.path.realpath(root))
            seen = sorted(name for name in folders if not name.startswith("."))
            links = [name for name in seen if os.path.islink(os.path.join(root, name))]
            waiting.extend(os.path.join(root, name) for name in links)
            folders[:] = [name for name in seen if os.path.realpath(os.path.join(root, name)) not in been]
            yield from (Path(root, name) for name in sorted(names) if not name.startswith("."))


def outside(videos: tuple[Video, ...], study: str) -> tuple[Video, ...]:
    """Leave out files in the study folder itself."""
    inside = local_path(study)
    if inside is None:
        return videos
    whole = Path(os.path.realpath(inside))  # unlike resolve(), it allows a link to itself
    kept = tuple(v for v in videos if is_url(v.location) or whole not in Path(os.path.realpath(v.location)).parents)
    return kept or videos


def _found(source: str, alone: bool, reach: Reach) -> list[tuple[str, str]]:
    """Name and location of every video of one source."""
    if not source.strip():
        raise SourcesError("name_empty")
    reach.check(source)
    marks = "*[" if is_url(source) else "*?["  # a question mark in an address is not a pattern
    if any(mark in without_query(source) for mark in marks) and not _exists(source):
        reach.connect(source)
        paths = found_by(source) if is_url(source) else sorted(glob.glob(source, recursive=True))
        paths = [path for path in paths if path.lower().endswith(VIDEO_ENDINGS)]
        if not paths:
            raise SourcesError("no_video_fits", source=told(source), endings=_endings())
        return [(_slashes(path), path) for path in paths]
    path = local_path(source)
    if path is not None and not _exists(source):
        raise SourcesError("nowhere", source=told(source))
    if path is not None and not path.is_dir():
        return [(_slashes(source), source)]
    if path is None:
        if without_query(source).lower().endswith(VIDEO_ENDINGS):
            return [(source, source)]
        reach.connect(source)
        inside = [(file.removeprefix(source.rstrip("/") + "/"), file) for file in files_under(source)]
        inside = [(name, file) for name, file in inside if not any(p.startswith(".") for p in name.split("/"))]
    else:
        inside = [(_slashes(str(file.relative_to(path))), str(file)) for file in files_in(path)]
    videos = [
        (name if alone else f"{_slashes(source).rstrip('/')}/{name}", file)
        for name, file in inside
        if name.lower().endswith(VIDEO_ENDINGS)
    ]
    if not videos:
        endings = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name, _ in inside)
        held = ", ".join(f"{count} × {ending}" for ending, count in endings.most_common(5)) or "nothing"
        raise SourcesError("no_videos", source=told(source), endings=_endings(), held=shown(held))
    return videos


def _exists(source: str) -> bool:
    path = local_path(source)
    return path is not None and os.path.exists(path)  # unlike Path.exists(), it allows a name that is too long


def _slashes(path: str) -> str:
    return path if is_url(path) else path.replace("\\", "/")


def _endings() -> str:
    return ", ".join(VIDEO_ENDINGS)
