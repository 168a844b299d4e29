"""The web application: pages, HTTP API, metrics and health, in one ASGI application.

`context` is the equipment of its handlers, `app` puts the application together, `server` runs it.
Each package makes its routes. The application keeps no state of its own: several processes may
serve at once.
"""
