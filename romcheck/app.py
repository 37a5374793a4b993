"""The web application, started by ``romcheck app`` or ``streamlit run romcheck/app.py``."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Streamlit puts this folder on the path, where names such as "statistics" would hide the standard library's.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]

from starlette.types import ASGIApp  # noqa: E402
from streamlit.starlette import App  # noqa: E402

from romcheck.ui.access import AccessError  # noqa: E402
from romcheck.ui.logs import keep_names_out  # noqa: E402
from romcheck.ui.server import ROUTES, guarded, lifespan  # noqa: E402

keep_names_out()
# Streamlit looks for this very name and runs what it holds in the end: there is no way to the pages but by the guard.
app: ASGIApp = App(HERE / "ui" / "entry" / "script.py", routes=ROUTES, lifespan=lifespan)
try:
    app = guarded(app)
except AccessError as error:
    sys.exit(str(error))
