"""Secrets of addresses are never shown or kept; what is opened is on a list; and a dry run opens nothing."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from romcheck.batch.looking import look
from romcheck.batch.places import LOCAL, PlaceError, Reach, at_hand, told, without_secrets
from romcheck.batch.sources import videos_of
from romcheck.cli import app
from romcheck.errors import RomcheckError

SECRETS = ("s3cr3t-word", "SIGNATURE123", "nurse-anna", "tok-99-en")
ANYWHERE = Reach(("http", "https", "s3", "file"))


@pytest.fixture
def server():
    """A web server that refuses everything; gives its address and what it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(403)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{served.server_port}", asked
    served.shutdown()
    served.server_close()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://nurse-anna:s3cr3t-word@host/a.mp4?X-Amz-Signature=SIGNATURE123", "https://…@host/a.mp4?…"),
        ("https://host/a.mp4#tok-99-en", "https://host/a.mp4?…"),
        ("s3://nurse-anna:s3cr3t-word/with-slash@bucket/a.mp4", "s3://…bucket/a.mp4"),
        ("abfs://videos@account.net/a.mp4", "abfs://videos@account.net/a.mp4"),
        ("https://host:8080/a b.mp4", "https://host:8080/a b.mp4"),
        ("videos/a?b@c.mp4", "videos/a?b@c.mp4"),
    ],
)
def test_addresses_as_they_are_told(address, shown):
    assert told(address) == shown or not any(secret in told(address) for secret in SECRETS)
    assert not any(secret in told(address) for secret in SECRETS)
    assert not any(secret in without_secrets(f"Cannot connect to {address!r}.", address) for secret in SECRETS)


def test_a_library_that_takes_an_address_apart():
    address = "https://nurse-anna:s3cr3t-word@host/a.mp4?sig=SIGNATURE123&x=1"
    said = without_secrets("403, host='host', user='nurse-anna:s3cr3t-word', query='sig=SIGNATURE123'", address)
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.slow
def test_a_run_writes_no_secret(server, batch, tmp_path):
    """Neither on the screen nor in any file of the study; starts the engine."""
    pytest.importorskip("aiohttp")
    host, asked = server
    rows = [
        f"http://nurse-anna:s3cr3t-word@{host}/a.mp4?X-Amz-Signature=SIGNATURE123",
        f"http://nurse-anna:s3cr3t-word@{host}/a.mp4?X-Amz-Signature=SIGNATURE123&part=2",
        f"http://{host}/b.mp4?token=tok-99-en",
    ]
    (tmp_path / "m.csv").write_text("video\n" + "\n".join(rows) + "\n")
    done = batch.run("m.csv", "--out", "study", "--allow-scheme", "http")
    assert done.status == 1, done.errors
    assert len(done.named("failed")) == 3
    assert asked
    files = [path for path in (tmp_path / "study").rglob("*") if path.is_file()]
    texts = [done.printed, done.errors, *(path.read_bytes().decode("latin-1") for path in files), *map(str, files)]
    assert not [secret for secret in SECRETS if any(secret in text for text in texts)]
    assert f"{host}/b.mp4" in (tmp_path / "study" / "videos.csv").read_text()


def test_a_failed_fetch_tells_no_secret(server):
    pytest.importorskip("aiohttp")
    host, _ = server
    for address in (f"http://nurse-anna:s3cr3t-word@{host}/a.mp4?sig=SIGNATURE123", "s3://nurse-anna:s3cr3t-word@b/a"):
        with pytest.raises(PlaceError) as refused, at_hand(address):
            pass
        assert not any(secret in str(refused.value) for secret in SECRETS)
        assert refused.value.__cause__ is None or not any(s in str(refused.value.__cause__) for s in SECRETS)


@pytest.mark.parametrize(
    "address",
    [
        "http://h/a.mp4", "ftp://h/a.mp4", "sftp://u:s3cr3t-word@h/a.mp4", "memory://a.mp4", "github://o:r@/a.mp4",
        "simplecache::https://h/a.mp4", "zip://a.mp4::https://h/x.zip", "https://h/x::ftp://h/a.mp4", "local://etc/a.mp4",
    ],
)  # fmt: skip
def test_only_known_kinds_are_opened(address, tmp_path):
    """Named or in a manifest, also for a camera or a profile; others when they are asked for by name."""
    with pytest.raises(RomcheckError, match=r"not opened") as refused:
        videos_of([address])
    assert "s3cr3t-word" not in str(refused.value)
    (tmp_path / "a.mp4").touch()
    for row in (f"{address},,", f"a.mp4,{address},", f"a.mp4,,{address}"):
        (tmp_path / "m.csv").write_text(f"video,camera,profile\n{row}\n")
        with pytest.raises(RomcheckError, match=r"row 2: .*not opened"):
            videos_of([str(tmp_path / "m.csv")])
    if "::" not in address:
        assert videos_of([address], reach=Reach((address.split("://")[0],)))


def test_the_page_reads_this_computer_alone(tmp_path):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "m.csv").write_text("video\na.mp4\nhttps://h/b.mp4?sig=SIGNATURE123\n")
    with pytest.raises(RomcheckError, match=r"row 3: .*network address") as refused:
        look(str(tmp_path / "m.csv"))
    assert "SIGNATURE123" not in str(refused.value)
    with pytest.raises(PlaceError):
        LOCAL.check("https://h/b.mp4")


def test_a_dry_run_opens_nothing(server, tmp_path):
    host, asked = server
    (tmp_path / "m.csv").write_text(f"video\nhttp://{host}/a.mp4\n")
    told_it = CliRunner().invoke(
        app, ["batch", str(tmp_path / "m.csv"), "--out", str(tmp_path / "s"), "--dry-run", "--allow-scheme", "http"]
    )
    assert told_it.exit_code == 0, told_it.output
    assert "1 to measure" in told_it.output
    for sources in ([f"http://{host}/folder"], [f"http://{host}/*.mp4"], [f"http://{host}/m.csv"]):
        refused = CliRunner().invoke(
            app, ["batch", *sources, "--out", str(tmp_path / "s"), "--dry-run", "--allow-scheme", "http"]
        )
        assert refused.exit_code == 2
        assert "--dry-run opens none" in refused.output
    assert asked == []


def test_measure_takes_no_address_and_repeats_none():
    done = CliRunner().invoke(app, ["measure", "https://nurse-anna:s3cr3t-word@host/a.mp4?sig=SIGNATURE123"])
    assert done.exit_code == 2
    assert "romcheck batch" in " ".join(done.output.replace("│", " ").split())
    assert not any(secret in done.output for secret in SECRETS)
