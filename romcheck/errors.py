"""What can go wrong, as one small family of exceptions.

Every message is a sentence a clinician can act on: what was wrong, then what to do.
"""


class RomcheckError(Exception):
    """Anything romcheck refuses to do, with the reason and the way out in its message."""


class VideoError(RomcheckError):
    """A video that cannot be read, or in which nothing can be measured."""


class CameraError(RomcheckError):
    """A camera file or field of view that cannot be used."""


class OutputError(RomcheckError):
    """A result that cannot be written where it was asked for."""


class EngineError(RomcheckError):
    """The landmark engine cannot start, usually for want of a system library."""
