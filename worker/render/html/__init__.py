"""Rendering of a parsed item as a self-contained HTML page: no script, no external resources.

The page is a template in templates/; these modules compute the values that it shows.
"""

from worker.render.html.page import render_page

__all__ = ["render_page"]
