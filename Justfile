# The commands of a day's work; "just" alone lists them. Each is one line that works without just too.

_default:
    @just --list

# What is needed to work, from the lock file
setup:
    uv sync --locked

# The quick tests, or those named: just test tests/records
test *what:
    uv run pytest {{what}}

# Every test: browsers, databases, whole videos
test-all:
    uv run pytest --all

# What pre-commit and CI look at besides the tests
check:
    uv run ruff check .
    uv run ruff format --check .
    uv run mypy

# Put lines and imports in order
format:
    uv run ruff check --fix .
    uv run ruff format .

# Lines and branches that the quick tests reach
coverage:
    uv run pytest --cov --cov-report=term

# The same of what computes, by its own tests; fails below its floor, as CI does
coverage-core:
    uv run .ci/coverage

# The documents as a site, in build/site
site:
    uv run --group docs sphinx-build -q -W docs build/site

# What is made from the program: tables, schemas, list of packages
made:
    uv run python docs/tables.py
    uv run python docs/schemas.py
    uv run python docs/third_party.py

# Everything that CI does, from a clean checkout
ci:
    .ci/run
