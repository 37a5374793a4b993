"""The four tests: posture, movements, gates and words."""

from romcheck.protocols.protocol import PROTOCOLS, Protocol

__all__ = ["PROTOCOLS", "Protocol"]
