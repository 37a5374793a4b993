"""Video files made for a test, and the clips with known truth where they are at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from recordings import Picture, copy_beginning, write_video

# No test fails because the machine is busy.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

MakeVideo = Callable[..., Path]

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT.parent / "shared" / "bench"
SAMPLES = ROOT / "sample_videos"


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Write a video into the test's own folder: ``make_video(name, pictures, **as write_video)``."""

    def make(name: str, pictures: Iterable[Picture], **how: Any) -> Path:
        return write_video(tmp_path / name, pictures, **how)

    return make


@pytest.fixture(scope="session")
def bench_clips() -> Path:
    """Folder of the rendered clips with known truth; the test is skipped where they are not at hand."""
    folder = BENCH / "clips"
    if not folder.is_dir():
        pytest.skip("the rendered clips with known truth (../shared/bench) are not here")
    return folder


@pytest.fixture(scope="session")
def sample_videos() -> Path:
    """Folder of the sample videos in the repository."""
    if not (SAMPLES / "flexion_rotation.mp4").is_file():
        pytest.skip("the sample videos have not been made: run sample_videos/make_sample_videos.py")
    return SAMPLES


@pytest.fixture(scope="session")
def one_turn(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """First eight seconds of the rotation sample, one turn to the left: enough where the angle is not the matter."""
    return copy_beginning(sample_videos / "rotation.mp4", tmp_path_factory.mktemp("videos") / "one_turn.mp4", 8.0)
