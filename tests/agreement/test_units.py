"""Tables in radians, or with signs the other way round."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from made_up import trials

from romcheck import agreement
from romcheck.agreement.files import TableError


def radians(seed=1):
    table = trials(seed=seed)
    return table.assign(angle_deg=table["angle_deg"] * math.pi / 180)


def test_a_table_in_radians_is_no_table_of_one_degree():
    with pytest.raises(TableError, match=r"angle_deg are about 1\.\d\d, too small .* in radians.*--unit rad"):
        agreement.reliability(radians())
    with pytest.raises(TableError, match=r"^B: .*in radians"):
        agreement.agree(trials(), radians(seed=2))
    coded = radians()
    coded.loc[3, "angle_deg"] = 99
    with pytest.raises(TableError, match="in radians"):
        agreement.reliability(coded.drop(columns=["movement", "test"]).query("trial == 1"))


def test_a_unit_that_is_stated_is_believed():
    for unit in ("rad", "deg"):
        assert agreement.reliability(radians(), unit=unit).parts[0].persons == 6
    returns = radians().assign(test="joint-position", movement="return_from_left", rater="x")
    assert agreement.reliability(returns.drop_duplicates(["participant", "visit", "trial"])).parts[0].persons == 6


@pytest.mark.parametrize("unit", ["deg", "rad"])
@pytest.mark.parametrize("together", [True, False])
def test_degrees_against_radians_are_no_bias(unit, together):
    with pytest.raises(TableError, match=r"A are about 57 times those of B: A seems to be in degrees and B in radians"):
        agreement.agree(trials(), radians(seed=2), unit=unit, together=together)
    with pytest.raises(TableError, match="B seems to be in degrees and A in radians"):
        agreement.agree(radians(), trials(seed=2), unit=unit, together=together)


@pytest.mark.parametrize("together", [True, False])
def test_right_turns_that_one_method_counts_as_negative(together):
    a, b = trials(seed=1), trials(seed=2)
    right = b["movement"] == "rotation_right"
    b.loc[right, "angle_deg"] *= -1
    with pytest.raises(TableError, match=r"^rotation_right: A and B count in opposite directions .*Change the sign"):
        agreement.agree(a, b, together=together)
    alone = [t[t["movement"] == "rotation_right"].drop(columns=["movement", "test"]) for t in (a, b)]
    with pytest.raises(TableError, match=r"^A and B count the angles in opposite directions"):
        agreement.agree(*alone, together=together)
    both = [t.assign(angle_deg=t["angle_deg"] * sign) for t, sign in ((a, -1), (trials(seed=2), -1))]
    assert agreement.agree(*both, together=together).parts[0].persons == 6


def test_small_errors_of_either_sign_are_no_reversed_movement():
    a = trials().assign(movement="return_from_left", test="joint-position").query("trial == 1")
    a = a.drop_duplicates(["participant", "visit"])
    study = agreement.agree(a.assign(angle_deg=4.0), a.assign(angle_deg=-4.5))
    assert study.parts[0].limits.bias.value == pytest.approx(8.5)


def sides(swapped=False, persons=8, seed=4):
    """One trial a side of persons whose sides differ by 5 to 20°, either way, read with an error of 1°."""
    rng, apart = np.random.default_rng(seed), np.random.default_rng(1).uniform(5, 20, 8) * ([1, -1] * 4)
    rows = []
    for person in range(persons):
        for side, share in (("left", 0.5), ("right", -0.5)):
            named = {"left": "right", "right": "left"}[side] if swapped else side
            angle = 50 + share * apart[person] + rng.normal(0, 1)
            rows.append((f"P{person}", "flexion-rotation", f"rotation_{named}", 1, angle))
    return pd.DataFrame(rows, columns=["participant", "test", "movement", "trial", "angle_deg"])


@pytest.mark.parametrize(
    ("other", "told"), [(sides(seed=5), False), (sides(True, seed=5), True), (sides(True, persons=4, seed=5), False)]
)
def test_sides_that_seem_swapped_are_told(other, told):
    """As where one method read mirror images; four persons are too few to say so."""
    assert any("swapped" in said for said in agreement.agree(sides(), other).said) == told
