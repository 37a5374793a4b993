"""What identifies an outcome: the video, the settings and the program. While these stay the same, it is reused."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from romcheck import __version__
from romcheck.batch.videos import Video
from romcheck.geometry.intrinsics import Lens
from romcheck.person.landmarks import engine_info
from romcheck.results import Test
from romcheck.sources.writing import reader

if TYPE_CHECKING:
    from romcheck.reference.profile import Profile

DIGITS = 20
"""Characters of a SHA-256 in file names: 80 bits distinguish any number of videos."""

MEASURING = (
    "arrays.py",
    "geometry",
    "motion",
    "person",
    "protocols",
    "sources",
    "tracking",
    "measure.py",
    "nothing_found.py",
    "notices.py",
    "results.py",
    "statistics/__init__.py",
    "reference/profile.py",
)
"""Packages and modules that an angle depends on."""


@dataclass(frozen=True)
class Program:
    """The measuring program: version, start of the SHA-256 of the code, engine, the SHA-256 of its models, and what
    reads writing, if anything does.
    """

    romcheck: str
    code: str
    engine: str
    engine_version: str
    models: dict[str, str]
    writing: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings for one video; camera file and profile count by content, not by name."""

    test: Test | None = None
    lens: Lens | None = None
    fov_deg: float | None = None
    profile: Profile | None = None
    upright_deg: int | None = None
    mirrored: bool = False


@lru_cache(maxsize=1)
def this_program() -> Program:
    """The program installed here."""
    info = engine_info()
    return Program(__version__, measuring_code(), info.name, info.version, info.models, reader())


@lru_cache(maxsize=1)
def measuring_code() -> str:
    """Start of the SHA-256 of the code that measures, the same on every system.

    Code also changes between versions, and a number raised by hand would be forgotten.
    """
    package, digest = Path(str(files("romcheck"))), hashlib.sha256()
    parts = [package / part for part in MEASURING]
    if missing := [part.name for part in parts if not part.exists()]:
        raise FileNotFoundError(f"of the code that measures, {', '.join(missing)} is not there")
    for path in sorted(path for part in parts for path in ([part] if part.suffix else part.rglob("*.py"))):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:DIGITS]


def settings_of(video: Video, fov_deg: float | None) -> Settings:
    """Settings for a video; a calibrated lens takes precedence over a stated field of view."""
    return Settings(
        video.test, video.lens, None if video.lens else fov_deg, video.profile, video.upright_deg, video.mirrored
    )


def recorded(settings: Settings, program: Program) -> dict[str, Any]:
    """Settings and program as plain values with readable names, to store and compare."""
    return {
        "test": settings.test,
        "lens": asdict(settings.lens) if settings.lens else None,
        "fov_deg": settings.fov_deg,
        "profile": settings.profile.model_dump(by_alias=True) if settings.profile else None,
        "upright_deg": settings.upright_deg,
        "mirrored": settings.mirrored,
        "romcheck": program.romcheck,
        "code": program.code,
        "engine": f"{program.engine} {program.engine_version}",
        "models": program.models,
    }


def way_key(way: dict[str, Any]) -> str:
    """Short hash of how something is measured, from `recorded`."""
    text = json.dumps(way, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def outcome_name(sha256: str, way: dict[str, Any]) -> str:
    """Name of a stored outcome: the video's content, then the hash of settings and program."""
    return f"{sha256[:DIGITS]}-{way_key(way)}"


WORDS = {
    "test": "the test",
    "lens": "the camera lens",
    "fov_deg": "the field of view",
    "profile": "the person's correction",
    "upright_deg": "the orientation of the picture",
    "mirrored": "whether the picture is mirrored",
    "romcheck": "the version of romcheck",
    "code": "the measuring code",
    "engine": "the landmark engine",
    "models": "the engine's models",
}
"""Names of the keys of `recorded` in messages."""

GIVEN = "given"
"""Placeholder for a value that is not a single word."""


@dataclass(frozen=True)
class Change:
    """A difference from earlier measurements.

    Attributes
    ----------
    key : as in `recorded`
    before, now : the values, ``GIVEN`` where they are not a single word, empty where there is none
    videos : number affected
    """

    key: str
    before: str
    now: str
    videos: int

    def __str__(self) -> str:
        none = "recognised" if self.key == "test" else "not given"
        both = "" if self.before == self.now else f"was {self.before or none}, now {self.now or none}; "
        return f"{WORDS[self.key]} ({both}{self.videos} video{'s' if self.videos > 1 else ''})"


def changes(pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> list[Change]:
    """Differences between earlier and current settings, with the number of videos; most frequent first.

    Parameters
    ----------
    pairs : of `recorded`, before and now, one per video
    """
    found: Counter[tuple[str, str, str]] = Counter()
    for before, now in pairs:
        found.update(
            (key, _word(key, before.get(key)), _word(key, now[key])) for key in now if before.get(key) != now[key]
        )
    return [Change(*change, videos) for change, videos in found.most_common()]


def _word(key: str, value: Any) -> str:
    if not value:
        return ""
    if isinstance(value, dict) or key == "code":
        return GIVEN
    return f"{value:g}" if isinstance(value, float) else str(value)
