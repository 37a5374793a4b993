"""What a stranger sends is known before it is decoded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shots import jpeg

from romcheck.live.jpeg import jpeg_size

PICTURE = jpeg(np.zeros((36, 64, 3), np.uint8))


def test_size_stands_in_the_header():
    assert jpeg_size(PICTURE) == (64, 36)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xd9", b"GIF89a", PICTURE[:-2], PICTURE[2:], PICTURE[:20] + PICTURE[-2:]]
)
def test_what_is_no_whole_jpeg_has_no_size(data):
    assert jpeg_size(data) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data):
    jpeg_size(data)
    jpeg_size(b"\xff\xd8" + data + b"\xff\xd9")


def test_a_header_without_end_is_walked_once():
    """Segments of length nought must not be walked for ever."""
    assert jpeg_size(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50_000 + b"\xff\xd9") is None
