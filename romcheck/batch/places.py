"""Files in a local folder or at a URL, read and written the same way.

fsspec is loaded only where a URL was given; nothing here opens a connection otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from romcheck.errors import OutputError, RomcheckError
from romcheck.exchange.atomic import why_unwritable, writable_folder, written_whole
from romcheck.names import LONGEST_STEM_BYTES, shown, stem_for_results

EXTRAS = {"http": "aiohttp", "https": "aiohttp", "s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs"}
"""The package fsspec needs for a kind of URL."""


SCHEMES = ("https", "s3", "gs", "abfs", "file")
"""Kinds of addresses opened by default; others only on request."""

HIDDEN = "…"
"""Replaces possible secrets of an address: user name, password and query."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>)\]]+")


class PlaceError(RomcheckError):
    """A file or folder that does not exist or cannot be reached."""


@dataclass(frozen=True)
class Reach:
    """Which addresses may be opened.

    Attributes
    ----------
    schemes : kinds of addresses
    connects : whether a connection may be opened; without it an address may be named, but not read
    """

    schemes: tuple[str, ...] = SCHEMES
    connects: bool = True

    def check(self, location: str) -> None:
        """Refuse an address of a kind that is not allowed.

        Raises
        ------
        PlaceError
            Also for a chain of addresses, which could lead from one kind to another.
        """
        if not is_url(location):
            return
        scheme = location.split("://")[0].lower()
        if "::" in location:
            raise PlaceError("address_chain", location=told(location))
        if scheme in self.schemes:
            return
        if set(self.schemes) <= {"file"}:
            raise PlaceError("address_network", location=told(location))
        raise PlaceError(
            "address_scheme",
            location=told(location),
            scheme=scheme,
            items=", ".join(f"{known}://" for known in self.schemes),
        )

    def connect(self, location: str) -> None:
        """Refuse an address that needs a connection where none is allowed, or that `check` refuses.

        Raises
        ------
        PlaceError
            In either case.
        """
        self.check(location)
        if not self.connects and local_path(location) is None:
            raise PlaceError("address_dry_run", location=told(location))


LOCAL = Reach(("file",))
"""Only files of this computer."""


def told(location: str) -> str:
    """A location for display, logs and storage: an address without secrets, a path with escapes."""
    if not is_url(location):
        return shown(location)
    scheme, rest = location.split("://", 1)
    path, mark, _ = rest.partition("?")
    path, sharp, _ = path.partition("#")
    host, slash, path = path.partition("/")
    at = host.rpartition("@")[2]
    # An unescaped slash in a password would end the host too early.
    if "@" not in host and ":" in host and not host.rpartition(":")[2].isdigit() and "@" in path:
        at, path = HIDDEN, path.rpartition("@")[2]
    user = host.rpartition("@")[0]
    # In abfs://container@account/ the first part is not a user name.
    open_user = scheme.lower() in ("abfs", "abfss") and ":" not in user
    kept = (f"{user if open_user else HIDDEN}@" if user else "") + at
    return shown(f"{scheme}://{kept}{slash}{path}{'?' + HIDDEN if mark or sharp else ''}")


def without_user(location: str) -> str:
    """An address without user name and password, which do not identify the file."""
    if not is_url(location) or location.lower().startswith(("abfs", "file:")):
        return location
    scheme, rest = location.split("://", 1)
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def without_secrets(text: str, *locations: str) -> str:
    """A sentence, for instance of a library, with every address in it as `told` shows it."""
    for location in locations:
        if is_url(location):
            text = text.replace(location, told(location))
            parts = urlsplit(location)
            secrets = [parts.password or "", parts.username or "", parts.query]
            secrets += [pair.partition("=")[2] for pair in parts.query.split("&")]
            for secret in sorted({*secrets, *map(unquote, secrets)}, key=len, reverse=True):
                if len(secret) > 3:
                    text = text.replace(secret, HIDDEN)
    return _ADDRESS.sub(lambda address: told(address[0]), text)


def is_url(location: str) -> bool:
    """Whether a location such as ``s3://bucket/a.mp4`` is a URL."""
    return "://" in location


def local_path(location: str) -> Path | None:
    """Path of a location on this machine's disks, also of a ``file://`` URL; None for any other URL."""
    if not is_url(location):
        return Path(location)
    parts = urlsplit(location)
    if parts.scheme != "file":
        return None
    return Path(unquote(parts.netloc + parts.path))


def filesystem(location: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises
    ------
    PlaceError
        When the kind of URL is not known, or its package is not installed.
    """
    import fsspec

    scheme = location.split("://")[0]
    try:
        return fsspec.core.url_to_fs(location)
    except ImportError as error:
        package = EXTRAS.get(scheme, f"fsspec's package for {scheme}://")
        raise PlaceError("address_package", location=told(location), package=package, error=error) from error
    except ValueError as error:
        why = without_secrets(str(error), location)
        raise PlaceError("address_unknown", location=told(location), scheme=scheme, why=why) from None


@contextmanager
def at_hand(location: str) -> Iterator[Path]:
    """A file as a path on this machine: itself, or a copy downloaded from its URL and removed afterwards.

    Raises
    ------
    PlaceError
        When it cannot be downloaded.
    """
    path = local_path(location)
    if path is not None:
        yield path
        return
    name = _short(Path(unquote(urlsplit(location).path).replace("\0", "")).name) or "video"
    with tempfile.TemporaryDirectory(prefix="romcheck-") as folder:
        copy = Path(folder) / name
        try:
            files, there = filesystem(location)
            files.get_file(there, str(copy))
        except FileNotFoundError:
            raise PlaceError("address_gone", location=told(location)) from None
        except PlaceError:
            raise
        except Exception as error:  # each kind of file system has errors of its own
            # The original exception is dropped: its message may contain the address with its secrets.
            raise PlaceError("not_fetched", location=told(location), error=_said(error, location)) from None
        yield copy


def _short(name: str) -> str:
    """A name valid for the file system, with the original extension."""
    path = Path(name)
    return name if len(os.fsencode(name)) <= LONGEST_STEM_BYTES else stem_for_results(path) + path.suffix[:16]


def found_by(pattern: str) -> list[str]:
    """Files at a URL with ``*``, sorted."""
    files, there = filesystem(pattern)
    try:
        return sorted(str(files.unstrip_protocol(name)) for name in files.glob(there))
    except Exception as error:  # each kind of file system has errors of its own
        raise PlaceError("not_listed", pattern=told(pattern), error=_said(error, pattern)) from None


def files_under(folder: str) -> list[str]:
    """Every file below a folder at a URL, sorted."""
    files, there = filesystem(folder)
    try:
        found = sorted(str(files.unstrip_protocol(name)) for name in files.find(there))
        if not found:
            files.ls(there)  # reports errors, where find() treats unreachable folders as empty
        return found
    except Exception as error:  # each kind of file system has errors of its own
        raise PlaceError("not_listed", pattern=told(folder), error=_said(error, folder)) from None


def _said(error: Exception, location: str) -> str:
    return without_secrets(f"{type(error).__name__}: {error}", location)


def version_of(location: str) -> str:
    """Version of a file as stated by the server: its tag, else size and time; empty if neither is known."""
    files, there = filesystem(location)
    try:
        facts = files.info(there)
    except Exception:  # whether it can be read is found when it is measured
        return ""
    tag = facts.get("ETag") or facts.get("etag") or facts.get("md5Hash")
    time = facts.get("Last-Modified") or facts.get("LastModified") or facts.get("mtime") or facts.get("created")
    size = facts.get("size")
    return str(tag) if tag else f"{size} {time}" if size and time else ""


def size_of(location: str) -> int | None:
    """Bytes of a local file; None where that is not immediately known."""
    path = local_path(location)
    try:
        return path.stat().st_size if path else None
    except OSError:
        return None


class Folder:
    """The folder of a study, local or at a URL. Names are relative to it, with ``/``.

    A file appears completely or not at all: locally by renaming, at a URL because stores such as S3 write whole
    objects.

    Parameters
    ----------
    make : create it if it is missing, and check that it can be written

    Raises
    ------
    OutputError
        From every method that writes, when it cannot.
    """

    def __init__(self, location: str, make: bool = True) -> None:
        self.location = told(location)
        self.path = local_path(location)
        if not location.strip():
            raise OutputError("study_unnamed")
        if location.lower().startswith(("http://", "https://")):
            raise OutputError("web_read_only", location=told(location))
        if self.path is None:
            self._files, self._root = filesystem(location)
            if make:
                with self._told():
                    self._files.makedirs(self._root, exist_ok=True)
        elif make:
            writable_folder(self.path)
        elif self.path.exists() and not self.path.is_dir():
            raise OutputError("out_is_file", location=told(location))

    def read(self, name: str) -> bytes | None:
        """Content of a file, None where there is none."""
        try:
            if self.path is not None:
                return (self.path / name).read_bytes()
            return bytes(self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None
        except Exception as error:  # each kind of file system has errors of its own
            raise PlaceError("place_unreadable", location=self.location, error=_said(error, self.location)) from None

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        if self.path is None:
            with self._told():
                if "/" in name:
                    self._files.makedirs(f"{self._root}/{name.rsplit('/', 1)[0]}", exist_ok=True)
                self._files.pipe_file(f"{self._root}/{name}", content)
            return
        path = self._parent_made(name)
        with written_whole(path) as unfinished:
            unfinished.write_bytes(content)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a path of this machine to write a large file to; it appears under its name when the block succeeds."""
        if self.path is not None:
            with written_whole(self._parent_made(name)) as unfinished:
                yield unfinished
            return
        with tempfile.TemporaryDirectory(prefix="romcheck-") as temporary:
            path = Path(temporary) / name.rsplit("/", 1)[-1]
            try:
                yield path
            except OSError as error:
                raise OutputError("unwritten", path=path, why=why_unwritable(error)) from error
            with self._told():
                self._files.put_file(str(path), f"{self._root}/{name}")

    def copy(self, name: str, to: str) -> None:
        """Make a file available under another name, as a link if on the same disk."""
        if self.path is None:
            with self._told():
                self._files.makedirs(f"{self._root}/{to.rsplit('/', 1)[0]}", exist_ok=True)
                self._files.cp_file(f"{self._root}/{name}", f"{self._root}/{to}")
            return
        path, source = self._parent_made(to), self.path / name
        with suppress(OSError):  # there is a file, or the file system has no links
            os.link(source, path)
            return
        if path.exists() and path.samefile(source):
            return
        with written_whole(path) as unfinished:
            unfinished.unlink()
            try:
                os.link(source, unfinished)
            except OSError:  # a file system without links
                shutil.copyfile(source, unfinished)

    def names(self, under: str) -> Iterator[str]:
        """Names of the files in a folder of it, not deeper; in any order."""
        return self._listed(under, wanted="file")

    def folders(self, under: str) -> Iterator[str]:
        """Names of the folders in a folder of it; in any order."""
        return self._listed(under, wanted="directory")

    def remove(self, name: str) -> None:
        """Remove a file or a folder with its content, if it exists."""
        if self.path is None:
            with self._told():
                if self._files.exists(f"{self._root}/{name}"):
                    self._files.rm(f"{self._root}/{name}", recursive=True)
            return
        path = self.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def _listed(self, under: str, wanted: str) -> Iterator[str]:
        if self.path is not None:
            folder = self.path / under
            if folder.is_dir():
                with os.scandir(folder) as entries:
                    yield from (e.name for e in entries if e.is_dir() == (wanted == "directory"))
            return
        self._files.invalidate_cache()
        try:
            entries = self._files.ls(f"{self._root}/{under}", detail=True)
        except FileNotFoundError:
            return
        except Exception as error:  # each kind of file system has errors of its own
            raise PlaceError("not_listed", pattern=self.location, error=_said(error, self.location)) from None
        yield from (e["name"].rstrip("/").rsplit("/", 1)[-1] for e in entries if e["type"] == wanted)

    def _parent_made(self, name: str) -> Path:
        assert self.path is not None
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError("unwritten", path=path, why=why_unwritable(error)) from error
        return path

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Translate errors of remote file systems into romcheck's."""
        try:
            yield
        except Exception as error:  # each kind of file system has errors of its own
            raise OutputError(
                "place_unwritable", location=self.location, text=without_secrets(f"{type(error).__name__}: {error}")
            ) from None
