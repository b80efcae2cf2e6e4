"""The app: a question page, article pages and an HTTP API over one corpus, on this machine.

FastAPI carries everything; Gradio is mounted on it for the question page alone. Corpus text
reaches a page only through templates that escape it. Reading order: `server` (what is put
together), `desk` (one request → the corpus), `api`, `pages`, `question`, `guards`.
May import: all rooms but the command line; fastapi, starlette, gradio, pydantic, jinja2,
markupsafe and uvicorn are known here only.
"""

from askcorpus.app.feedback import beside as feedback_beside
from askcorpus.app.server import create_app, serve, served

__all__ = ["create_app", "feedback_beside", "serve", "served"]
