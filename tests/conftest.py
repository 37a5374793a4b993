"""Which tests run and in which order, what they find around them, and the videos they share."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

# Where other workers hold the cores, threads of small matrix products wait for one another; before numpy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest
from hypothesis import settings
from recordings import Picture, copy_beginning, write_video

# No test fails because the machine is busy. The quick run tries the same examples every time, the whole one others.
settings.register_profile("quick", deadline=None, max_examples=6, derandomize=True, print_blob=True)
settings.register_profile("whole", deadline=None, print_blob=True)

NOT_OF_THE_SHELL = (
    "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TZ", "LANGUAGE",
    "ROMCHECK_", "STREAMLIT_", "DASK_", "MPL", "PG", "XDG_", "OMP_", "OPENBLAS_", "PYTHON",
)  # fmt: skip
"""How the names begin of what changes what a program prints, loads or finds; proxies come to these.

Of ``PYTHON``, one matters for time too: where compiled modules may not be kept, each of the hundreds of processes that
the tests start compiles the libraries again.
"""
OF_THE_SHELL = ("PYTHONHOME", "PYTHONHASHSEED", "PYTHONPYCACHEPREFIX")
SIGNALS = ("SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM")
"""A job in the background, or under ``nohup``, inherits that these are ignored, and would pass that on."""
TESTS = Path(__file__).resolve().parent
COMPILES = TESTS / "tracking" / "test_kernels.py"
LIBRARIES = (
    "streamlit.testing.v1", "statsmodels.formula.api", "sqlalchemy.orm", "playwright.sync_api",
    "mediapipe.python.solutions", "matplotlib.pyplot", "numba", "distributed", "scipy.stats", "pandas",
)  # fmt: skip
"""The large ones that the tests load, from the last to the first."""
LEFT_OUT = pytest.StashKey[int]()
LONG_S = 20
"""A test that takes longer says why in its mark: ``slow("what takes so long")``."""

SLOW_AT_MOST_S = 240
"""No slow test takes longer, also where the machine is busy."""

MakeVideo = Callable[..., Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run every test, also the slow ones: browsers, whole videos")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = 0
    settings.load_profile("whole" if config.getoption("all") else "quick")
    for name in [*os.environ]:
        if name not in OF_THE_SHELL and (name.startswith(NOT_OF_THE_SHELL) or name.lower().endswith("_proxy")):
            del os.environ[name]
    sys.dont_write_bytecode = False
    if hasattr(time, "tzset"):
        time.tzset()
    os.environ["LC_ALL"] = "C.UTF-8"
    os.umask(0o022)
    for name in SIGNALS:
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_IGN:
            usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
            signal.signal(getattr(signal, name), usual)


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """One worker more than cores where browsers are among the tests: they wait more than they work."""
    cores = yield
    return cores + 1 if config.getoption("all") else cores


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is slow, unless everything, a mark or its file was asked for.

    The file that compiles the inner loops is first, so that one worker does it for all. Browsers follow, then the files
    with most slow tests, so that no core waits long for another in the end.
    """
    slow = Counter(item.path for item in items if "slow" in item.keywords)
    items.sort(key=lambda item: (item.path != COMPILES, "browser" not in item.path.parts, -slow[item.path]))
    leave_untraced(items, config.getoption("cov_source", None) or [])
    if config.getoption("all") or config.getoption("markexpr"):
        return
    named = {(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args}
    left_out = [item for item in items if "slow" in item.keywords and item.path not in named]
    items[:] = [item for item in items if "slow" not in item.keywords or item.path in named]
    config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)


def leave_untraced(items: list[pytest.Item], sources: list[Any]) -> None:
    """Trace quick tests alone, and with ``--cov=romcheck.PACKAGE`` those of the packages: traced, they take longer."""
    packages = {str(source).partition(".")[2] for source in sources} - {""}
    for item in items if sources else ():
        own = packages & {item.path.parent.name, item.path.stem.removeprefix("test_")}
        if "slow" in item.keywords or (packages and not own):
            item.add_marker("no_cover")


def pytest_collection(session: pytest.Session) -> None:
    """Let every other worker load the libraries from the other end.

    In a fresh environment Python compiles them first, and two workers side by side would both compile every one.
    """
    worker = getattr(session.config, "workerinput", {}).get("workerid", "gw0")
    everything = [(session.config.invocation_params.dir / one).resolve() for one in session.config.args] == [TESTS]
    if everything and int(worker.removeprefix("gw")) % 2:
        for name in LIBRARIES:
            with suppress(ImportError):  # a test that needs it says so
                import_module(name)


def pytest_collection_finish() -> None:
    """What is loaded stays: looking through all of it for garbage again and again took a sixth of the pages' time.

    So do the commands: a program reads them from the functions' signatures once, ``CliRunner`` would at every call,
    which took longer than most commands do.
    """
    if runner := sys.modules.get("typer.testing"):
        runner._get_command = cache(runner._get_command)  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    report.reasons = [reason for mark in item.iter_markers("slow") for reason in mark.args]
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[LEFT_OUT]:
        terminalreporter.write_line(f"{config.stash[LEFT_OUT]} slow tests were left out; --all runs every test.")
    took: Counter[str] = Counter()
    for report in (one for reports in terminalreporter.stats.values() for one in reports):
        if hasattr(report, "reasons") and not report.reasons:
            took[report.nodeid] += report.duration
    for name, seconds in took.most_common():
        if seconds > LONG_S:
            terminalreporter.write_line(f"{name} took {seconds:.0f} s, and its mark gives no reason.")


ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT.parent / "shared" / "bench"
SAMPLES = ROOT / "sample_videos"
sys.path.append(str(ROOT / "benchmarks"))  # the makers of videos serve the benchmarks too


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Write a video into the test's own folder: ``make_video(name, pictures, **as write_video)``."""

    def make(name: str, pictures: Iterable[Picture], **how: Any) -> Path:
        return write_video(tmp_path / name, pictures, **how)

    return make


@pytest.fixture(scope="session")
def stores_begun_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give an empty SQLite store in this process its tables in one go, as every migration together left them once.

    Hundreds of tests begin stores; what the migrations do is tested on stores of earlier schemas. Nor does the disk
    write durably here: that what is stored outlasts a program that was killed, processes of their own test.
    """
    import sqlite3

    from romcheck.records import database
    from romcheck.records.store import Records

    folder = tmp_path_factory.mktemp("migrated")
    Records(folder, url="").close()
    with closing(sqlite3.connect(folder / database.FILE)) as made:
        tables = [line for line in made.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")]
        (own,) = made.execute("SELECT value FROM setting WHERE name = 'installation'").fetchone()
    migrate, connect = database.migrate, database._connect

    def begin(connection: Any, revision: str) -> None:
        if connection.dialect.name != "sqlite" or connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first():
            return migrate(connection, revision)
        for line in tables:
            # Every store has a number of its own, by which it knows its backups.
            connection.exec_driver_sql(line.replace(own.strip('"'), uuid4().hex))
        return None

    def connected(path: Path, busy_s: float) -> Any:
        connection = connect(path, busy_s)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "migrate", begin)
        patch.setattr(database, "_connect", connected)
        yield


@pytest.fixture(scope="session")
def begin_store(stores_begun_at_once: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Put an empty SQLite store into a folder, as opening it would: a copy, instead of running every migration."""
    from romcheck.records.database import FILE
    from romcheck.records.store import Records

    made = tmp_path_factory.mktemp("store")
    Records(made).close()

    def begin(folder: Path) -> None:
        folder.mkdir(mode=0o700)
        shutil.copy(made / FILE, folder / FILE)

    return begin


@pytest.fixture(autouse=True)
def one_day(request: pytest.FixtureRequest) -> None:
    """Shortly before midnight a test waits for the next day: it may ask twice what day it is."""
    now = datetime.now()
    left_s = (datetime.combine(now + timedelta(1), datetime.min.time()) - now).total_seconds()
    if left_s < (SLOW_AT_MOST_S if "slow" in request.keywords else LONG_S):
        time.sleep(left_s)


@pytest.fixture(scope="session", autouse=True)
def apart_kept() -> Iterator[None]:
    """Let commands of this process hand their videos to one separate process after another's work, as one command does
    with several videos.

    It takes longer to start than most videos of the tests take. One that was ended is replaced as ever, and so is one
    that another folder or environment was given when it started.
    """
    from romcheck.apart import Apart
    from romcheck.processes import Process

    idle: list[tuple[object, Process]] = []
    started = Apart._started

    def surroundings() -> object:
        return os.getcwd(), {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    def start(self: Apart) -> Process:
        self.given = surroundings()  # type: ignore[attr-defined]
        while idle:
            given, process = idle.pop()
            if given == surroundings() and process.runs:
                return process
            process.close()
        return started(self)

    def leave(self: Apart, *_: object) -> None:
        if self._process is not None and self._process.runs and not idle:
            idle.append((self.given, self._process))  # type: ignore[attr-defined]
            self._process = None
        self.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Apart, "_started", start)
        patch.setattr(Apart, "__exit__", leave)
        yield
    for _, process in idle:
        process.close()


@pytest.fixture(scope="session")
def bench_clips() -> Path:
    """Folder of the rendered clips with known truth; the test is skipped where they are not at hand."""
    folder = BENCH / "clips"
    if not folder.is_dir():
        pytest.skip("the rendered clips with known truth (../shared/bench) are not here")
    return folder


@pytest.fixture(scope="session")
def sample_videos() -> Path:
    """Folder of the sample videos in the repository."""
    if not (SAMPLES / "flexion_rotation.mp4").is_file():
        pytest.skip("the sample videos have not been made: run sample_videos/make_sample_videos.py")
    return SAMPLES


@pytest.fixture(scope="session")
def one_turn(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """First eight seconds of the rotation sample, one turn to the left: enough where the angle is not the matter."""
    return copy_beginning(sample_videos / "rotation.mp4", tmp_path_factory.mktemp("videos") / "one_turn.mp4", 8.0)


@pytest.fixture(scope="session")
def small_turn(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same turn, small and with every other picture: two seconds' work, where only the program is the matter."""
    from study_videos import good, turn

    return good(tmp_path_factory.mktemp("videos") / "small_turn.mp4", turn(), 1)
