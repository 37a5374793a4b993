"""Draw the pictures of docs/angles.md: python docs/draw_angles.py.

Line drawings of a head from above, from the front and from its right side. Pale is the starting position, dark the
posture reached.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, Polygon
from matplotlib.transforms import Affine2D
from scipy.interpolate import splev, splprep
from tables import camera_yaw_deg

FOLDER = Path(__file__).parent / "pictures"
INK, PALE, BLUE, ORANGE, GREEN = "#1A1A1A", "#B5B5B5", "#0072B2", "#D55E00", "#008A64"
AXIS_COLOURS = {"X": ORANGE, "Y": GREEN, "Z": BLUE}
FLEXED_DEG = 45.0

# Outline of a head seen from its right side, looking to the right; the origin is near the ear.
PROFILE = np.array([
    (-0.42, -0.98), (-0.55, -0.62), (-0.80, -0.28), (-0.92, 0.25), (-0.72, 0.78), (-0.15, 1.08), (0.42, 0.98),
    (0.72, 0.62), (0.78, 0.30), (0.74, 0.14), (0.88, -0.10), (0.98, -0.24), (0.80, -0.32), (0.84, -0.44),
    (0.78, -0.52), (0.82, -0.62), (0.74, -0.72), (0.76, -0.88), (0.58, -0.98), (0.26, -0.80), (0.12, -0.98),
])  # fmt: skip


def smooth(points: np.ndarray) -> np.ndarray:
    """(200, 2) curve through points."""
    spline, _ = splprep(points.T, s=0.002)
    return np.array(splev(np.linspace(0, 1, 200), spline)).T


def from_side(axes: Axes, turn_deg: float = 0, colour: str = INK, lw: float = 2, z: int = 3) -> None:
    """Head from its right side, tipped forward by turn_deg about the foot of the neck."""
    place = Affine2D().rotate_deg_around(-0.1, -1.0, -turn_deg) + axes.transData
    if colour == INK:
        axes.fill(*smooth(PROFILE).T, color="white", lw=0, transform=place, zorder=z)
    axes.plot(*smooth(PROFILE).T, color=colour, lw=lw, transform=place, zorder=z, solid_capstyle="round")
    ear = Ellipse((-0.08, -0.05), 0.2, 0.36, angle=10, fill=False, ec=colour, lw=lw * 0.8, transform=place, zorder=z)
    axes.add_patch(ear)
    axes.plot([0.5, 0.66], [0.14, 0.13], color=colour, lw=lw, transform=place, zorder=z)
    axes.plot([0.62, 0.8], [-0.53, -0.52], color=colour, lw=lw * 0.8, transform=place, zorder=z)


def trunk_from_side(axes: Axes) -> None:
    """Shoulder and chest from the right side."""
    back = smooth(np.array([(-0.42, -1.0), (-0.62, -1.3), (-0.85, -1.7), (-0.9, -2.1)]))
    front = smooth(np.array([(0.12, -1.05), (0.2, -1.3), (0.5, -1.6), (0.55, -2.1)]))
    for line in (back, front):
        axes.plot(*line.T, color=INK, lw=2, zorder=2)


def from_above(axes: Axes, turn_deg: float = 0, colour: str = INK, lw: float = 2, z: int = 3) -> None:
    """Head from above, looking up the page; its left is on the left. Turned to its left by turn_deg."""
    place = Affine2D().rotate_deg(turn_deg) + axes.transData
    face = "white" if colour == INK else "none"
    for x in (-0.76, 0.76):
        axes.add_patch(Ellipse((x, -0.05), 0.16, 0.34, fc=face, ec=colour, lw=lw, transform=place, zorder=z))
    nose = Polygon([(-0.14, 0.88), (0, 1.16), (0.14, 0.88)], closed=False, fc=face, ec=colour, lw=lw)
    nose.set(transform=place, zorder=z, joinstyle="round")
    axes.add_patch(nose)
    axes.add_patch(Ellipse((0, 0), 1.5, 1.9, fc=face, ec=colour, lw=lw, transform=place, zorder=z))


def shoulders_from_above(axes: Axes, turn_deg: float = 0, colour: str = INK) -> None:
    """Shoulders from above, turned to their left by turn_deg."""
    place = Affine2D().rotate_deg(turn_deg) + axes.transData
    axes.add_patch(Ellipse((0, -0.15), 3.9, 1.05, fc="none", ec=colour, lw=2, transform=place, zorder=1))


def from_front(axes: Axes, tip_deg: float = 0, colour: str = INK, lw: float = 2, z: int = 3) -> None:
    """Head from the front, tipped by tip_deg towards its right, which is on the left of the page."""
    place = Affine2D().rotate_deg_around(0, -1.1, tip_deg) + axes.transData
    face = "white" if colour == INK else "none"
    for x in (-0.76, 0.76):
        axes.add_patch(Ellipse((x, 0), 0.18, 0.42, fc=face, ec=colour, lw=lw, transform=place, zorder=z))
    axes.add_patch(Ellipse((0, 0), 1.5, 2.1, fc=face, ec=colour, lw=lw, transform=place, zorder=z))
    for x in (-0.3, 0.3):
        axes.add_patch(Ellipse((x, 0.15), 0.26, 0.12, fc="none", ec=colour, lw=lw * 0.8, transform=place, zorder=z))
    for points in ([(0, 0.1), (0.1, -0.25), (-0.06, -0.28)], [(-0.24, -0.58), (0, -0.62), (0.24, -0.58)]):
        axes.plot(*np.transpose(points), color=colour, lw=lw * 0.8, transform=place, zorder=z)


def trunk_from_front(axes: Axes) -> None:
    """Neck and shoulders from the front."""
    for side in (-1, 1):
        line = smooth(np.array([(0.34, -0.95), (0.38, -1.3), (0.9, -1.5), (1.45, -1.7), (1.6, -2.1)]))
        axes.plot(side * line[:, 0], line[:, 1], color=INK, lw=2, zorder=2)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, bend: float = 0) -> None:
    """Arrow from start to end; a positive bend turns anticlockwise on its way."""
    style = f"arc3,rad={bend}"
    axes.add_patch(
        FancyArrowPatch(
            start, end, connectionstyle=style, arrowstyle="-|>,head_length=7,head_width=4",
            color=colour, lw=2.2, shrinkA=0, shrinkB=0, zorder=6,
        )
    )  # fmt: skip


def sweep(axes: Axes, centre: tuple[float, float], radius: float, from_deg: float, to_deg: float, colour: str) -> None:
    """Arc with an arrow head from one page direction to another, degrees anticlockwise from the right."""
    a = np.radians(np.linspace(from_deg, to_deg, 60))
    x, y = centre[0] + radius * np.cos(a), centre[1] + radius * np.sin(a)
    axes.plot(x[:-3], y[:-3], color=colour, lw=2.2, zorder=6)
    arrow(axes, (x[-4], y[-4]), (x[-1], y[-1]), colour)


def away_or_towards(axes: Axes, at: tuple[float, float], towards: bool, colour: str) -> None:
    """Axis along the line of sight: a dot comes out of the page, a cross goes into it."""
    axes.plot(*at, "o", ms=13, mfc="white", mec=colour, mew=2, zorder=7)
    axes.plot(*at, "o" if towards else "x", ms=4 if towards else 7, mfc=colour, mec=colour, mew=2, zorder=8)


def say(axes: Axes, x: float, y: float, words: str, colour: str = INK, size: float = 11, **more: object) -> None:
    """Words centred at a place."""
    axes.text(x, y, words, ha="center", va="center", color=colour, size=size, zorder=9, **more)


def panels(n: int, titles: tuple[str, ...], limits: tuple[float, float, float, float]) -> tuple[Figure, list[Axes]]:
    """Figure with n drawings side by side."""
    x0, x1, y0, y1 = limits
    figure = Figure(figsize=(3.6 * n, 3.6 * (y1 - y0) / (x1 - x0) + 0.4), facecolor="white", layout="tight")
    every = [figure.add_subplot(1, n, i + 1) for i in range(n)]
    for axes, title in zip(every, titles, strict=True):
        axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
        axes.set_axis_off()
        axes.set_title(title, size=12, color=INK)
    return figure, every


def save(figure: Figure, name: str) -> None:
    """Write docs/pictures/name.svg, the same bytes every time."""
    with rc_context({"svg.hashsalt": "romcheck"}):
        figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None, "Creator": "romcheck"})


def draw_axes() -> None:
    """Head axes X, Y, Z in the three views."""
    titles = ("from the front", "from the right side", "from above")
    figure, (front, side, above) = panels(3, titles, (-2.1, 2.1, -2.2, 2.0))
    from_front(front, colour=PALE)
    trunk_from_front(front)
    arrow(front, (0, 0), (1.5, 0), AXIS_COLOURS["X"])
    arrow(front, (0, 0), (0, 1.6), AXIS_COLOURS["Y"])
    away_or_towards(front, (0, 0), True, AXIS_COLOURS["Z"])
    say(front, 1.5, -0.25, "X left", ORANGE)
    say(front, 0.0, 1.78, "Y up", GREEN)
    say(front, -0.4, -0.02, "Z", BLUE)
    from_side(side, colour=PALE)
    trunk_from_side(side)
    arrow(side, (0, 0), (1.5, 0), AXIS_COLOURS["Z"])
    arrow(side, (0, 0), (0, 1.6), AXIS_COLOURS["Y"])
    away_or_towards(side, (0, 0), False, AXIS_COLOURS["X"])
    say(side, 1.55, 0.22, "Z front", BLUE)
    say(side, 0.0, 1.78, "Y up", GREEN)
    say(side, -0.3, -0.02, "X", ORANGE)
    from_above(above, colour=PALE)
    shoulders_from_above(above)
    arrow(above, (0, 0), (-1.5, 0), AXIS_COLOURS["X"])
    arrow(above, (0, 0), (0, 1.6), AXIS_COLOURS["Z"])
    away_or_towards(above, (0, 0), True, AXIS_COLOURS["Y"])
    say(above, -1.6, 0.62, "X left", ORANGE)
    say(above, 0, 1.78, "Z front", BLUE)
    say(above, 0.28, -0.02, "Y", GREEN)
    save(figure, "axes")


def draw_rotation() -> None:
    """Rotation to each side, from above."""
    titles = ("rotation +, to the subject's left", "rotation −, to the subject's right")
    figure, every = panels(2, titles, (-2.1, 2.1, -1.3, 1.8))
    for axes, sign in zip(every, (1, -1), strict=True):
        shoulders_from_above(axes)
        from_above(axes, colour=PALE, lw=1.6, z=4)
        from_above(axes, 60 * sign)
        from_above(axes, colour=PALE, lw=1.6, z=4)
        sweep(axes, (0, 0), 1.4, 90, 90 + 58 * sign, BLUE)
        say(axes, -0.95 * sign, 1.4, f"{'+' if sign > 0 else '−'}60°", BLUE, 12, weight="bold")
        say(axes, -1.7, -1.1, "subject's left", size=9)
        say(axes, 1.7, -1.1, "subject's right", size=9)
    save(figure, "rotation")


def draw_flexion_extension() -> None:
    """Flexion and extension, from the right side."""
    titles = ("flexion +, chin to chest", "extension −, chin up")
    figure, every = panels(2, titles, (-2.0, 2.2, -2.1, 1.6))
    for axes, angle in zip(every, (45, -35), strict=True):
        trunk_from_side(axes)
        from_side(axes, colour=PALE, lw=1.6, z=2)
        from_side(axes, angle)
        crown = 90 - (0 if angle > 0 else 3)
        sweep(axes, (-0.1, -1.0), 2.3, crown, crown - angle, ORANGE)
        x = 0.95 if angle > 0 else -1.15
        say(axes, x, 1.38, f"{'+45' if angle > 0 else '−35'}°", ORANGE, 12, weight="bold")
    save(figure, "flexion_extension")


def draw_lateral_flexion() -> None:
    """Lateral flexion to each side, from the front."""
    titles = ("lateral flexion +, to the subject's right", "lateral flexion −, to the subject's left")
    figure, every = panels(2, titles, (-2.1, 2.1, -2.2, 1.7))
    for axes, sign in zip(every, (1, -1), strict=True):
        trunk_from_front(axes)
        from_front(axes, colour=PALE, lw=1.6, z=2)
        from_front(axes, 35 * sign)
        sweep(axes, (0, -1.1), 2.35, 90, 90 + 34 * sign, GREEN)
        say(axes, -0.9 * sign, 1.4, f"{'+' if sign > 0 else '−'}35°", GREEN, 12, weight="bold")
        say(axes, -1.5, -1.1, "subject's right", size=9)
        say(axes, 1.5, -1.1, "subject's left", size=9)
    save(figure, "lateral_flexion")


def draw_flexion_rotation() -> None:
    """Draw the flexed starting position and the turn about the head's own axis."""
    titles = ("1 start: flexed and held", "2 turn about the head's own Y", "3 seen along that axis")
    figure, (start, turn, above) = panels(3, titles, (-2.1, 2.2, -2.2, 2.0))
    foot, tip = np.array([-0.1, -1.0]), FLEXED_DEG
    up = np.array([np.sin(np.radians(tip)), np.cos(np.radians(tip))])
    for axes in (start, turn):
        trunk_from_side(axes)
        from_side(axes, tip)
    from_side(start, colour=PALE, lw=1.6, z=2)
    sweep(start, tuple(foot), 2.3, 90, 90 - tip, ORANGE)
    say(start, 0.95, 1.5, "flexion held", ORANGE)
    low, high = foot + 0.3 * up, foot + 2.75 * up
    turn.plot(*zip(low, high, strict=True), color=GREEN, lw=1.6, ls=(0, (5, 2)), zorder=5)
    say(turn, *(foot + 3.05 * up), "Y", GREEN, 13, weight="bold")
    ring = np.radians(np.linspace(-160, 130, 60))
    across = np.array([up[1], -up[0]])
    circle = (foot + 2.4 * up)[:, None] + 0.42 * np.outer(across, np.cos(ring)) + 0.14 * np.outer(up, np.sin(ring))
    turn.plot(*circle[:, :-4], color=BLUE, lw=2.2, zorder=6)
    arrow(turn, tuple(circle[:, -6]), tuple(circle[:, -1]), BLUE)
    from_above(above, 45)
    from_above(above, colour=PALE, lw=1.6, z=4)
    sweep(above, (0, 0), 1.4, 90, 134, BLUE)
    say(above, -0.75, 1.5, "+45° left", BLUE, 12, weight="bold")
    say(above, 0.0, -1.5, "0° is the held flexed posture,\nnot the upright one", size=10)
    save(figure, "flexion_rotation")


def draw_trunk() -> None:
    """Draw the trunk's own turn, taken out of the head's."""
    titles = ("trunk still: neck 60°", "trunk turned 15°: neck 45°")
    figure, every = panels(2, titles, (-2.2, 2.2, -1.4, 1.8))
    for axes, trunk in zip(every, (0, 15), strict=True):
        shoulders_from_above(axes, 0, PALE)
        shoulders_from_above(axes, trunk)
        from_above(axes, 60)
        ahead = np.radians(90 + trunk)
        axes.plot([0, 1.65 * np.cos(ahead)], [0, 1.65 * np.sin(ahead)], color=ORANGE, lw=1.4, ls=(0, (5, 2)), zorder=5)
        sweep(axes, (0, 0), 1.4, 90 + trunk, 148, BLUE)
        say(axes, -1.2, 1.35, f"{60 - trunk}°", BLUE, 12, weight="bold")
    save(figure, "trunk")


def draw_camera_yaw() -> None:
    """How a camera's yaw over-reads a turn in flexion."""
    figure = Figure(figsize=(6.4, 4.2), facecolor="white", layout="tight")
    axes = figure.add_subplot()
    turns = np.linspace(0, 60, 61)
    for flexion, style in ((60, (0, (1.5, 1))), (FLEXED_DEG, (0, (6, 1.5))), (30, (0, (6, 1.5, 1.5, 1.5))), (0, "-")):
        yaw = [camera_yaw_deg(t, flexion) for t in turns]
        colour = INK if flexion == 0 else BLUE
        axes.plot(turns, yaw, color=colour, lw=2, ls=style)
        if flexion:
            axes.text(60.7, yaw[-1], f"{flexion:.0f}° flexed", size=9.5, va="center", color=colour)
    axes.text(36, 21, "upright, and romcheck's\nrotation in any flexion", size=9.5, color=INK)
    axes.plot([35, 31], [24, 30], color=INK, lw=0.8)
    axes.set(xlim=(0, 60), ylim=(0, 80), xlabel="true turn about the head's own axis, degrees")
    axes.set_ylabel('"yaw" seen by the camera, degrees')
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#DDDDDD", lw=0.7)
    save(figure, "camera_yaw")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for draw in (
        draw_axes, draw_rotation, draw_flexion_extension, draw_lateral_flexion, draw_flexion_rotation, draw_trunk,
        draw_camera_yaw,
    ):  # fmt: skip
        draw()
