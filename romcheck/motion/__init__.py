"""From head poses in time to movements: rotations, angles, holds and quality gates."""
