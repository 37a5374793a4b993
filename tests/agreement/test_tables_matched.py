"""Tables as people keep them: which rows belong together, and which are said to be left out."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pytest
from made_up import trials
from published import JUDGES, SYSTOLIC_FILE

from romcheck import agreement
from romcheck.agreement.reading import TableError, read_table
from romcheck.agreement.study import BETWEEN
from romcheck.statistics.reliability import mean_squares


def reasons(study):
    return study.left_out["why"].str.partition(":")[0].value_counts().to_dict()


def test_sides_are_never_pooled():
    a, b = trials(seed=1), trials(seed=2)
    b.loc[b["movement"] == "rotation_left", "angle_deg"] -= 4
    study = agreement.agree(a, b)
    found = {part.movement: part.limits.bias.value for part in study.parts}
    assert set(found) == {"rotation_left", "rotation_right"}
    assert found["rotation_left"] == pytest.approx(4, abs=0.6)
    assert found["rotation_right"] == pytest.approx(0, abs=0.6)
    assert [(p.persons, p.limits.pairs, p.way) for p in study.parts] == [(6, 36, "together")] * 2


def test_one_value_a_person_is_not_compared_with_both_sides():
    a, b = trials(seed=1), trials(seed=2)
    one = b[b["movement"] == "rotation_left"].drop(columns="movement")
    for pair in ((a, one), (one, a)):
        with pytest.raises(TableError, match="has several movements"):
            agreement.agree(*pair)
    assert agreement.agree(a[a["movement"] == "rotation_left"], one).parts[0].persons == 6


def test_one_person_with_two_raters_of_three_is_not_said_to_have_none():
    table = pd.DataFrame(
        {"person": ["1", "1", "2"], "rater": ["A", "B", "C"], "movement": "rotation_left", "angle": [61.0, 62.0, 70.0]}
    )
    with pytest.raises(TableError, match="only one person"):
        agreement.reliability(table, over="rater")
    with pytest.raises(TableError, match="nobody has a value for two raters"):
        agreement.reliability(table.iloc[1:], over="rater")


def test_rows_are_matched_whatever_their_order_and_the_names_of_columns(tmp_path):
    a = trials()
    b = trials(shift=2, seed=1).sample(frac=1, random_state=3)
    b = b.rename(columns={"participant": "subject", "angle_deg": "rom", "visit": "session"})
    b["movement"] = b["movement"].str.replace("_", " ").str.title()
    b = b.drop(columns=["video", "at_least", "quality", "reasons"])
    a.to_parquet(tmp_path / "movements.parquet")
    b.to_csv(tmp_path / "reference.csv", sep=";", decimal=",", index=False)
    study = agreement.agree(tmp_path / "movements.parquet", tmp_path / "reference.csv")
    for part in study.parts:
        assert part.limits.bias.value == pytest.approx(-2)
        assert part.limits.sd == pytest.approx(0, abs=1e-9)
    assert study.left_out.empty
    assert "person = subject" in " ".join(study.said)
    assert (study.a, study.b) == ("movements", "reference")


def test_everything_that_takes_no_part_is_listed_with_its_reason():
    a, b = trials(seed=1), trials(seed=2)
    a.loc[0, "angle_deg"] = math.nan
    a.loc[1, ["quality", "reasons"]] = ["rejected", "trunk_turned"]
    a.loc[2, "at_least"] = True
    b = b.drop(index=[3])
    same, other = b.loc[[10]], b.loc[[11]].assign(angle_deg=1.0)
    b = pd.concat([b, same, other], ignore_index=True)
    study = agreement.agree(a, b, methods=["video", "goniometer"])
    assert reasons(study) == {
        "no value": 1,
        "rejected": 1,
        "the movement went on beyond what was seen": 1,
        # Partners of the three above, the partner of the one taken away, and that of the ambiguous one.
        "unmatched": 5,
        "duplicate": 3,
    }
    listed = study.left_out
    assert "rejected: trunk_turned" in set(listed["why"])
    assert listed.loc[listed["why"] == "no value", "row"].tolist() == [2]
    everything = sum(part.limits.pairs for part in study.parts) * 2 + len(listed)
    assert everything == len(a) + len(b)


def test_rejected_movements_count_when_asked_for():
    a, b = trials(seed=1), trials(seed=2)
    a["quality"] = "rejected"
    with pytest.raises(TableError, match=r"No row of A can be used \(rejected\)"):
        agreement.agree(a, b)
    assert agreement.agree(a, b, with_rejected=True).parts[0].limits.pairs == 36


def test_two_tests_with_the_same_movement_are_not_mixed():
    a = pd.concat([trials(), trials().assign(test="flexion-rotation")])
    with pytest.raises(TableError, match="must not be mixed"):
        agreement.agree(a, trials().drop(columns=["test", "video"]))
    both = agreement.agree(a, a.assign(angle_deg=a["angle_deg"] + 1))
    assert {(p.test, p.movement) for p in both.parts} == {
        (t, m) for t in ("rotation", "flexion-rotation") for m in ("rotation_left", "rotation_right")
    }


def test_methods_in_one_table():
    data = pd.concat([trials(seed=1).assign(method="video"), trials(3, seed=1).assign(method="CROM")])
    study = agreement.agree(data)
    assert (study.a, study.b) == ("video", "CROM")
    assert study.parts[0].limits.bias.value == pytest.approx(-3)
    with pytest.raises(TableError, match="--methods"):
        agreement.agree(pd.concat([data, trials().assign(method="third")]))


def test_participant_007_is_not_participant_7(tmp_path):
    a = trials()
    a.to_csv(tmp_path / "a.csv", index=False)
    assert read_table(tmp_path / "a.csv").rows["person"].unique().tolist()[:2] == ["001", "002"]
    b = a.assign(participant=a["participant"].str.lstrip("0"))
    with pytest.raises(TableError, match=r"One person or two\? 001 \(a, line 2\) and 1 \(B, line 2\)"):
        agreement.agree(tmp_path / "a.csv", b, methods=["a", "B"])


@pytest.mark.parametrize(
    ("key", "written"), [("participant", "{:02d}"), ("participant", "P{:02d}"), ("trial", "{:02d}")]
)
def test_leading_zeros_leave_nobody_unmatched(key, written):
    """Persons 00 to 11 against 0 to 11: only 10 and 11 would match."""
    numbers = range(12)
    a = pd.DataFrame({"participant": "x", "trial": "1", "angle_deg": [50.0 + n for n in numbers]})
    b = a.assign(**{key: [written.replace(":02d", "").format(n) for n in numbers]})
    a = a.assign(**{key: [written.format(n) for n in numbers]})
    with pytest.raises(TableError, match=r"or two\? .*differ only in capitals, spaces or leading zeros"):
        agreement.agree(a, b)


def test_one_date_written_in_two_ways_is_not_two_visits():
    rows = trials(persons=6)
    others = rows["visit"].map({1: "2.3.2026", 2: "4 May 2026"})
    rows["visit"] = rows["visit"].map({1: "2026-03-02", 2: "2026-05-04"}).where(rows["participant"] != "003", others)
    with pytest.raises(TableError, match=r"One visit or two\? 2026-03-02 .* and 2\.3\.2026"):
        agreement.reliability(rows)


def test_a_zero_behind_the_point_is_another_name():
    a = pd.DataFrame({"person": ["1.05", "1.5", "10", "1"], "angle": [50.0, 60.0, 55.0, 58.0]})
    assert agreement.agree(a, a.assign(angle=a["angle"] + [1, 2, 1, 2])).parts[0].persons == 4


def test_reliability_over_visits_averages_trials():
    data = trials(visits=(1, 2, 3), persons=8)
    study = agreement.reliability(data)
    assert study.over == "visit"
    for part in study.parts:
        wide = data[data["movement"] == part.movement].pivot_table("angle_deg", "participant", "visit")
        ms = mean_squares(wide.to_numpy())
        assert part.reliability.sem.value == pytest.approx(math.sqrt(ms.error))
        assert part.reliability.columns == ("1", "2", "3")
        # Trials run 1, 2, 3 with noise of SD 1: a spread of about √2.
        assert part.reliability.trial_sd == pytest.approx(math.sqrt(2), rel=0.25)
    two = agreement.reliability(data[data["visit"] < 3])
    # Every second visit is 2 higher.
    assert two.parts[0].limits.bias.value == pytest.approx(2, abs=0.7)
    assert "For 95 of 100 means of a visit the difference" in agreement.sentence(two, two.parts[0])
    assert "Several trials of one visit were averaged" in agreement.markdown(two)
    single = agreement.reliability(data.query("visit < 3 and trial == 1"))
    assert "For 95 of 100 single measurements" in agreement.sentence(single, single.parts[0])
    assert "averaged" not in agreement.markdown(single)
    assert two.parts[0].reliability.sem_agreement > two.parts[0].reliability.sem.value


def test_equal_readings_of_a_table_without_trials_are_readings_too():
    """Bland & Altman 1999, three readings by each method: whole mmHg, and many of them the same."""
    readings = pd.read_csv(SYSTOLIC_FILE).drop(columns="trial")
    study = agreement.agree(readings, methods=["J", "S"], unit="mmHg")
    assert len(study.left_out) == 0
    assert round(study.parts[0].limits.sd, 2) == 20.95

    rows = [("A", 1, 60), ("A", 1, 60), ("A", 1, 63), ("A", 2, 62), ("B", 1, 50), ("B", 2, 52)]
    repeated = agreement.reliability(pd.DataFrame(rows, columns=["person", "visit", "angle"]))
    assert sorted(repeated.parts[0].difference) == [1, 2]


def test_a_row_written_twice_in_a_table_without_repetitions_is_left_out():
    table = trials().query("trial == 1").drop(columns="trial")
    study = agreement.reliability(pd.concat([table, table.iloc[:1]]))
    assert study.left_out["why"].tolist() == ["duplicate: an earlier row is the same"]


def test_another_rater_the_second_time_makes_a_change_harder_to_tell():
    """Shrout & Fleiss 1979, four judges: MSE 1.0194, between judges (32.4861 - 1.0194) / 6 more."""
    rows = [(person, judge, JUDGES[person, judge]) for person in range(6) for judge in range(4)]
    study = agreement.reliability(pd.DataFrame(rows, columns=["person", "rater", "value"]))
    same, other = (1.96 * math.sqrt(2 * variance) for variance in (1.0194, 1.0194 + 31.4667 / 6))
    told = agreement.sentence(study, study.parts[0])
    assert f"from {same:.1f}° on (MDC95 with the same rater both times; {other:.1f}° if another one measures" in told


def test_who_missed_a_visit_is_listed():
    data = trials()
    data = data[~((data["participant"] == "003") & (data["visit"] == 2))]
    study = agreement.reliability(data)
    assert [part.persons for part in study.parts] == [5, 5]
    assert set(study.left_out["why"]) == {"unmatched: nothing at visit 2"}
    assert len(study.left_out) == 6


def test_what_would_be_mixed_or_is_missing_is_refused():
    with pytest.raises(TableError, match="measured twice"):
        agreement.reliability(trials(visits=(1,)).query("trial == 1"))
    with pytest.raises(TableError, match="--person video"):
        agreement.reliability(trials().assign(participant=""))
    with pytest.raises(TableError, match="no column goniometer"):
        agreement.agree(trials(), trials(), columns={"value": "goniometer"})


def test_raters_and_visits_are_told_apart():
    """Without --over both at once; with it, each level of the other separately. Every error says what to do."""
    data = pd.concat([trials(seed=1).assign(rater="x"), trials(seed=2).assign(rater="y")])
    both = agreement.reliability(data)
    assert both.over == "rater and visit"
    assert [part.facet for part in both.parts] == [*BETWEEN] * 2
    # Every second visit is 2 higher: a systematic difference, in the agreement and not in the consistency.
    for raters, visits, _ in (both.parts[:3], both.parts[3:]):
        assert visits.reliability.sem_agreement > math.sqrt(2) > raters.reliability.sem_agreement
    one = agreement.reliability(data, over="rater")
    assert [part.facet for part in one.parts] == ["visit 1", "visit 2"] * 2
    assert agreement.reliability(data, over="visit").parts[0].facet == "rater x"
    assert agreement.table(both).shape[0] == 6
    gaps = agreement.reliability(data.drop(data.index[(data["participant"] == "002") & (data["visit"] == 2)]))
    assert {part.persons for part in gaps.parts} == {5}
    assert set(gaps.left_out["why"]) == {"not measured by every rater at every visit"}


def test_a_visit_few_persons_have_does_not_shrink_the_study():
    """Twelve persons at two visits and three of them at a third: twelve are used, with or without the third."""
    data = trials(persons=12, visits=(1, 2, 3)).query("visit < 3 or participant < '004'")
    usual = agreement.reliability(data)
    assert [part.persons for part in usual.parts] == [12, 12]
    assert usual.parts[0].limits is not None
    assert any("visit 3 (--every-visit" in text for text in usual.said)
    every = agreement.reliability(data, every_visit=True)
    assert [part.persons for part in every.parts] == [12, 12]
    assert not every.parts[0].reliability.complete
    assert "restricted maximum likelihood" in agreement.markdown(every)
    chosen = agreement.reliability(data, visits=("1", "3"))
    assert [part.persons for part in chosen.parts] == [3, 3]


@pytest.mark.parametrize("key", ["trial", "visit"])
def test_numbers_that_begin_elsewhere_are_not_matched(key):
    """Trials 1 to 3 against 0 to 2: trial 1 of one would be compared with the second of the other."""
    a, b = trials(seed=1).query("visit == 1 or trial < 3"), trials(seed=2)
    b = b.assign(**{key: b[key] - 1}).drop(columns="video").drop(index=[3, 20])
    told = rf"{key} 1, 2(, 3)? in A and 0, 1(, 2)? in B\).*--match person,test,movement,visit,trial"
    with pytest.raises(TableError, match=rf"{key} numbers of A are those of B plus 1 .*person 001, .*{told}"):
        agreement.agree(a, b)
    with pytest.raises(TableError, match=rf"{key} numbers of B are those of A plus 1"):
        agreement.agree(b, a, methods=["A", "B"])
    stated = agreement.agree(a, b, match_by=["person", "test", "movement", "visit", "trial"])
    assert sum(part.limits.pairs for part in stated.parts) < len(a)


def test_trials_that_one_table_lacks_are_no_shift():
    """The first trial as practice, or a row missing here and there."""
    a, b = trials(seed=1), trials(seed=2).drop(columns="video")
    assert agreement.agree(a, b.query("trial > 1")).parts[0].limits.pairs == 24
    assert agreement.agree(a.query("trial < 3"), b.drop(index=[0, 9, 14, 30])).parts[0].limits.pairs > 20
    assert agreement.agree(a, b.assign(trial=b["trial"] - 1), together=False).parts[0].way == "separate"


def test_one_person_and_no_spread_do_not_break_anything():
    study = agreement.agree(trials(persons=1, visits=(1,)), trials(persons=1, visits=(1,), seed=2))
    part = study.parts[0]
    assert part.reliability is None
    assert math.isnan(part.limits.sd)
    assert "One person says nothing about the variation" in agreement.sentence(study, part)
    same = agreement.agree(trials(), trials())
    assert same.parts[0].limits.sd == pytest.approx(0, abs=1e-12)
    assert agreement.table(same).shape[0] == 2


def test_a_reference_without_visits_is_not_matched_by_chance():
    once = trials(visits=(1,)).drop(columns=["visit", "video"])
    with pytest.raises(TableError, match=r"distinguishes them there \(visit, video\) is not in the other table"):
        agreement.agree(trials(), once)


def test_names_of_persons_and_visits_survive_every_program():
    whole = trials().assign(participant=lambda t: 1234567 + t["participant"].astype(int))
    a = whole.assign(participant=whole["participant"].astype(float), trial=whole["trial"].astype(float))
    b = whole.assign(participant=whole["participant"].astype(str), trial=whole["trial"].map("{}.0".format))
    assert agreement.agree(a, b).left_out.empty
    assert read_table(a).rows["person"].nunique() == 6


@pytest.mark.parametrize(
    ("visits", "difference"),
    [
        ((2, 10), "visit 10 visit 2"),
        (("pre", "post"), "visit post visit pre"),
        (("2026-03-01", "2026-02-01"), "visit 2026-03-01 visit 2026-02-01"),
    ],
)
def test_the_later_visit_minus_the_earlier(visits, difference):
    data = trials()
    study = agreement.reliability(data.assign(visit=data["visit"].map({1: visits[0], 2: visits[1]}).astype(str)))
    assert f"{study.a} {study.b}" == difference


def test_thousands_of_trials_are_matched():
    many = trials(persons=600)
    twice = pd.concat([many, many.iloc[:50]])
    study = agreement.agree(many, twice)
    assert sum(part.limits.pairs for part in study.parts) == len(many)
    assert len(study.left_out) == 50


def test_a_table_whose_rows_differ_by_a_column_nobody_named_is_refused():
    """Trials of two occasions: without the occasion each has another of the same number."""
    rows = [
        (p, trial, when, 60.0 + n) for n, (p, trial, when) in enumerate(product("ABC", (1, 2), ("spring", "autumn")))
    ]
    table = pd.DataFrame(rows, columns=["person", "trial", "season", "angle"])
    for lacking in (table, pd.concat([table, table.iloc[:1].assign(person="D")])):
        with pytest.raises(TableError, match=r"12 of 1[23] rows .* same person, trial and a different value"):
            agreement.reliability(lacking)
    assert agreement.reliability(table, columns={"visit": "season"}, visits=("spring", "autumn")).parts[0].persons == 3


def test_visits_on_days_of_their_own_are_numbered_for_each_person():
    """As in any clinic; the same days for everybody would be visits by themselves."""
    days = {"A": ("2026-03-02", "2026-04-10"), "B": ("2026-03-05", "2026-04-02"), "C": ("2026-02-27", "2026-05-01")}
    rows = [(p, on, 60.0 + 4 * "ABC".index(p) + k) for p, both in days.items() for k, on in enumerate(both)]
    table = pd.DataFrame(rows[::-1], columns=["Subject ID", "visit date", "angle"])
    study = agreement.reliability(table)
    assert (study.a, study.b, study.parts[0].persons) == ("visit 2", "visit 1", 3)
    assert any("days of their own" in said for said in study.said)
    numbered = table.assign(visit=[2, 1] * 3).drop(columns="visit date")
    assert study.parts[0].reliability == agreement.reliability(numbered).parts[0].reliability


def test_one_recording_named_twice_is_no_repetition():
    rows = trials(persons=8).assign(video=lambda t: t["participant"] + "-" + t["visit"].astype(str) + ".mp4")
    once = agreement.reliability(rows.assign(same_as=None))
    # Each first visit is in the table again as a third one, under the name of a copy.
    copies = rows[rows["visit"] == rows["visit"].min()]
    copies = copies.assign(same_as=copies["video"], video="copy of " + copies["video"], visit=rows["visit"].max() + 1)
    twice = agreement.reliability(pd.concat([rows.assign(same_as=None), copies], ignore_index=True))
    assert [part.reliability for part in twice.parts] == [part.reliability for part in once.parts]
    assert set(twice.left_out["why"].str.partition(" recording as ")[0]) == {"the same"}
    assert len(twice.left_out) == len(copies)
    assert any("8 videos with the content of another" in said for said in twice.said)


def test_root_mean_square_is_of_the_pairs_the_limits_rest_on():
    rows = pd.DataFrame({"person": ["A", "A", "B", "B"], "movement": "rotation_left", "trial": [1, 2, 1, 2]})
    study = agreement.agree(rows.assign(angle=[50.0, 54.0, 60.0, 60.0]), rows.assign(angle=[52.0, 52.0, 59.0, 63.0]))
    assert study.parts[0].rmse == pytest.approx(((4 + 4 + 1 + 9) / 4) ** 0.5)
    assert study.parts[0].mae == pytest.approx((2 + 2 + 1 + 3) / 4)
