"""People, visits, measurements, treatments, outcomes and diary, kept in SQLite or PostgreSQL.

SQLAlchemy stays inside this part: what comes out are the frozen dataclasses of :mod:`romcheck.records.entries`.
"""
