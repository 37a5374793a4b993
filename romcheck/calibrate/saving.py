"""A calibration as a camera file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from romcheck import __version__
from romcheck.calibrate.boards import Board
from romcheck.calibrate.lens_fit import Calibration
from romcheck.exchange.atomic import written_whole


def camera_json(calibration: Calibration, board: Board, square_mm: float) -> dict[str, Any]:
    """Return the content of a camera file: the lens, then its uncertainty and source."""
    lens = calibration.lens
    return {
        "width": lens.width,
        "height": lens.height,
        "fx": round(lens.fx, 4),
        "fy": round(lens.fy, 4),
        "cx": round(lens.cx, 4),
        "cy": round(lens.cy, 4),
        "distortion": [round(k, 7) for k in lens.distortion],
        "focal_sd_relative": round(lens.focal_sd, 5),
        "sd": {name: round(sd, 7) for name, sd in calibration.sd.items()},
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


def write_camera(path: Path, calibration: Calibration, board: Board, square_mm: float) -> None:
    """Write a camera file; the same views give the same bytes."""
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(camera_json(calibration, board, square_mm), indent=2) + "\n", "utf-8")
