"""The four tests: what counts as their start posture and movements, and their words."""
