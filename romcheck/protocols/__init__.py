"""The tests: posture, movements, gates and words."""

from romcheck.protocols.protocol import PROTOCOLS, RANGES, Protocol

__all__ = ["PROTOCOLS", "RANGES", "Protocol"]
