"""`copytaster feeds`: imports `read` and `try` by themselves, since they need no store."""

import click

__all__ = ["feeds"]


class _Feeds(click.Group):
    """The group of `worker.cli.feeds`, which is not imported for subcommands without a store."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return _others().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "read":
            from worker.cli.feeds_read import read  # called by other programs, which wait for it

            return read
        if cmd_name == "try":
            from worker.cli.feeds_try import try_feed  # likewise

            return try_feed
        return _others().get_command(ctx, cmd_name)


def _others() -> click.Group:
    from worker.cli.feeds import feeds as others  # with the store and its client

    return others


@click.group(cls=_Feeds)
def feeds() -> None:
    """Add, list, show, poll, pause, remove, import and export feeds."""
