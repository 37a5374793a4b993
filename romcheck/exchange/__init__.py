"""Files for other programs: JSON, CSV and Parquet."""
