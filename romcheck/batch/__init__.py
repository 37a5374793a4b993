"""Many videos, here or on a cluster: one video is one task, and finished tasks are not repeated."""
