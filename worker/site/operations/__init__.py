"""The pages for operators: feeds, dead letters and the service, with their actions.

feeds         the list of feeds and the page of a feed
feed_actions  add, pause, resume, poll, remove
letters       dead letters: the list, a letter, retry and drop
service       processes, queues, desks, memory, retention, settings
forms         the guards of actions
notices       the messages after an action
"""

from starlette.routing import BaseRoute

from worker.site.context import SiteContext
from worker.site.operations import feed_actions, feeds, letters, service
from worker.site.operations.forms import Forms

__all__ = ["operator_routes"]


def operator_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the routes of the pages for operators."""
    forms = Forms(context.store.secrets)
    return [
        *feed_actions.action_routes(context, forms),  # first: /feeds/add is not the page of a feed
        *feeds.feed_routes(context, forms),
        *letters.letter_routes(context, forms),
        *service.service_routes(context, forms),
    ]
