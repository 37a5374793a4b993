"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from romcheck.errors import OutputError


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a name to write under; take the file's own name only when the block has ended well.

    The unfinished file lies in the same folder, so that the last step is a rename: a reader sees the old file or
    the whole new one. Whatever goes wrong, Ctrl-C included, the unfinished file is removed.

    Parameters
    ----------
    path : the file's own name

    Yields
    ------
    An existing, empty file with the same ending.

    Raises
    ------
    OutputError
        When the folder is missing or may not be written, or the disk is full.
    """
    path = Path(path)
    unfinished: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}.", suffix=path.suffix)
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        # mkstemp lets nobody else read the file; what is finished follows the user's own habit.
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{path} could not be written: {reason}. Choose a folder that exists, may be written and has room."
        ) from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
