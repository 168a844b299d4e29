"""The web application: pages, HTTP API, metrics and health, in one ASGI application.

`context` holds what handlers need, `app` puts the application together, `server` runs it. Each
package makes its routes. The application keeps no state that a request depends on, so several
processes may serve side by side.
"""
