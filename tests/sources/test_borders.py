"""A picture set into a larger frame is found; dark rooms and bright walls are no frames."""

import numpy as np
import pytest

from romcheck.sources.borders import Inner, tiled, within_borders

HEIGHT, WIDTH = 240, 320


def filmed(seed: int = 0, noise: float = 2.0) -> np.ndarray:
    """A room, somebody in it, and the noise of a camera."""
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    room = 90 + 40 * np.sin(u / 25) + 20 * np.cos(v / 18)
    room[((u - 160) / 50) ** 2 + ((v - 120) / 70) ** 2 < 1] = 170
    room = room + np.random.default_rng(seed).normal(0, noise, room.shape)
    return np.repeat(np.clip(room, 0, 255).astype(np.uint8)[..., None], 3, 2)


def framed(left: int = 0, right: int = 0, top: int = 0, bottom: int = 0, grey: int = 16) -> list[np.ndarray]:
    """The pictures within borders, of which a codec leaves a level of noise."""
    widths = ((top, bottom), (left, right), (0, 0))
    pictures = [np.pad(filmed(seed), widths, constant_values=grey) for seed in range(4)]
    for seed, picture in enumerate(pictures):
        border = np.pad(np.zeros((HEIGHT, WIDTH), bool), widths[:2], constant_values=True)
        picture[border] += np.random.default_rng(seed).integers(0, 2, (int(border.sum()), 1)).astype(np.uint8)
    return pictures


@pytest.mark.parametrize("grey", [0, 16, 250])
@pytest.mark.parametrize(
    "borders",
    [
        {"top": 150, "bottom": 150},
        {"left": 60, "right": 64},
        {"left": 100, "right": 100, "top": 40},
        {"left": 100, "right": 100, "top": 40, "bottom": 60},
    ],
)
def test_borders_on_opposite_sides_and_any_others_are_found(borders: dict[str, int], grey: int) -> None:
    pictures = framed(**borders, grey=grey)
    height, width = pictures[0].shape[:2]
    found = within_borders(pictures)
    assert found is not None
    at = found.left * width, found.top * height, found.width * width, found.height * height
    wanted = borders.get("left", 0), borders.get("top", 0), WIDTH, HEIGHT
    assert at == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize("borders", [{}, {"top": 60}, {"left": 5, "right": 5}])
def test_a_whole_picture_one_border_and_narrow_ones_are_no_frame(borders: dict[str, int]) -> None:
    assert within_borders(framed(**borders)) is None


@pytest.mark.parametrize("grey", [0, 255])
def test_a_room_without_light_or_a_burnt_out_wall_is_no_frame(grey: int) -> None:
    """Somebody in front of it has no straight edge."""
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    person = ((u - 160) / 60) ** 2 + ((v - 150) / 110) ** 2 < 1
    assert (
        within_borders([np.where(person[..., None], filmed(seed), grey).astype(np.uint8) for seed in range(4)]) is None
    )


def test_a_picture_of_one_colour_is_no_frame() -> None:
    assert within_borders([np.full((HEIGHT, WIDTH, 3), 16, np.uint8)] * 4) is None


def test_shares_are_those_of_the_whole() -> None:
    found = within_borders(framed(top=120, bottom=120))
    assert found == pytest.approx(Inner(0, 0.25, 1, 0.5), abs=0.005)


def call(columns: int, rows: int, gap: int = 0) -> list[np.ndarray]:
    """A video call, whose tiles have a dark gap between them."""
    shown = []
    for seed in range(4):
        tile = [np.clip(filmed(seed).astype(int) * (0.6 + 0.1 * (k % 5)), 0, 255) for k in range(columns * rows)]
        tile = [np.pad(np.roll(one, 40 * k, 1), ((0, gap), (0, gap), (0, 0))) for k, one in enumerate(tile)]
        grid = np.vstack([np.hstack(tile[columns * row : columns * (row + 1)]) for row in range(rows)])
        shown.append(grid[: grid.shape[0] - gap, : grid.shape[1] - gap].astype(np.uint8))
    return shown


@pytest.mark.parametrize("gap", [0, 4])
@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (3, 1), (2, 2), (3, 2)])
def test_the_tiles_of_a_call_are_found(columns: int, rows: int, gap: int) -> None:
    assert tiled(call(columns, rows, gap))


def test_one_picture_a_desk_and_a_door_behind_a_person_are_no_tiles() -> None:
    """A frame that runs from top to bottom, a little aslant as cameras hang, or straight but hidden by a person."""
    assert not tiled([filmed(seed) for seed in range(4)])
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    aslant = np.where(u > WIDTH / 2 + 0.04 * (v - HEIGHT / 2), 90, 0)
    hidden = np.where((u > WIDTH / 2) & (np.abs(u - 160) > np.where(v > 60, 60, 0)), 90, 0)
    desk = np.where(v >= HEIGHT * 2 // 3, 90, 0)
    for door in (aslant, hidden, desk):
        pictures = [np.clip(filmed(seed).astype(int) + door[..., None], 0, 255).astype(np.uint8) for seed in range(4)]
        assert not tiled(pictures)
