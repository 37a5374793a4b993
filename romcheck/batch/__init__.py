"""Many videos, here or on a cluster: one video is one task, and what is done is not done again."""
