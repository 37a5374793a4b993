"""One video of a study, and its name, which stays the same in every run."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from romcheck.batch.places import is_url, told, without_user
from romcheck.errors import RomcheckError
from romcheck.geometry.intrinsics import Lens
from romcheck.results import Test

if TYPE_CHECKING:
    from romcheck.reference.profile import Profile


class SourcesError(RomcheckError):
    """No video was found, or the manifest has invalid rows."""


@dataclass(frozen=True, slots=True)
class Video:
    """One video of a study, with its labels and settings.

    Attributes
    ----------
    id : the same in every run; used in tables and frames
    name : for display: relative to the study's folder, or as the manifest has it; without secrets of an address, and
        with escapes for what cannot be shown
    location : path or URL; only for opening, never shown or stored
    participant, visit, rater : from the manifest, empty where it has none
    test : the test that was done; recognised from the movement if None
    lens, camera : the calibrated lens, and the name of its file
    profile : the person's correction
    upright_deg, mirrored : as in :func:`romcheck.measure.measure`
    """

    id: str
    name: str
    location: str
    participant: str = ""
    visit: str = ""
    rater: str = ""
    test: Test | None = None
    lens: Lens | None = None
    camera: str = ""
    profile: Profile | None = None
    upright_deg: int | None = None
    mirrored: bool = False


def video_id(name: str, *labels: str) -> str:
    """A short name for tables and folders: of letters, digits and ``-_``, and different for different videos.

    ``name`` is unescaped: two names that look the same are two videos. User name and password of an address are left
    out.
    """
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", PurePosixPath(without_query(told(name))).stem).strip("-")[:40]
    whole = chr(0).join((without_user(name), *labels)).encode("utf-8", "surrogatepass")
    return f"{readable or 'video'}-{hashlib.sha256(whole).hexdigest()[:8]}"


def without_query(location: str) -> str:
    """An address without its query; a path unchanged."""
    return location.split("?", 1)[0].split("#", 1)[0] if is_url(location) else location
