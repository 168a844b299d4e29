"""A parsed item as one HTML page that stands alone: no script, nothing loaded from anywhere.

The page is in templates/; the modules beside it work out what the templates show.
"""

from worker.render.html.page import render_page

__all__ = ["render_page"]
