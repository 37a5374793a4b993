"""Damage small videos at random and read them: each must end in a result or a sentence.

    python benchmarks/damaged_videos.py [--count 5000] [--seed 1]

The clips have a few frames in several containers, with titles and several tracks. Each damaged one is read to its
end as ``romcheck measure`` reads it, and inspected as the page inspects a folder, in a new process for every few
files: a process that dies counts as a crash and affects no other file.
"""

from __future__ import annotations

import argparse
import json
import queue
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from PIL import Image

A_PROCESS = 500
"""Files given to one process."""
WITHIN_S = 120.0
"""Time limit per file; beyond it the file counts as a hang."""
MOST_MB = 1536

TRACKS = {
    "clip.mp4": [("libx264", "yuv420p")],
    "two.mp4": [("libx264", "yuv420p"), ("mpeg4", "yuv420p")],
    "clip.mov": [("mjpeg", "yuvj420p")],
    "clip.mkv": [("libx264", "yuv420p")],
    "two.mkv": [("libx264", "yuv420p"), ("mpeg4", "yuv420p")],
    "clip.webm": [("libvpx", "yuv420p")],
    "clip.avi": [("mpeg4", "yuv420p")],
    "clip.ts": [("mpeg2video", "yuv420p")],
    "clip.gif": [("gif", "rgb8")],
}


def clips(folder: Path) -> list[Path]:
    """Write the undamaged ones."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(6)]
    for name, tracks in TRACKS.items():
        with av.open(str(folder / name), "w") as file:
            file.metadata.update(title="Rotation, Monday", comment="A clip to be damaged")
            streams = []
            for codec, pix_fmt in tracks:
                stream = file.add_stream(codec, rate=10)
                stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
                stream.metadata["title"] = "Camera"
                streams.append((stream, pix_fmt))
            for picture in pictures:
                for stream, pix_fmt in streams:
                    file.mux(
                        stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt))
                    )
            for stream, _ in streams:
                file.mux(stream.encode())
    first, *rest = map(Image.fromarray, pictures)
    first.save(folder / "clip.webp", save_all=True, append_images=rest, duration=100)
    return sorted(folder.iterdir())


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """One of many ways to damage a file."""
    data, size = bytearray(content), len(content)
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.integers(7)
        # Most of the structure lies near the beginning or the end.
        where = int(
            rng.choice([rng.integers(size), rng.integers(min(size, 600)), size - 1 - rng.integers(min(size, 900))])
        )
        length = int(rng.integers(1, 64))
        if kind == 0:
            for at in rng.integers(0, len(data), int(rng.integers(1, 30))):
                data[at] = rng.integers(256)
        elif kind == 1:
            data[where : where + length] = bytes([int(rng.choice([0, 0x7F, 0x80, 0xE9, 0xFF]))]) * length
        elif kind == 2:
            data = data[: max(1, where)]
        elif kind == 3:
            data[where:where] = rng.bytes(length)
        elif kind == 4:
            other = int(rng.integers(len(data)))
            data[where : where + length] = data[other : other + length]
        elif kind == 5:
            del data[where : where + length]
        else:
            data[where : where + 4] = int(rng.choice([1, 2**31 - 1, 2**31, 2**32 - 1, 65536])).to_bytes(4, "big")
        size = max(1, len(data))
    return bytes(data) or b"\0"


def read_one(path: Path) -> tuple[str, str]:
    """Outcome of a file: ``result``, ``sentence`` or ``traceback``; and its text."""
    from romcheck.batch.looking import look
    from romcheck.errors import RomcheckError
    from romcheck.sources.video import VideoFile

    words = ""
    try:
        look(str(path))
        with VideoFile(path) as video:
            count = sum(1 for _ in video)
            json.dumps(
                [video.source.file, video.source.duration_s, [notice.text for notice in video.notices]], allow_nan=False
            ).encode()
        return "result", f"{count} frames"
    except RomcheckError as error:
        words = str(error)
        return ("sentence", words) if words.endswith(".") else ("traceback", f"no sentence: {words}")
    except BaseException as error:
        return "traceback", f"{type(error).__name__}: {error}"


def child() -> None:
    """Read the files named on the input, reporting each."""
    for line in sys.stdin:
        kind, words = read_one(Path(line.rstrip("\n")))
        print(json.dumps([line.rstrip("\n"), kind, words, most_mb()]), flush=True)


def most_mb() -> int:
    """Peak memory of this process. ``ru_maxrss`` may be that of its parent when it was started."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def pass_on(lines: Iterable[str], to: queue.Queue[str]) -> None:
    """Pass on the output of a process, and an empty line at its end."""
    for line in lines:
        to.put(line)
    to.put("")


def outcomes(files: list[Path], folder: Path) -> Iterator[tuple[Path, str, str, int]]:
    """Outcome of each file, from processes that may crash."""
    waiting = list(files)
    while waiting:
        process = subprocess.Popen(
            [sys.executable, __file__, "--child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, cwd=folder,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=pass_on, args=(process.stdout, lines), daemon=True).start()
        process.stdin.write("".join(f"{path}\n" for path in waiting[:A_PROCESS]))
        process.stdin.close()
        for path in waiting[:A_PROCESS]:
            try:
                line = lines.get(timeout=WITHIN_S)
            except queue.Empty:
                process.kill()
                yield path, "hang", "", 0
                waiting.remove(path)
                break
            waiting.remove(path)
            if not line:
                yield path, "crash", f"status {process.wait()}", 0
                break
            _, kind, words, memory = json.loads(line)
            yield path, kind, words, memory
        process.kill()
        process.wait()


def run(count: int, seed: int, keep: Path | None = None) -> Counter[str]:
    """Damage and read a number of files; return the outcomes, and print unexpected ones."""
    began, found, most = time.monotonic(), Counter[str](), 0
    with tempfile.TemporaryDirectory() as place:
        whole, broken, empty = (Path(place, name) for name in ("whole", "broken", "empty"))
        for folder in (whole, broken, empty):
            folder.mkdir()
        originals, rng = clips(whole), np.random.default_rng(seed)
        files = []
        for number in range(count):
            original = originals[number % len(originals)]
            path = broken / f"{number:05d}{original.suffix}"
            path.write_bytes(damaged(original.read_bytes(), rng))
            files.append(path)
        for path, kind, words, memory in outcomes(files, empty):
            found[kind] += 1
            most = max(most, memory)
            if kind not in ("result", "sentence") or memory > MOST_MB:
                print(f"{path.name}  {kind}  {words}  {memory} MB")
                if keep:
                    (keep / path.name).write_bytes(path.read_bytes())
        strangers = sorted({*broken.iterdir(), *empty.iterdir()} - set(files))
        found["files made"] = len(strangers)
    found["most MB"] = most
    print(f"{count} files, seed {seed}, {time.monotonic() - began:.0f} s: {dict(found)}")
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder in which to keep files that showed a fault")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child()
        return
    found = run(args.count, args.seed, args.keep)
    wrong = found["traceback"] + found["crash"] + found["hang"] + found["files made"]
    raise SystemExit(bool(wrong or found["most MB"] > MOST_MB))


if __name__ == "__main__":
    main()
