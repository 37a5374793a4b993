"""Access to the pages: an access key stored for this user alone, and the cookie and start address derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import sys
import time
from collections import OrderedDict
from pathlib import Path

from romcheck.errors import OutputError, RomcheckError, system_says
from romcheck.exchange.atomic import written_whole
from romcheck.records.database import PRIVATE_FOLDER

KEY_FILE = "access.key"
"""In the data folder, so that a browser's cookie stays valid after a restart."""
KEY_VARIABLE = "ROMCHECK_ACCESS_KEY"
SHORTEST_KEY = 16
LONGEST_KEY = 1024
OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH
TRIES, TRIES_S = 5, 60.0
"""After this many wrong keys within this many seconds a client has to wait."""
MOST_CLIENTS = 1000


class AccessError(RomcheckError):
    """An access key that is missing or not safe to use."""


class Access:
    """A key, the cookie derived from it, and a token for the address opened at start.

    The key opens the pages when it is typed; it is never part of an address. The token is new at every start and
    valid until the program ends. The cookie is derived from the key, so that it stays valid after a restart. Its name
    is derived from the key too: cookies ignore ports, and two installations on one computer must not overwrite theirs.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self.token = secrets.token_urlsafe(32)
        self.cookie_name = f"romcheck-{self._made('name')[:12]}"
        self.cookie = self._made("cookie")

    def _made(self, purpose: str) -> str:
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()

    def is_key(self, offered: str) -> bool:
        """Whether this is the key, compared in constant time."""
        return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), self._key)

    def is_token(self, offered: str) -> bool:
        """Whether this is the token of this start."""
        return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), self.token.encode())

    def is_cookie(self, offered: str) -> bool:
        """Whether this is the value of the cookie."""
        return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), self.cookie.encode())


class Patience:
    """Counts wrong keys of each client, so that nobody can try many."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def exhausted(self, client: str) -> bool:
        """Whether this client has to wait."""
        since = time.monotonic() - TRIES_S
        recent = [moment for moment in self._wrong.get(client, []) if moment > since]
        return len(recent) >= TRIES

    def wrong(self, client: str) -> None:
        """Note a wrong key."""
        moments = self._wrong.setdefault(client, [])
        self._wrong.move_to_end(client)
        moments.append(time.monotonic())
        del moments[:-TRIES]
        while len(self._wrong) > MOST_CLIENTS:
            self._wrong.popitem(last=False)


def key_from_file(path: Path) -> str:
    """The access key in a file.

    Raises
    ------
    AccessError
        If it cannot be read, is readable by others, or the key is too short.
    """
    try:
        if others_may_read(path):
            raise AccessError("key_shared", path=path)
        with path.open("rb") as file:
            key = file.read(LONGEST_KEY + 1).decode().strip()
    except OSError as error:
        raise AccessError("key_unreadable", path=path, why=system_says(error)) from error
    except UnicodeDecodeError as error:
        raise AccessError("key_no_line", path=path) from error
    return checked_key(key, str(path))


def checked_key(key: str, where: str) -> str:
    """A key that is long enough.

    Raises
    ------
    AccessError
        Where it is not.
    """
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise AccessError("key_short", where=where, count=len(key), shortest_key=SHORTEST_KEY)
    return key


def others_may_read(path: Path) -> bool:
    """Whether other users of this computer may read a file; Windows keeps a user's own folders private by itself."""
    return sys.platform != "win32" and bool(path.stat().st_mode & OTHERS_MAY_READ)


def own_key(folder: Path) -> str:
    """The key stored in the data folder, created at the first start; a temporary one if it cannot be stored."""
    path = folder / KEY_FILE
    try:
        return key_from_file(path)
    except AccessError:
        key = secrets.token_urlsafe(32)  # a key that others may have read is replaced
    try:
        if not folder.exists():
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
        with written_whole(path, private=True) as unfinished:
            unfinished.write_text(f"{key}\n", "utf-8")
    except (OSError, OutputError):
        return key
    return key


def given_key(file: Path | None) -> str | None:
    """The key given by a file or by the environment, from which it is removed; None where there is none.

    Raises
    ------
    AccessError
        Where it cannot be used.
    """
    # Child processes do not need it.
    said = os.environ.pop(KEY_VARIABLE, None)
    if file is not None:
        return key_from_file(file)
    return None if not said else checked_key(said.strip(), KEY_VARIABLE)
