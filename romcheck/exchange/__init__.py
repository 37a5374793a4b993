"""Files other programs read: JSON, CSV and Parquet."""
