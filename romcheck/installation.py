"""What is installed, for bug reports."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from platformdirs import user_cache_path

from romcheck import __version__
from romcheck.errors import RomcheckError, explain_import_error
from romcheck.places import data_folder

LIBRARIES = (
    "mediapipe", "numpy", "scipy", "numba", "av", "pydantic", "pyarrow", "matplotlib", "rich", "typer", "rapidocr",
)  # fmt: skip
OPENCV = (
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-python",
)


def describe() -> dict[str, str]:
    """Versions, engine, models with their SHA-256, system and paths, by name.

    What does not load is described by the sentence that says what to install.
    """
    return {
        "romcheck": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": platform.platform(),
        "processor": platform.machine(),
        **_engine(),
        **{name: _installed(name) for name in LIBRARIES},
        "OpenCV": ", ".join(f"{name} {_installed(name)}" for name in OPENCV if _installed(name) != "missing"),
        **_loading(),
        "data folder": str(data_folder()),
        "romcheck lies in": str(Path(__file__).resolve().parent),
        "Python lies in": sys.executable,
    }


def compiled_before() -> bool:
    """Whether the inner loops were compiled on this computer before, told without loading the compiler."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    beside, users = Path(__file__).parent / "tracking" / "__pycache__", user_cache_path("numba", appauthor=False)
    folders = [Path(named)] if named else [beside, users]
    return any(folder.is_dir() and any(folder.rglob("kernels.match*.nbi")) for folder in folders)


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _engine() -> dict[str, str]:
    try:
        from romcheck.person.landmarks import engine_info

        engine = engine_info()
    except RomcheckError as error:
        return {"engine": str(error)}
    except ImportError as error:
        return {"engine": str(explain_import_error(error))}
    models = {f"model {number}": f"{name} {sha}" for number, (name, sha) in enumerate(engine.models.items(), 1)}
    return {"engine": f"{engine.name} {engine.version}", **models}


def _loading() -> dict[str, str]:
    """Load the two libraries that need system libraries, and return the version of the bundled FFmpeg."""
    facts = {}
    try:
        import av

        versions = av.library_versions
        facts["FFmpeg"] = ", ".join(f"{name} {'.'.join(map(str, number))}" for name, number in versions.items())
    except ImportError as error:
        facts["FFmpeg"] = str(explain_import_error(error))
    try:
        import cv2

        facts["cv2"] = cv2.__version__
    except ImportError as error:
        facts["cv2"] = str(explain_import_error(error))
    return facts
