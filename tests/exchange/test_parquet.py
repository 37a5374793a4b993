"""Parquet files are read within bounds, whatever their footers and pages say."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from romcheck.agreement.files import TableError, raw_table
from romcheck.exchange import parquet
from romcheck.exchange.parquet import read_bounded, refuse_swollen

ROWS = 4_000_000


def zigzag(number):
    """As Thrift writes it."""
    out, rest = bytearray(), number << 1
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def understated(content, by=2):
    """The same file with a footer that says it has fewer rows and bytes."""
    about = pq.ParquetFile(io.BytesIO(content)).metadata
    column = about.row_group(0).column(0)
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    head, tail = content[:footer], content[footer:]
    for number in {about.num_rows, about.row_group(0).total_byte_size, column.total_uncompressed_size}:
        assert len(zigzag(number)) == len(zigzag(number // by))
        tail = tail.replace(zigzag(number), zigzag(number // by))
    return head + tail


def test_what_its_pages_say_counts_not_what_its_footer_says():
    made = io.BytesIO()
    one = pa.table({"time_s": np.zeros(ROWS)})
    pq.write_table(one, made, compression="zstd", use_dictionary=False, data_page_size=1 << 28, row_group_size=ROWS)
    content = understated(made.getvalue())
    assert len(content) < 50_000
    with pq.ParquetFile(io.BytesIO(content)) as file:
        assert file.metadata.num_rows == ROWS // 2
        assert file.metadata.row_group(0).total_byte_size < 20_000_000
        with pytest.raises(ValueError, match="unpack to more than 20 MB"):
            refuse_swollen(file, io.BytesIO(content), ["time_s"], ROWS, 20_000_000)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("packing", ["snappy", "zstd", "gzip", "none", "brotli", "lz4"])
def test_tables_of_any_packing_are_read(packing, version, tmp_path):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({
        "person": [f"P{n % 30}" for n in range(5000)], "angle": rng.normal(60, 8, 5000),
        "visit": rng.integers(1, 4, 5000), "day": pd.Timestamp("2026-03-01"), "gone": [np.nan, "x"] * 2500,
    })  # fmt: skip
    table["notes"] = [[1, 2]] * 5000
    path = tmp_path / "t.parquet"
    table.to_parquet(
        path, compression=packing, data_page_version=version, data_page_size=4000, write_page_index=True,
        row_group_size=1500,
    )  # fmt: skip
    read = raw_table(path).frame
    pd.testing.assert_frame_equal(read, table.drop(columns="notes"), check_dtype=False)


def test_a_text_that_many_rows_share_is_held_once(tmp_path):
    path, many = tmp_path / "t.parquet", pa.array(np.zeros(20_000, np.int32))
    note = pa.DictionaryArray.from_arrays(many, ["x" * 1_000_000])
    pq.write_table(pa.table({"note": note}), path, store_schema=False)
    assert read_bounded(path).nbytes < 5_000_000


@pytest.mark.parametrize(("bound", "most"), [("MOST_CELLS", 10), ("MOST_TABLE_BYTES", 100), ("MOST_PAGES", 1)])
def test_a_table_beyond_the_bounds_is_told(bound, most, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, bound, most)
    pd.DataFrame({"person": range(100), "angle": range(100)}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError, match=r"(more than .* rows|unpack to more than)"):
        raw_table(tmp_path / "t.parquet")
