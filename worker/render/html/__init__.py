"""A parsed item as one HTML page that stands alone: no script, nothing loaded from anywhere."""

from worker.render.html.page import render_page

__all__ = ["render_page"]
