"""What can go wrong, as one small family of exceptions.

Every message is a sentence a clinician can act on: what was wrong, then what to do.
"""

import signal
import sys
import traceback
from contextlib import suppress


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


def explain_import_error(error: ImportError) -> str:
    """Say what to install when OpenCV, MediaPipe or another library does not load.

    Parameters
    ----------
    error : ImportError
        As raised by the import, for instance ``libGL.so.1: cannot open shared object file``.

    Returns
    -------
    str
        A sentence that names the missing part and the command that installs it.
    """
    said = str(error)
    for library, package in SYSTEM_LIBRARIES.items():
        if f"{library}.so" in said or f"{library}-" in said:
            missing = next((word.strip(":,") for word in said.split() if word.startswith(library)), library)
            return (
                f"The system library {missing} is missing. On Debian or Ubuntu install it with "
                f"'apt-get install {package}', or use opencv-contrib-python-headless, which does not need it."
            )
    if "DLL load failed" in said:
        return (
            f"A library of the engine does not load ({said}). "
            "On Windows install the Microsoft Visual C++ Redistributable, then try again."
        )
    if "numpy" in said and ("ABI" in said or "_ARRAY_API" in said or "multiarray" in said):
        return "The installed NumPy does not fit the engine. Install romcheck in an environment of its own."
    name = f" '{error.name}'" if error.name else ""
    return f"The library{name} does not load ({said}). Install romcheck again, in an environment of its own."


def explain_crash(status: int, *, memory: str, unknown: str) -> str:
    """Say why a process may have ended by itself.

    Parameters
    ----------
    status : as the process left it: minus the number of a signal, or its exit status
    memory, unknown : what to do where memory did not suffice, and where the cause is not known

    Returns
    -------
    str
        The signal in brackets, a colon and the cause with what to do.
    """
    name = f"status {status}"
    if status < 0:
        with suppress(ValueError):
            name = signal.Signals(-status).name
    cause = {
        "SIGSEGV": "a fault in the decoder or the engine, most often from a damaged file. Convert it to .mp4 anew",
        "SIGABRT": "the engine gave up, most often from a damaged file. Convert it to .mp4 anew",
        "SIGKILL": f"most often the system's memory did not suffice. {memory}",
    }.get(name, f"its cause is not known. {unknown}")
    return f"({name}): {cause}."


def explain_unexpected(error: Exception, debug: bool) -> str:
    """Say what to do about an error that nobody foresaw.

    Parameters
    ----------
    error : what was raised
    debug : whether to print where it came from, to the error stream

    Returns
    -------
    str
        A sentence or two.
    """
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, ImportError):
        return explain_import_error(error)
    if isinstance(error, MemoryError):
        return "The computer's memory did not suffice. Close other programs and try again."
    again = "" if debug else " Run it again with --debug and report what it prints, with the output of 'romcheck info'."
    return f"An unexpected error stopped it ({type(error).__name__}: {error}).{again}"
