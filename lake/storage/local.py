"""Files on a local disk."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BufferedReader

from lake.errors import CURES, PreconditionFailed, StorageError, UnknownOutcome, write_refused
from lake.storage.location import FileInfo

LOCK_SECONDS = 60.0  # a put holds the lock for milliseconds; one that is stopped in it must not stop us for ever
POLL_SECONDS = 0.02
EPOCH, LAST_SECOND = datetime(1970, 1, 1, tzinfo=UTC), 253_402_214_400  # the last day of the year 9999
OWN_FILES = re.compile(
    r"\..+\.(lock|tmp)", re.DOTALL
)  # next to NAME: .NAME.lock and .NAME.tmp, which listings leave out

_WRITING = ("write", "sync")
_NON_FILES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class LocalStorage:
    """Files on a local disk; see `Storage`. Tokens are SHA-256 of the content."""

    def list_folder(self, folder: str) -> list[FileInfo]:
        """The files directly in it; a broken link is listed (size 0) and fails when it is opened."""
        with _clear_errors("list", folder):
            return sorted(_files(_scan(folder)), key=lambda file: file.name)

    def list_folders(self, folder: str) -> list[str]:
        """The names of the direct subfolders; a link to a folder is one."""
        return sorted(entry.name for entry in _scan(folder) if _is_folder(entry))

    def list_non_files(self, folder: str) -> dict[str, str]:
        """What is not a file; a link counts as what it leads to, and one that leads nowhere as a file that cannot be opened."""
        found = {}
        for entry in _scan(folder):
            with contextlib.suppress(OSError):
                kind = stat.S_IFMT(os.stat(entry.path).st_mode)
                if kind != stat.S_IFREG:
                    found[entry.name] = _NON_FILES.get(kind, "no file")
        return dict(sorted(found.items()))

    def nearest(self, folder: str) -> str | None:
        """The folder, or the first above it that is one."""
        while not os.path.isdir(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        return folder

    def list_tree(self, folder: str) -> list[FileInfo]:
        """All files below; links to folders are followed, each folder once."""
        found: list[FileInfo] = []
        todo, seen = [folder], {os.path.realpath(folder)}
        while todo:
            entries = _scan(below := todo.pop())
            with _clear_errors("list", below):
                found += _files(entries)
            for below in sorted(entry.path for entry in entries if _is_folder(entry)):
                real = os.path.realpath(below)
                if real not in seen:
                    seen.add(real)
                    todo.append(below)
        return sorted(found, key=lambda file: file.uri)

    def head(self, uri: str) -> FileInfo | None:
        """The file as `list_folder` would show it."""
        with _clear_errors("look at", uri):
            file = _stored(uri)
        return file if file and not os.path.isdir(uri) else None

    def open(self, uri: str, etag: str | None = None, start: int = 0) -> BufferedReader:
        """The file's bytes. Files have no ETag: none is to be given."""
        if etag is not None:
            raise ValueError(f"{uri}: a local file has no ETag, got {etag}")
        with _clear_errors("read", uri):
            file = _open_file(uri)
            file.seek(start)
            return file

    def read(self, uri: str) -> tuple[bytes, str] | None:
        """The content and its SHA-256. A `put` renames into place, so the content is never half of one."""
        with _clear_errors("read", uri):
            try:
                with _open_file(uri) as file:
                    body = file.read()
            except FileNotFoundError:
                if os.path.islink(uri):
                    raise
                return None
        return body, _token(body)

    def checksum(self, uri: str, etag: str | None) -> str:
        """None: a disk keeps none."""
        return ""

    def put(self, uri: str, body: bytes, expected: str | None) -> str:
        """Compares and replaces under a lock; a reader sees the old file or the new one."""
        folder, name = os.path.split(uri)
        temporary = os.path.join(folder, f".{name}.tmp")
        with _clear_errors("write", uri):
            _make_folder(folder)
            with _locked(os.path.join(folder, f".{name}.lock"), uri):
                self._check(uri, expected)
                try:
                    # Only the holder of the lock uses this name, so one left by a killed process is overwritten.
                    _write_durably(temporary, body)
                    os.replace(temporary, uri)
                except BaseException:
                    _remove(temporary)
                    raise
                try:
                    _sync(folder)
                except OSError as error:
                    raise UnknownOutcome(f"{uri}: written, but not surely on the disk: {error.strerror}") from error
        return _token(body)

    def _check(self, uri: str, expected: str | None) -> None:
        now = self.read(uri)
        if now is None and expected is not None:
            raise StorageError(f"{uri} was deleted while it was to be replaced: nothing was written")
        if now is not None and now[1] != expected:
            was = f"token {expected}" if expected else "no file"
            raise PreconditionFailed(f"{uri}: expected {was}, found token {now[1]}: another writer was first")

    def delete(self, uri: str) -> None:
        """Removes one file; a missing one is not an error."""
        with _clear_errors("delete", uri):
            _remove(uri)

    def list_plain(self, folder: str) -> tuple[list[FileInfo], list[str]]:
        """All plain files below, hidden ones too, and the paths of whatever else: links are not followed."""
        plain: list[FileInfo] = []
        others: list[str] = []
        todo = [folder]
        while todo:
            for entry in _scan(todo.pop()):
                with _clear_errors("look at", entry.path):
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    elif entry.is_file(follow_symlinks=False) and (file := _stored(entry.path)):
                        plain.append(file)
                    else:
                        others.append(entry.path)
        return sorted(plain, key=lambda file: file.uri), sorted(others)

    def delete_files(self, folder: str, paths: Sequence[str]) -> None:
        """Removes files below a folder, then the folders that this leaves empty; through a link nothing."""
        for path in paths:
            with _clear_errors("delete", os.path.join(folder, path)), _opened_without_links(folder, path) as handles:
                *folders, name = path.split("/")
                if len(handles) <= len(folders):
                    continue  # another process was faster
                _remove(name, handles[-1])
                for above, below in zip(reversed(handles[:-1]), reversed(folders), strict=True):
                    try:
                        os.rmdir(below, dir_fd=above)
                    except OSError:
                        break  # something else lies there

    def check_writable(self, folder: str) -> None:
        """Asks the system, of the folder or of what is there on the way to it. Whether there is room, too."""
        while not os.path.lexists(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        with _clear_errors("look at", folder):
            status = os.statvfs(folder)
        if status.f_flag & os.ST_RDONLY:
            raise write_refused(folder, errno.EROFS)
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise write_refused(folder, errno.EACCES)
        if not status.f_bavail or (status.f_files and not status.f_favail):
            raise write_refused(folder, errno.ENOSPC)

    def make_durable(self, folder: str) -> None:
        """Syncs files and folders below, and the folders above that name them: Spark syncs none."""
        with _clear_errors("sync", folder):
            for path, _, files in os.walk(folder, topdown=False, onerror=_raise_unless_missing):
                for name in files:
                    if os.path.isfile(file := os.path.join(path, name)):
                        _sync(file)
                _sync(path)
            # The folders above may be as new (`run=` over `month=`); one we may not open we did not make.
            above = os.path.dirname(folder)
            while above != folder and os.access(above, os.R_OK):
                _sync(above)
                folder, above = above, os.path.dirname(above)


def _scan(folder: str) -> list[os.DirEntry[str]]:
    with _clear_errors("list", folder):
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except FileNotFoundError:
            if os.path.islink(folder):
                raise
            return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: like other broken links, a file that fails when opened
        return False


def _files(entries: list[os.DirEntry[str]]) -> Iterator[FileInfo]:
    for entry in entries:
        if not OWN_FILES.fullmatch(entry.name) and not _is_folder(entry) and (file := _stored(entry.path)):
            yield file


def _open_file(path: str) -> BufferedReader:
    """Opens a plain file. A pipe that took its place since it was listed is not waited for, a device not read for ever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    kind = stat.S_IFMT(os.fstat(handle).st_mode)
    if kind in _NON_FILES:
        os.close(handle)
        raise OSError(errno.EINVAL, f"it is {_NON_FILES[kind]}", path)
    return open(handle, "rb")


def _stored(path: str) -> FileInfo | None:
    """A file, or a link that leads nowhere; None for what is not there and for pipes and sockets."""
    try:
        status = os.stat(path)
        size = status.st_size
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            return None  # to open a pipe is to wait for ever
    except OSError as error:
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise error from None
        size = 0
    version = f"{status.st_ino}-{size}-{status.st_mtime_ns}"
    return FileInfo(path, size, version, None, _moment(status.st_mtime))


def _moment(seconds: float) -> datetime:
    """A time of modification; a file may carry one that no calendar has, and then has the nearest."""
    return EPOCH + timedelta(seconds=min(max(seconds, 0), LAST_SECOND))


def _token(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _remove(path: str, folder: int | None = None) -> None:
    try:
        os.unlink(path, dir_fd=folder)
    except FileNotFoundError:
        return


@contextmanager
def _opened_without_links(folder: str, path: str) -> Iterator[list[int]]:
    """Handles of a folder and of those on the way to a file below: fewer if one is gone. What became a link since is an error."""
    handles = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
    try:
        for below in path.split("/")[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                handles.append(os.open(below, flags, dir_fd=handles[-1]))
            except FileNotFoundError:
                break
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_durably(path: str, body: bytes) -> None:
    with open(path, "wb") as file:  # rights by the umask, unlike tempfile's 0600: others read receipts
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _make_folder(folder: str) -> None:
    """Creates it with its parents, each durably: a receipt is no use in a folder that a power cut took."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    if above != folder:
        _make_folder(above)
    os.makedirs(folder, exist_ok=True)
    _sync(above)


@contextmanager
def _locked(path: str, uri: str) -> Iterator[None]:
    """Holds the lock file, which stays: deleting it would let two processes hold two files of one name."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StorageError(
                        f"{uri}: another process has held {path} for {LOCK_SECONDS:.0f} s: see `lsof` for which"
                    ) from None
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)  # which unlocks, as the end of the process would


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _clear_errors(doing: str, path: str) -> Iterator[None]:
    """OSError -> StorageError naming the path and what the system said."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, FileNotFoundError):
            reason = "a link to nothing" if os.path.islink(path) else "there is no such file"
        if doing in _WRITING and error.errno in CURES:
            raise write_refused(path, error.errno) from error
        raise StorageError(f"cannot {doing} {path}: {reason}") from error
