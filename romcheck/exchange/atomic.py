"""Files that are written completely or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from romcheck.errors import OutputError
from romcheck.i18n.message import Message, message
from romcheck.names import shown

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

UNWRITABLE = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_share",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EROFS: "read_only",
    errno.ENOENT: "no_folder",
    errno.ENOTDIR: "folder_is_file",
    errno.EISDIR: "is_folder",
    errno.ENAMETOOLONG: "name_long",
    errno.EFBIG: "file_big",
}
"""Names of the catalogue's sentences ``unwritable.NAME``, by the system's error number."""

RANDOM = 8
"""Number of letters that tempfile.mkstemp puts between prefix and suffix."""
STEM = 40
"""Letters of a file's own name in the name of the unfinished file."""


@contextmanager
def written_whole(path: str | Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary name to write to; the file gets its own name only when the block succeeds.

    The unfinished file is in the same folder, so that the last step is a rename: a reader sees the old file or
    the complete new one. After any error, Ctrl-C included, the unfinished file is removed.

    Parameters
    ----------
    path : the file's own name
    private : whether only its owner may read it

    Yields
    ------
    An existing, empty file with the same ending.

    Raises
    ------
    OutputError
        When the folder is missing or may not be written, the disk is full, or the name is that of a folder, a device
        or a pipe.
    """
    path = Path(path)
    unfinished: Path | None = None
    held: int | None = None
    try:
        _check_regular(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:STEM]}.", suffix=path.suffix)
        unfinished = Path(name)
        held = _hold(handle)
        yield unfinished
        # A full disk may be reported only here; and a power failure must not leave an empty file under the name.
        with unfinished.open("r+b") as file:
            os.fsync(file.fileno())
        if not private:
            # mkstemp makes the file private; the finished file gets the user's default permissions.
            mask = os.umask(0)
            os.umask(mask)
            unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    except OSError as error:
        raise OutputError("unwritten", path=shown(path), why=why_unwritable(error)) from error
    finally:
        if held is not None:
            os.close(held)
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)


def _check_regular(path: Path) -> None:
    """The last step would put the file in place of a device or a pipe, which others expect there."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and not path.is_file():
        raise OutputError("not_regular", path=shown(path))


def left_unfinished(folder: Path, ending: str) -> list[Path]:
    """Unfinished files of :func:`written_whole` in a folder, left by killed programs."""
    return [path for path in folder.glob(f".*.{'?' * RANDOM}{ending}") if path.is_file() and not _in_work(path)]


def stem_of_unfinished(path: Path) -> str:
    """Intended name of an unfinished file, without extension: its first :data:`STEM` letters."""
    return path.stem[1 : -RANDOM - 1]


def _hold(handle: int) -> int | None:
    """Lock the unfinished file while this program runs; return a handle to close."""
    if fcntl is None:  # Windows does not allow the removal of an open file
        os.close(handle)
        return None
    with suppress(OSError):  # not every network share supports locks
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _in_work(path: Path) -> bool:
    if fcntl is None:
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def remove_unfinished(path: str | Path) -> None:
    """Remove unfinished files of :func:`written_whole` left by a killed program."""
    path = Path(path)
    for left in path.parent.glob(f".{escape(path.stem[:STEM])}.{'?' * RANDOM}{escape(path.suffix)}"):
        left.unlink(missing_ok=True)


def why_unwritable(error: OSError) -> Message | str:
    """Why something could not be written, and what to do; in the system's words where the catalogue has none."""
    name = UNWRITABLE.get(error.errno or 0)
    return message(f"unwritable.{name}") if name else str(error.strerror or error)


def writable_folder(folder: str | Path) -> Path:
    """Create a folder if it is missing and check that files can be written there.

    Raises
    ------
    OutputError
        When it cannot be created or written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise OutputError("out_is_file", location=shown(folder)) from error
    except OSError as error:
        raise OutputError("folder_unwritable", folder=shown(folder), why=why_unwritable(error)) from error
    return folder


def same_kind(path: str | Path, ending: str) -> Path:
    """The path, unless a file of another kind is there: it is something else, and would be lost.

    Raises
    ------
    OutputError
        When a file with another ending than this one, such as ``.pdf``, or a folder has this name.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise OutputError("file_is_folder", path=shown(path))
        if path.is_file() and path.suffix.lower() != ending:
            raise OutputError("another_kind", path=shown(path), ending=ending)
    except OSError as error:  # the name is too long, for instance
        raise OutputError("unwritten", path=shown(path), why=why_unwritable(error)) from error
    return path


def writable_file(path: str | Path) -> Path:
    """Create a file's folder if it is missing and check that the file can be written, before a long task.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    path = Path(path)
    writable_folder(path.parent)
    if path.is_dir():
        raise OutputError("file_is_folder", path=path)
    return path
