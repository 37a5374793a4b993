"""What happens when an assumption fails: noticed, correct nevertheless, or confidently wrong, which must not happen.

    python benchmarks/assumptions.py [CLIP.mp4 ...] [--rows NAME ...] [--strengths 1 2 3 4] [--persons 0 3 5]

Each row (assumption_rows/) spoils one assumption of a clip at four strengths: of the mannequin of the sample videos as
three persons, and of the clips named, which need their truth beside them. A clip that was touched counts as

    right   every hold was found and lies inside its interval, not rejected
    caught  an incorrect angle was rejected, or reported by a notice the untouched clip does not have
    WRONG   a trial is good or usable and the truth lies outside its interval, or on the other side; likewise a
            mean; a movement is missing without a notice, or there is one that was never made

A false alarm is a code of any row that comes up in an untouched clip. Everything goes to
benchmarks/out/assumptions.json; touched clips are kept in benchmarks/out/assumptions until the code that makes them
changes. Exit code 1: something was confidently wrong, not reported, or a false alarm.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import assumption_rows
from accuracy import in_processes, save
from assumption_rows import USUAL_NOISE, Row, Source, all_rows
from clips import OUT, Clip, Hold, read_clip
from degrading import Degradation, degrade
from mannequin_clips import Scene, draw
from tables import table, titled

from romcheck import __version__
from romcheck.errors import RomcheckError
from romcheck.measure import measure
from romcheck.results import Movement, Result

PERSONS = (0, 3, 5)
TOUCHED = OUT / "assumptions"

Verdict = Literal["right", "caught", "wrong"]
OPPOSITE = {"left": "right", "right": "left", "flexion": "extension", "extension": "flexion"}


@dataclass(frozen=True)
class Outcome:
    """Outcome of one clip. ``told`` are all codes of notices and reasons; ``faults`` are confident errors."""

    row: str
    strength: str
    head: str
    verdict: Verdict
    told: tuple[str, ...]
    faults: tuple[str, ...]
    angles: tuple[str, ...]
    refused: str | None = None


@dataclass(frozen=True)
class AssumptionsRun:
    """One run, as it is written to a file. ``untouched`` carries the false alarms as its ``faults``."""

    romcheck: str
    untouched: tuple[Outcome, ...]
    touched: tuple[Outcome, ...]


# --- judging


def codes(result: Result) -> frozenset[str]:
    """Codes of every notice and reason in a result."""
    reasons = {code for examined in result.tests for m in examined.movements for code in m.reasons}
    return frozenset(n.code for n in result.notices) | reasons


def judge(clip: Clip, result: Result, usual: frozenset[str]) -> tuple[Verdict, tuple[str, ...]]:
    """Compare a result with the truth; ``usual`` are the codes of the same clip untouched."""
    word = bool(codes(result) - usual)
    faults: list[str] = []
    right = True
    movements = [m for examined in result.tests for m in examined.movements]
    left_over = list(movements)
    for hold in clip.holds:
        at = f"{hold.movement} at {hold.start_s:.1f} s"
        found = next((m for m in left_over if m.movement == hold.movement and _meet(m, hold)), None)
        if found is None:
            right = False
            other = [m for m in movements if m.movement == _opposite(hold.movement) and _spans(m, hold)]
            left_over = [m for m in left_over if m not in other]
            if any(m.quality != "rejected" for m in other):
                faults.append(f"{at}: given as the other side")
            elif not other and not word:
                faults.append(f"{at}: missing without a word")
            continue
        left_over.remove(found)
        fault, good = _against(found, hold)
        right &= good
        faults += [f"{at}: {fault}"] if fault else []
    for m in left_over:
        if m.quality != "rejected":
            right = False
            faults.append(f"{m.movement} at {m.start_s:.1f} s: {m.angle_deg:.0f}° that never was, {m.quality}")
    means = _against_means(clip, result)
    faults += means
    right &= not means
    return "wrong" if faults else "right" if right else "caught", tuple(faults)


def _against(found: Movement, hold: Hold) -> tuple[str | None, bool]:
    """What is confidently wrong about a movement, and whether it is right."""
    if found.quality == "rejected" or found.angle_deg is None or found.uncertainty_deg is None:
        return None, False
    if abs(found.angle_deg - hold.angle_deg) <= found.uncertainty_deg:
        return None, True
    said = f"{found.angle_deg:.1f}° ± {found.uncertainty_deg:.1f}° for {hold.angle_deg:.1f}°, {found.quality}"
    return said, False


def _against_means(clip: Clip, result: Result) -> list[str]:
    """Means that are stated and whose interval misses the mean of the true angles of their trials."""
    faults = []
    for examined in result.tests:
        for mean in (s for s in examined.summary if s.mean_deg is not None and s.reason is None):
            used = [m for m in examined.movements if m.movement == mean.movement and m.trial in mean.trials]
            true = [h.angle_deg for m in used for h in clip.holds if h.movement == m.movement and _meet(m, h)]
            if mean.uncertainty_deg is None or mean.mean_deg is None or len(true) != len(used):
                continue
            off = abs(mean.mean_deg - sum(true) / len(true))
            if off > mean.uncertainty_deg:
                faults.append(f"mean of {mean.movement}: {off:.1f}° off, stated to ±{mean.uncertainty_deg:.1f}°")
    return faults


def _meet(m: Movement, hold: Hold) -> bool:
    return m.start_s < hold.end_s and m.end_s > hold.start_s


def _spans(m: Movement, hold: Hold) -> bool:
    """Whether a movement is the hold, not one that only touches it."""
    return min(m.end_s, hold.end_s) - max(m.start_s, hold.start_s) > 0.5 * (hold.end_s - hold.start_s)


def _opposite(movement: str) -> str:
    *axis, way = movement.split("_")
    return "_".join((*axis, OPPOSITE[way]))


# --- running


@dataclass(frozen=True)
class Job:
    """A clip to measure: one strength of a row put to a source; without a row, the source as it is."""

    source: Path
    person: int | None
    usual: frozenset[str]
    row: str | None = None
    strength: str | None = None

    @property
    def head(self) -> str:
        """How the source is called in tables."""
        return self.source.stem if self.person is None else f"person {self.person}"


def untouched_clip(scene: Scene) -> Path:
    """The drawn clip with a camera's noise."""
    TOUCHED.mkdir(parents=True, exist_ok=True)
    path = TOUCHED / scene.path.name
    if not (path.exists() and path.with_suffix(".json").exists()):
        degrade(draw(scene), Degradation(noise=USUAL_NOISE), path)
    return path


def touched_clip(source: Source, row: Row, strength: str) -> Path:
    """The touched clip, made unless it is there already."""
    folder = Path(assumption_rows.__file__).parent
    made_of = [source.video.name, row.name, strength, repr(row.strengths[strength]), json.dumps(source.truth["holds"])]
    code = sys.modules[row.touch.__module__].__file__
    digest = hashlib.sha256("\0".join(made_of).encode())
    for path in (Path(code or ""), folder / "__init__.py"):
        digest.update(path.read_bytes())
    path = TOUCHED / f"{row.name.replace(' ', '_')}_{digest.hexdigest()[:16]}.mp4"
    if not (path.exists() and path.with_suffix(".json").exists()):
        unfinished = path.with_name(f"{path.stem}.{os.getpid()}.unfinished.mp4")
        truth = row.touch(source, row.strengths[strength], unfinished)
        unfinished.replace(path)
        path.with_suffix(".json").write_text(json.dumps(truth), "utf-8")
    return path


def run(job: Job) -> Outcome:
    """Make the clip of a job, measure it and judge what came out."""
    row = next((r for r in all_rows() if r.name == job.row), None)
    video = job.source
    options: dict[str, Any] = {}
    if row is not None and job.strength is not None:
        truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
        video = touched_clip(Source(video, truth, job.person), row, job.strength)
        options = dict(row.options)
    clip = read_clip(video)
    labels = row.name if row else "untouched", job.strength or "", job.head
    try:
        result = measure(video, **{"camera": clip.lens, **options}).result
    except RomcheckError as error:
        return Outcome(*labels, "caught", (), (), (), str(error))
    told = tuple(sorted(codes(result) - job.usual))
    verdict, faults = judge(clip, result, job.usual)
    if row is not None and row.must and job.strength == list(row.strengths)[-1] and not row.must & set(told):
        verdict, faults = "wrong", (*faults, f"none of {', '.join(sorted(row.must))} was told")
    if row is None:
        told = tuple(sorted(codes(result)))
        alarms = sorted(set(told) & {code for r in all_rows() for code in r.words})
        faults = (*faults, *(f"false alarm: {code}" for code in alarms))
    angles = tuple(
        f"{m.movement} {m.angle_deg or 0:.1f}±{m.uncertainty_deg or 0:.1f} {m.quality}"
        for examined in result.tests
        for m in examined.movements
    )
    return Outcome(*labels, verdict, told, faults, angles)


# --- telling


def tables(run: AssumptionsRun, markdown: bool) -> str:
    """One line a row and strength, and what was confidently wrong or a false alarm."""
    lines = []
    for row, strength in dict.fromkeys((o.row, o.strength) for o in run.touched):
        group = [o for o in run.touched if (o.row, o.strength) == (row, strength)]
        told = {code for o in group for code in o.told} | {"refused" for o in group if o.refused}
        counts = (str(sum(o.verdict == verdict for o in group)) for verdict in ("right", "caught", "wrong"))
        lines.append((row, strength, *counts, ", ".join(sorted(told))))
    body = table(("what fails", "how much", "right", "caught", "WRONG", "told"), lines, markdown)
    wrong = sum(o.verdict == "wrong" for o in run.touched)
    alarms = sum(bool(o.faults or o.refused) for o in run.untouched)
    summary = f"confidently wrong: {wrong} of {len(run.touched)}; false alarms: {alarms} of {len(run.untouched)}"
    faults = [f"{o.row} {o.strength}, {o.head}: {fault}" for o in (*run.untouched, *run.touched) for fault in o.faults]
    return "\n".join((titled("Assumptions that fail", body, markdown), "", summary, *faults))


def failed(run: AssumptionsRun) -> bool:
    """Whether anything was confidently wrong or a false alarm."""
    return any(o.faults for o in (*run.untouched, *run.touched)) or any(o.refused for o in run.untouched)


def jobs_for(
    sources: Sequence[tuple[Path, int | None]],
    untouched: Sequence[Outcome],
    rows: Sequence[Row],
    strengths: Sequence[int],
) -> list[Job]:
    """Every row put to every source, at these of its four strengths."""
    return [
        Job(path, person, frozenset(plain.told), row.name, strength)
        for row in rows
        for n, strength in enumerate(row.strengths, 1)
        if n in strengths
        for (path, person), plain in zip(sources, untouched, strict=True)
    ]


def main() -> int:
    """Render, modify, measure, judge, write and print."""
    rows = all_rows()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP.mp4", help="further clips, with their truth")
    parser.add_argument("--rows", nargs="+", choices=[r.name for r in rows], metavar="NAME", help="only these")
    parser.add_argument("--strengths", nargs="+", type=int, choices=(1, 2, 3, 4), default=(1, 2, 3, 4), metavar="N")
    parser.add_argument("--persons", nargs="*", type=int, default=PERSONS, metavar="SEED", help="0: the sample videos'")
    parser.add_argument("--kind", choices=("rotation", "frt"), default="rotation", help="the test of the mannequins")
    parser.add_argument(
        "--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=OUT / "assumptions.json", help="where to write the run")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown, to paste")
    args = parser.parse_args()
    for video in args.clips:
        if not video.with_suffix(".json").exists():
            parser.error(f"{video} has no truth ({video.stem}.json) beside it")

    scenes = [Scene(args.kind, person) for person in args.persons]
    drawn = in_processes(untouched_clip, scenes, args.jobs, lambda scene: f"drawn: {scene}")
    sources = [*zip(drawn, args.persons, strict=True), *((video, None) for video in args.clips)]
    plain = in_processes(run, [Job(*s, frozenset()) for s in sources], args.jobs, lambda job: f"untouched {job.head}")
    chosen = [row for row in rows if not args.rows or row.name in args.rows]
    touched = in_processes(
        run, jobs_for(sources, plain, chosen, args.strengths), args.jobs, lambda j: f"{j.row}, {j.strength}: {j.head}"
    )
    done = AssumptionsRun(__version__, tuple(plain), tuple(touched))
    save(done, args.out)
    print(f"written: {args.out}", file=sys.stderr)
    print(tables(done, args.markdown))
    return int(failed(done))


if __name__ == "__main__":
    sys.exit(main())
