"""``python -m romcheck``."""

from romcheck.cli import main

main()
