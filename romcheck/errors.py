"""The exceptions of romcheck.

An error is data: a stable code and values. Its sentence, which says what is wrong and what to do, is in the catalogue
(:mod:`romcheck.i18n`) under ``error.CODE``; ``str(error)`` is English.
"""

from __future__ import annotations

import copyreg
import errno
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

from romcheck.i18n.message import Message, message


class RomcheckError(Exception):
    """Base class of romcheck's errors; the message gives the reason and what to do.

    Parameters
    ----------
    code : key of the sentence in the catalogue, without ``error.``
    values : values for the placeholders of the sentence

    Examples
    --------
    >>> error = RomcheckError("no_file", path="turn.mp4")
    >>> error.code, str(error)
    ('no_file', 'There is no file turn.mp4. Check its name and folder.')
    """

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.message = message(code if " " in code else f"error.{code}", **values)

    @classmethod
    def saying(cls, told: Message) -> RomcheckError:
        """An error from an existing message."""
        error = cls(told.code.removeprefix("error."))
        error.message = told
        return error

    @property
    def code(self) -> str:
        """The stable code of the error."""
        return self.message.code.removeprefix("error.")

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self),), self.__dict__  # type: ignore[attr-defined]


class VideoError(RomcheckError):
    """A video that cannot be read, or in which nothing can be measured."""


class CameraError(RomcheckError):
    """A camera file or field of view that cannot be used."""


class OutputError(RomcheckError):
    """An output file that cannot be written."""


class EngineError(RomcheckError):
    """The landmark engine cannot start, usually for lack of a system library."""


SYSTEM_LIBRARIES = {
    "libGL": "libgl1",
    "libgthread": "libglib2.0-0",
    "libglib": "libglib2.0-0",
    "libEGL": "libegl1",
    "libGLES": "libgles2",
    "libSM": "libsm6",
    "libXext": "libxext6",
    "libXrender": "libxrender1",
    "libX11": "libx11-6",
    "libxcb": "libxcb1",
}
"""Debian's package of each system library that OpenCV or MediaPipe may ask for, by the start of its file name."""


SYSTEM_SAYS = {
    errno.ENOENT: "gone",
    errno.EACCES: "no_right",
    errno.EPERM: "no_right",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "not_folder",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "read_only",
    errno.EIO: "damaged_disk",
    errno.ENAMETOOLONG: "name_long",
}
"""Names of the catalogue's sentences ``why.NAME`` for what the system says of a file, by its number."""


def system_says(error: OSError) -> Message | str:
    """Why the system refused a file; in its own words where the catalogue has none."""
    name = SYSTEM_SAYS.get(error.errno or 0)
    return message(f"why.{name}") if name else str(error.strerror or error)


def explain_import_error(error: ImportError) -> EngineError:
    """What to install when OpenCV, MediaPipe or another library cannot be loaded.

    Parameters
    ----------
    error : ImportError
        As raised by the import, for instance ``libGL.so.1: cannot open shared object file``.

    Returns
    -------
    EngineError
        Names the missing part and the command that installs it.
    """
    said = str(error)
    for library, package in SYSTEM_LIBRARIES.items():
        if f"{library}.so" in said or f"{library}-" in said:
            missing = next((word.strip(":,") for word in said.split() if word.startswith(library)), library)
            return EngineError("system_library", missing=missing, package=package)
    if "DLL load failed" in said:
        return EngineError("dll", said=said)
    if "numpy" in said and ("ABI" in said or "_ARRAY_API" in said or "multiarray" in said):
        return EngineError("numpy_unfit")
    return EngineError("library", name=f" '{error.name}'" if error.name else "", said=said)


CRASHES = {"SIGSEGV": "fault", "SIGABRT": "gave_up", "SIGKILL": "memory"}
"""What most often ends a process by a signal: names of the catalogue's sentences ``crash.NAME``."""


def crash_cause(status: int, apart: str = "") -> dict[str, Any]:
    """Why a process may have ended unexpectedly.

    Parameters
    ----------
    status : as the process left it: minus the number of a signal, or its exit status
    apart : ending of the catalogue's names where the advice is for videos given by hand, not for a study

    Returns
    -------
    dict
        ``how`` it ended, and the ``cause`` with what to do, as values of an error.
    """
    name = f"status {status}"
    if status < 0:
        with suppress(ValueError):
            name = signal.Signals(-status).name
    cause = CRASHES.get(name, "unknown")
    return {"how": name, "cause": message(f"crash.{cause}{apart if cause in ('memory', 'unknown') else ''}")}


def explain_unexpected(error: Exception, debug: bool) -> RomcheckError:
    """What to do about an unforeseen error.

    Parameters
    ----------
    error : what was raised
    debug : whether to print where it came from, to the error stream
    """
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, ImportError):
        return explain_import_error(error)
    if isinstance(error, MemoryError):
        return RomcheckError("memory_short")
    told = f"{type(error).__name__}: {error}"
    return RomcheckError("unexpected_debugged" if debug else "unexpected", error=told)
