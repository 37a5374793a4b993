"""Saves one measurement after another and says which were committed, until it is killed."""

import sys

from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Conditions
from romcheck.records.store import Records

if __name__ == "__main__":
    folder, url, visit = sys.argv[1], sys.argv[2], int(sys.argv[3])
    measured = [made_up("rotation", 50, 50, seed=seed, trials=1) for seed in range(2)]
    with Records(folder, url=url) as records:
        print("ready", flush=True)
        number = 0
        while True:
            result, frames = measured[number % 2]
            frames.sigma_deg[0] = number * 0.001  # other bytes, another file, every time
            kept = records.add_measurement(visit, result, frames, Conditions(camera=f"{number}"))
            print(kept.id, flush=True)
            number += 1
