"""Camera files: what is read, and every way they can be wrong."""

import json

import numpy as np
import pytest

from romcheck.errors import CameraError
from romcheck.geometry.camera_file import lens_at, read_camera

CAMERA = {
    "width": 1280, "height": 720, "fx": 914.0, "fy": 915.0, "cx": 641.0, "cy": 361.0,
    "distortion": [-0.22, 0.06, 0.0005, -0.0005, -0.007],
}  # fmt: skip


def written(tmp_path, **changes):
    path = tmp_path / "camera.json"
    content = {key: value for key, value in {**CAMERA, **changes}.items() if value is not ...}
    path.write_text(json.dumps(content))
    return path


def test_a_camera_file_is_a_calibrated_lens(tmp_path):
    lens = read_camera(written(tmp_path, made_with="another program"))
    assert (lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy) == (1280, 720, 914.0, 915.0, 641.0, 361.0)
    assert lens.distortion == (-0.22, 0.06, 0.0005, -0.0005, -0.007)
    assert lens.known == "calibrated"


def test_optional_keys(tmp_path):
    assert read_camera(written(tmp_path, distortion=...)).distortion == (0, 0, 0, 0, 0)
    assert read_camera(written(tmp_path, focal_sd_relative=0.02)).focal_sd == 0.02
    assert read_camera(written(tmp_path, width=1280.0)).width == 1280


def test_an_editor_may_put_a_byte_order_mark_before_it(tmp_path):
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_camera(path).fx == 914.0


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (854, 480), (1280, 720), (7680, 4320)])
def test_another_size_of_the_same_shape_sees_the_same_rays(tmp_path, size):
    """The same point of the scene, at the same share of the picture, has the same viewing direction."""
    lens = read_camera(written(tmp_path))
    other = lens_at(lens, *size)
    share = np.array([[0.1, 0.2], [0.9, 0.7]])
    np.testing.assert_allclose(other.rays(share * size), lens.rays(share * (1280, 720)), atol=1e-6)


@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (1280, 722), (1920, 1088)])
def test_another_shape_is_refused(tmp_path, size):
    with pytest.raises(CameraError, match="a different aspect ratio"):
        lens_at(read_camera(written(tmp_path)), *size)


def test_a_picture_held_upright_is_refused_and_named_so(tmp_path):
    with pytest.raises(CameraError, match="filmed upright"):
        lens_at(read_camera(written(tmp_path)), 720, 1280)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fx": float("nan")}, "fx: input should be a finite number"),
        ({"cy": float("inf")}, "cy"),
        ({"fx": "914"}, "fx: input should be a valid number"),
        ({"fx": ...}, "fx: field required"),
        ({"fx": -914.0}, "fx"),
        ({"width": 0}, "width"),
        ({"width": True}, "width"),
        ({"width": 1280.5}, "width"),
        ({"distortion": [0, 0, 0]}, "distortion"),
        ({"distortion": [0, 0, 0, 0, float("nan")]}, "distortion"),
        ({"distortion": "none"}, "distortion"),
        ({"fx": 4.2, "fy": 4.2}, "field of view"),
        ({"fx": 954.0, "fy": 554.0}, "differ by more than any camera"),
        ({"cx": 5000.0}, "centre"),
        ({"focal_sd_relative": -1}, "focal_sd_relative"),
    ],
)
def test_values_no_camera_has(tmp_path, changes, said):
    with pytest.raises(CameraError, match=said):
        read_camera(written(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"a text", b"[1, 2]", b"\xff\xfe\x00binary", b'{"width": 1280'])
def test_not_a_camera_file(tmp_path, content):
    path = tmp_path / "camera.json"
    path.write_bytes(content)
    with pytest.raises(CameraError, match="cannot be used"):
        read_camera(path)


def test_a_missing_camera_file(tmp_path):
    with pytest.raises(CameraError, match="cannot be read"):
        read_camera(tmp_path / "camera.json")
    with pytest.raises(CameraError, match="cannot be read"):
        read_camera(tmp_path)
