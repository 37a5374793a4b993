"""The web application: ``romcheck app`` starts it, ``streamlit run romcheck/app.py`` too."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Streamlit puts this folder on the path, where names such as "statistics" would hide the standard library's.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]

from streamlit.starlette import App  # noqa: E402

from romcheck.ui.server import MIDDLEWARE, ROUTES, lifespan  # noqa: E402

app = App(HERE / "ui" / "entry" / "script.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan)
