"""Videos and studies behind URLs, and a run watched as a page watches it."""

from __future__ import annotations

import json
import os
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from romcheck.batch.crew import LocalCrew
from romcheck.batch.places import Reach
from romcheck.batch.run import Run, prepare, study
from romcheck.batch.sources import videos_of
from romcheck.batch.worker import ResourceLimits

pytestmark = pytest.mark.slow("real studies over HTTP, with processes that measure")


@pytest.fixture
def server(tmp_path):
    """A web server on this machine; gives its address and what was asked for."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, text, *rest):
            asked.append(str(rest[0]))

    (tmp_path / "served").mkdir()
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "served")))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}", asked
    served.shutdown()
    served.server_close()


def test_videos_by_http_and_a_study_in_memory(server, make_good, tmp_path, monkeypatch):
    """Fetched, measured, and known again by what the server says of its version."""
    pytest.importorskip("aiohttp")
    address, asked = server
    make_good("served/a clip.mp4", 1)
    rows = [f"{address}/a%20clip.mp4,P1", f"{address}/missing.mp4,P2"]
    (tmp_path / "m.csv").write_text("\n".join(["video,participant", *rows]) + "\n")
    reach = Reach(("http", "memory"))
    videos = videos_of([str(tmp_path / "m.csv")], reach=reach)

    with study("memory://web-study", reach=reach) as folder:
        changes = []
        run = Run(prepare(videos, folder), folder, LocalCrew(1, ResourceLimits()), changes.append)
        assert run.progress().stage == "ready"
        run.start()
        assert run.wait(300)
        ended = run.progress()
        assert (ended.stage, ended.measured, ended.failed, ended.total) == ("finished", 1, 1, 2), ended.error
        assert [(v.name, v.state) for v in changes if v.state != "measuring"] == [
            (f"{address}/a%20clip.mp4", "measured"), (f"{address}/missing.mp4", "failed"),
        ]  # fmt: skip
        assert "There is no file" in str(run.videos()[1].reason)
        assert b",P1,,,rotation," in folder.read("movements.csv")
        assert len(list(folder.folders("frames"))) == 1
        assert json.loads(folder.read("provenance.json"))["inputs"][0]["sha256"]

        fetched = sum(line.startswith("GET /a%20clip") for line in asked)
        again = prepare(videos, folder)
        assert (again.kept, again.videos) == (1, 2), "a file that could not be reached is tried again"
        assert sum(line.startswith("GET /a%20clip") for line in asked) == fetched, "known without fetching it"

        changed = make_good("served/a clip.mp4", 2)
        os.utime(changed, (changed.stat().st_mtime + 2,) * 2)  # the server states whole seconds
        assert prepare(videos, folder).kept == 0


def test_a_run_is_stopped_from_a_page(make_good, tmp_path):
    for number in range(4):
        make_good(f"videos/{number}.mp4", number)
    videos = videos_of([str(tmp_path / "videos")])
    with study(f"file://{tmp_path}/study") as folder:
        run = Run(prepare(videos, folder), folder, LocalCrew(1, ResourceLimits()))
        run.start()
        while not run.progress().measuring:
            time.sleep(0.05)
        run.stop()
        assert run.progress().stage == "stopping"
        assert run.wait(300)
        progress = run.progress()
        assert (progress.stage, progress.measured) == ("stopped", 1)
        assert [video.state for video in run.videos()] == ["measured", "waiting", "waiting", "waiting"]
        assert prepare(videos, folder).kept == 1
