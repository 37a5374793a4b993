"""The camera's lens from pictures of a printed board."""
