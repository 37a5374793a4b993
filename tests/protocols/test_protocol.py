"""The tests and the sides of their movements."""

import typing

import numpy as np
import pytest

from romcheck.motion.rotations import anatomical, compose
from romcheck.protocols import PROTOCOLS
from romcheck.results import Test

CROWN, NOSE, LEFT = np.array([0, 1.0, 0]), np.array([0, 0, 1.0]), np.array([1.0, 0, 0])


def test_there_is_a_protocol_for_every_test():
    assert set(PROTOCOLS) == set(typing.get_args(Test))


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=lambda p: p.test)
@pytest.mark.parametrize("sign", [1, -1])
def test_names_say_where_the_head_goes(protocol, sign):
    """A left rotation takes the nose left, a left side-bend the crown left, flexion the nose down; a return is named by
    the side it comes from.
    """
    angles = [0.0, 0.0, 0.0]
    angles[protocol.axis] = sign * 30
    head = compose(*angles)
    assert anatomical(head).of(protocol.axis) == pytest.approx(sign * 30)
    went = {
        "rotation_left": head @ NOSE @ LEFT,
        "rotation_right": -(head @ NOSE @ LEFT),
        "return_from_left": head @ NOSE @ LEFT,
        "return_from_right": -(head @ NOSE @ LEFT),
        "flexion": -(head @ NOSE @ CROWN),
        "extension": head @ NOSE @ CROWN,
        "lateral_flexion_left": head @ CROWN @ LEFT,
        "lateral_flexion_right": -(head @ CROWN @ LEFT),
    }
    assert went[protocol.name(sign)] > 0.4


def test_reports_name_the_left_first():
    firsts = [p.movements[0] for p in PROTOCOLS.values()]
    assert firsts == ["rotation_left", "rotation_left", "flexion", "lateral_flexion_left", "return_from_left"]


def test_flexion_gates_belong_to_the_test_in_flexion_only():
    assert [p.test for p in PROTOCOLS.values() if "flexion_lost" in p.gates] == ["flexion-rotation"]
