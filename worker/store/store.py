"""The store on one Redis 7 or Valkey 7.2+ server.

Every key, with P for the prefix (COPYTASTER_PREFIX, `copytaster` by default). Times in scores are
milliseconds since 1970, by the server's clock. "Public": other programs may rely on it.

    key              type    holds                                                   expires
    ---------------  ------  ------------------------------------------------------  --------------
    P:feeds          hash    feed id -> Feed JSON                                    never
    P:states         hash    feed id -> FeedState JSON                               with the feed
    P:due            zset    feed id by due time; while leased, by the lease's end   with the feed
    P:clock          string  the server's time at the last look, and by how much it  never
                             was set back: what is due goes by their sum
    P:leases         hash    feed id -> token of its claim; once the poll has begun  with the poll
                             also the poll's own token, how many slices of it
                             were admitted, and whether to poll again at once
    P:shown:<feed id> string what the feed showed last, the newest first, 16 bytes   with the feed
                             an entry: 8 of the digest of its uri, 8 of its
                             version's; after them what a poll that has not
                             ended has admitted
    P:paused         zset    feed id by the due time that it had when it was paused  with the feed
    P:past:<feed id> list    PollRecord as MessagePack, the last 20, newest first    with the feed
    P:push:<feed id> hash    its subscription at a hub: hub, topic, callback,        two weeks after
                             secret, mode, asked_at, asked, error; confirmed_at,     its lease
                             until, denied, pushes, pushed_at, refused
    P:health:<word>  set     ids of the feeds that are failing, slowed, gone, empty  with the feed
                             or moved
    P:host:<hash>    hash    by the SHA-256 of a host's name, for feeds, and with    after an hour
                             `page of ` before it, for pages: next: when it may be
                             asked; until: not before; strikes: how often it said
                             429 or 503 of late
    P:items          string  number of the newest generation of records, its start   never
    P:items:<g>:<n>  hash    rest of an item's hash -> its record, MessagePack, as   after known_s
                             lib/items.lua has it: version last published, its
                             order, its desks with the digests of their events,
                             copy, kill that took it back or stopped it, version
                             that a poll admitted, versions seen, replays
    P:order          string  the last order given to an entry of a work stream       never
    P:inbox          stream  public, a door: message, source?, published?, urgency?  when read
    P:inbox:urgent   stream  public, a door: the same, read with it                  when read
    P:look:<token>   string  empty: what this look at the doors read may be taken    ten seconds
    P:retried        hash    door, id and digest of a retried message there -> its   when read
                             order
    P:work           stream  the same, and door?, order?, released?, page?, failed?; when done
                             group copytaster
    P:work:urgent    stream  the same, read first                                    when done
    P:work:looked    string  how much the clock had been set back in all when work   never
                             was handed out last
    P:copies         stream  item: its hash; body: the last version, packed          by copies_for_s
    P:copies:bytes   string  bytes of all bodies there                               never
    P:recent:<hash>  stream  item: Recent, of one wire (an agency, a source)         kill_window_s
    P:kills:<hash>   stream  kill: OpenKill JSON, of one wire                        kill_window_s
    P:near           hash    a first by 12 digits of its hash: its bands, Likeness   by near_for_s
    P:near:desks     hash    the same -> desks that have had it, or a copy of it     with the first
    P:near:ages      zset    the same by the time when it was published              with the first
    P:near:band:<n>  hash    the rest of a band -> the firsts that have it           with the first
    P:held           hash    item's hash -> what waits for its time, MessagePack     when released
    P:held:recent    hash    item's hash -> its wires and Recent, for kills to find  when released
    P:held:due       zset    item's hash by the time when it may go out              when released
    P:pages          hash    page id -> PageWork JSON, of a page that shall be read  when read
    P:pages:due      zset    page id by due time; while leased, by the lease's end   when read
    P:pages:leases   hash    page id -> tokens of its claim and its reader           with the read
    P:pages:begun    hash    page id -> when a poller began with it first            when read
    P:desk:<name>    stream  public: event, id, type; a group a reader               by desk_length
    P:desks          set     names of the desks that hold or held events             never
    P:desks:lost     hash    <desk>:<reader> -> how many events the bound has cut    never
                             before that reader confirmed them, and when last
    P:relay:<name>   hash    lease of a desk's relay: token, a random word; beat:    with the relay
                             how often it was renewed
    P:dead:classes   hash    class (kind and fixed words of the reason) -> letters   never
    P:dead:sizes     hash    class -> bytes of the payloads of its letters           never
    P:dead:class:<c> list    ids of the letters of a class, the oldest first         with the last
    P:dead:dropped   hash    kind -> letters that made room for others               never
    P:dead           stream  public: reason, kind, class, attempts, payload, stream, by dead_length
                             source, detail, item, retry_of, door?, cut?,
                             field:published?, field:urgency?

Whatever takes more than one step is a script under scripts/; its head says its keys and its answer.
"""

from typing import Any

from worker.store.archive import RedisArchive
from worker.store.backlog import RedisStats
from worker.store.connection import Connection
from worker.store.dead_letters import RedisDeadLetters
from worker.store.desks import RedisDesks
from worker.store.feeds import RedisFeeds
from worker.store.hosts import RedisHosts
from worker.store.inbox import RedisInbox
from worker.store.pages import RedisPages
from worker.store.part import StoreLimits
from worker.store.polls import RedisPolls
from worker.store.publications import RedisPublications
from worker.store.subscriptions import RedisSubscriptions

__all__ = ["RedisStore"]


class RedisStore:
    """Everything that the service keeps, a part for each concern, on one server.

    Opens no connection before the first call; open it after a fork.

    Args:
        url: redis://, rediss:// or unix://.
        limits: The fields of `StoreLimits`.

    Raises:
        SettingsError: The URL is none of the three.
    """

    def __init__(self, url: str, **limits: Any) -> None:
        self._server = server = Connection(url)
        bounds = StoreLimits(**limits)
        self.prefix = bounds.prefix
        self.feeds = RedisFeeds(server, bounds)
        self.polls = RedisPolls(server, bounds)
        self.hosts = RedisHosts(server, bounds)
        self.subscriptions = RedisSubscriptions(server, bounds)
        self.inbox = RedisInbox(server, bounds)
        self.pages = RedisPages(server, bounds)
        self.publications = RedisPublications(server, bounds)
        self.archive = RedisArchive(server, bounds)
        self.desks = RedisDesks(server, bounds)
        self.dead_letters = RedisDeadLetters(server, bounds)
        self.stats = RedisStats(server, bounds)

    def close(self) -> None:
        """Close every connection."""
        self._server.close()
