"""What makes an outcome the outcome of this video, these settings and this program: when nothing of it changed, the
work is done.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from romcheck import __version__
from romcheck.batch.sources import Video
from romcheck.face.landmarks import engine_info
from romcheck.face.lens import Lens
from romcheck.results import Test

if TYPE_CHECKING:
    from romcheck.reference.profile import Profile

DIGITS = 20
"""Of a SHA-256 in file names: 80 bits tell any number of videos apart."""


@dataclass(frozen=True)
class Program:
    """What measures: version, engine, and the SHA-256 of its models."""

    romcheck: str
    engine: str
    engine_version: str
    models: dict[str, str]


@dataclass(frozen=True)
class Settings:
    """How one video is measured; the content of the camera file and of the profile counts, not their names."""

    test: Test | None = None
    lens: Lens | None = None
    fov_deg: float | None = None
    profile: Profile | None = None


@lru_cache(maxsize=1)
def this_program() -> Program:
    """The program installed here."""
    info = engine_info()
    return Program(__version__, info.name, info.version, info.models)


def settings_of(video: Video, fov_deg: float | None) -> Settings:
    """How a video is to be measured; a calibrated lens goes before a stated field of view."""
    return Settings(video.test, video.lens, None if video.lens else fov_deg, video.profile)


def recorded(settings: Settings, program: Program) -> dict[str, Any]:
    """Settings and program as plain values with names a person understands, to keep and to compare."""
    return {
        "test": settings.test,
        "lens": asdict(settings.lens) if settings.lens else None,
        "fov_deg": settings.fov_deg,
        "profile": settings.profile.model_dump(by_alias=True) if settings.profile else None,
        "romcheck": program.romcheck,
        "engine": f"{program.engine} {program.engine_version}",
        "models": program.models,
    }


def way_key(way: dict[str, Any]) -> str:
    """Short hash of how something is measured, from `recorded`."""
    text = json.dumps(way, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def outcome_name(sha256: str, way: dict[str, Any]) -> str:
    """Name an outcome is kept under: the video's content, then how it was measured."""
    return f"{sha256[:DIGITS]}-{way_key(way)}"


def content_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def changes(pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> list[str]:
    """What differs between ways of measuring, before and now, with the number of videos; the most frequent first.

    Parameters
    ----------
    pairs : of `recorded`, before and now, one a video
    """
    found: Counter[str] = Counter()
    for before, now in pairs:
        for key in now:
            if before.get(key) != now[key]:
                found[f"{WORDS[key]}{_from_to(key, before.get(key), now[key])}"] += 1
    return [f"{said} ({count} video{'s' if count > 1 else ''})" for said, count in found.most_common()]


WORDS = {
    "test": "the test",
    "lens": "the camera's lens",
    "fov_deg": "the field of view",
    "profile": "the person's own correction",
    "romcheck": "the version of romcheck",
    "engine": "the landmark engine",
    "models": "the engine's models",
}
"""What the keys of `recorded` are called where a change is told."""


def _from_to(key: str, before: Any, now: Any) -> str:
    if isinstance(before, dict) or isinstance(now, dict):
        return "" if before and now else ", now known" if now else ", now not given"
    none = "recognised" if key == "test" else "not given"
    return f" (was {before or none}, now {now or none})"
