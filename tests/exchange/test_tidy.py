"""The tidy table: one row a trial, also the rejected ones, readable by other programs."""

import io
from dataclasses import replace
from datetime import date

import pandas as pd
from occasions import SEATED_ACTIVE, occasion

from romcheck.circumstances import Circumstances
from romcheck.exchange.tidy import SCHEMA, trials_csv, trials_parquet

LEFT, RIGHT = "rotation_left", "rotation_right"


def people():
    first = occasion({LEFT: (30.123, 31), RIGHT: (42, 43)}, replace(SEATED_ACTIVE, pain=2, headache_now=True))
    m, *others = first.result.movements
    bad = replace(m, quality="rejected", reasons=("flexion_lost", "trunk_turned"))
    summary = tuple(replace(s, trials=(2,)) if s.movement == LEFT else s for s in first.result.summary)
    first = replace(first, result=replace(first.result, movements=(bad, *others), summary=summary))
    second = occasion({LEFT: (40, 41)}, Circumstances(date(2026, 4, 1)))
    return [("P-1", [first]), ("=1+1", [second])]


def test_one_row_a_trial():
    table = pd.read_csv(io.StringIO(trials_csv(people())))

    assert list(table.columns) == SCHEMA.names
    assert len(table) == 6
    assert table.groupby(["person", "movement"]).trial.max().tolist() == [2, 2, 2]
    assert table.loc[0, "angle_deg"] == 30.12
    assert table.loc[0, "reasons"] == "flexion_lost;trunk_turned"
    assert table.counted.tolist() == [False, True, True, True, True, True]
    assert table[table.counted].groupby(["person", "movement"]).angle_deg.mean()["P-1", LEFT] == 31
    assert table.loc[5, ["mode", "posture", "pain", "headache_now"]].isna().all()


def test_csv_and_parquet_hold_the_same():
    csv = pd.read_csv(io.StringIO(trials_csv(people()).replace("'=1+1", "=1+1")), parse_dates=["date"])
    parquet = pd.read_parquet(io.BytesIO(trials_parquet(people())))

    assert parquet.headache_now[0] is True
    for name in ("person", "movement", "angle_deg", "flexion_held_deg", "start_s", "trial", "quality"):
        assert csv[name].tolist() == parquet[name].tolist()
    assert parquet.date[0] == date(2026, 3, 2)


def test_no_formula_reaches_a_spreadsheet():
    assert "\n'=1+1," in trials_csv(people())
    assert "=1+1" in pd.read_parquet(io.BytesIO(trials_parquet(people()))).person.tolist()


def test_nothing_at_all():
    assert trials_csv([]) == ",".join(SCHEMA.names) + "\n"
