"""A calibration as a camera file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from romcheck import __version__
from romcheck.calibrate.boards import Board
from romcheck.calibrate.lens_fit import Calibration
from romcheck.calibrate.scene import SceneCalibration
from romcheck.exchange.atomic import written_whole
from romcheck.geometry.intrinsics import Lens


def _lens_json(lens: Lens, sd: dict[str, float]) -> dict[str, Any]:
    return {
        "width": lens.width,
        "height": lens.height,
        "fx": round(lens.fx, 4),
        "fy": round(lens.fy, 4),
        "cx": round(lens.cx, 4),
        "cy": round(lens.cy, 4),
        "distortion": [round(k, 7) for k in lens.distortion],
        "focal_sd_relative": round(lens.focal_sd, 5),
        "sd": {name: round(value, 7) for name, value in sd.items()},
    }


def camera_json(calibration: Calibration, board: Board, square_mm: float) -> dict[str, Any]:
    """Return the content of a camera file: the lens, then its uncertainty and source."""
    return {
        **_lens_json(calibration.lens, calibration.sd),
        "reprojection_px": round(calibration.reprojection_px, 4),
        "distortion_model": calibration.model,
        "views": len(calibration.views),
        "board_bend_mm": round(calibration.bend_mm, 2),
        "views_dropped": list(calibration.dropped),
        "board": {
            "name": board.name,
            "columns": board.columns,
            "rows": board.rows,
            "square_mm": square_mm,
            "dictionary": board.dictionary,
        },
        "romcheck": __version__,
    }


def scene_camera_json(found: SceneCalibration) -> dict[str, Any]:
    """Return the content of a camera file from a room: the lens, then its uncertainty and source."""
    return {
        **_lens_json(found.lens, found.sd),
        "scatter_px": round(found.scatter_px, 4),
        "distortion_model": "k1 k2",
        "views": found.views,
        "scene": {
            "features": found.features,
            "turned_sideways_deg": round(found.sideways_deg, 1),
            "turned_up_deg": round(found.up_deg, 1),
            "carried": round(found.carried, 4),
        },
        "romcheck": __version__,
    }


def write_scene_camera(path: Path, found: SceneCalibration) -> None:
    """Write a camera file from a room."""
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(scene_camera_json(found), indent=2) + "\n", "utf-8")


def write_camera(path: Path, calibration: Calibration, board: Board, square_mm: float) -> None:
    """Write a camera file; the same views give the same bytes."""
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(camera_json(calibration, board, square_mm), indent=2) + "\n", "utf-8")
