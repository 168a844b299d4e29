"""The store on a Redis 7 or Valkey 7.2+ server, and the table of its keys.

P is the prefix (COPYTASTER_PREFIX, `copytaster` by default). Scores of sorted sets are milliseconds
since 1970, by the server's clock. Other programs may rely on the keys that are "public".

    key              type    holds                                                   expires
    ---------------  ------  ------------------------------------------------------  --------------
    P:feeds          hash    feed id -> Feed JSON                                    never
    P:states         hash    feed id -> FeedState JSON                               with the feed
    P:due            zset    feed id by due time; while leased, by the lease's end   with the feed
    P:clock          string  the server's time when last saved, and the time by      never
                             which it was ever set back; due times and orders
                             go by the sum
    P:leases         hash    feed id -> token of its claim; once the poll has begun  with the poll
                             also the poll's own token, the number of admitted
                             slices, and `again` if it is to be polled again
    P:shown:<feed id> string the entries that the feed showed last, newest first:    with the feed
                             8 bytes of its uri's digest, 8 of its version's;
                             then those that an unfinished poll has admitted
    P:paused         zset    feed id by its due time when it was paused              with the feed
    P:past:<feed id> list    PollRecord as MessagePack, the last 20, newest first    with the feed
    P:push:<feed id> hash    its subscription at a hub: hub, topic, callback,        two weeks after
                             secret, mode, asked_at, asked, error; confirmed_at,     its lease
                             until, denied, pushes, pushed_at, refused
    P:health:<flag>  set     ids of the feeds that are failing, slowed, gone, empty  with the feed
                             or moved
    P:host:<hash>    hash    by the SHA-256 of a host's name, after `page of ` if    after an hour
                             for pages: next: its next slot; until: the end of
                             its back-off; strikes: recent answers 429 or 503
    P:items          string  number of the newest generation of records, its start   never
    P:items:<g>:<n>  hash    rest of an item's hash -> its record as MessagePack;    after known_s
                             its fields are described in lib/items.lua
    P:order          string  the last order given to an entry of a work stream       never
    P:orders         zset    what keeps an earlier order, `<place> <id>` of a        when done, or
                             message at a door, on a work stream or of a page,       with the next
                             by the ms of that order                                 kill
    P:inbox          stream  public, a door: message, source?, published?, urgency?  when read
    P:inbox:urgent   stream  public, a door: the same, read with it                  when read
    P:look:<token>   string  empty; the messages that this look at the doors read    an hour
                             may be moved while it exists
    P:put:<hash>     string  by the SHA-256 of an idempotency key: a digest of what  a day after
                             it stands for, and the ids of its entries
    P:retried        hash    door, id and digest of a retried message there -> its   when read
                             order
    P:work           stream  the same, and door?, order?, released?, page?, failed?; when done
                             group copytaster
    P:work:urgent    stream  the same, read first                                    when done
    P:work:looked    string  the time by which the clock had ever been set back      never
                             when work was last taken
    P:copies         stream  item: its hash; body: the last version, packed          by copies_for_s
    P:copies:bytes   string  bytes of all bodies there                               never
    P:recent:<hash>  stream  item: RecentItem, of a wire (an agency, a source);      known_s
                             those older than kill_window_s go with the next
    P:kills:<hash>   stream  kill: OpenKill JSON, of a wire; those older than        known_s
                             kill_window_s, and than all that waits, go with the
                             next
    P:near           hash    an original, by 12 digits of its hash: its bands and    by near_for_s
                             its Fingerprint
    P:near:desks     hash    the same -> desks that have it or a duplicate of it     with original
    P:near:ages      zset    the same by its time of publication                     with original
    P:near:band:<n>  string  the originals in the bands that begin with these digits with original
    P:held           hash    item's hash -> its entry under embargo, MessagePack     when released
    P:held:recent    hash    item's hash -> its order, wires and RecentItem, for     when released
                             kills
    P:held:unread    hash    item's hash -> an entry that could not be read          never
    P:held:due       zset    item's hash by the end of its embargo                   when released
    P:pages          hash    page id -> PageWork JSON, of a page to read             when read
    P:pages:due      zset    page id by due time; while leased, by the lease's end   when read
    P:pages:leases   hash    page id -> tokens of its claim and its reader           with the read
    P:pages:begun    hash    page id -> time when a poller first began with it       when read
    P:secret:<name>  string  32 random bytes that all processes share                never
    P:desk:<name>    stream  public: event, id, type; a group for each reader        by desk_length
    P:desks          set     names of the desks that have or had events              never
    P:desks:lost     hash    <desk>:<reader> -> number of events that were trimmed   never
                             before the reader confirmed them, and the last time
    P:relay:<name>   hash    lease of a desk's relay: token, a random word; beat:    with the relay
                             the number of its renewals
    P:metrics:<name> hash    public: labels of a series, a JSON array -> integer, a    never
                             sum over all processes (worker/metrics/catalogue.py)
    P:beats          zset    a process (role, host, number) by its last heartbeat    an hour
    P:dead:classes   hash    class (kind and fixed words of the reason) -> letters   never
    P:dead:sizes     hash    class -> bytes of the payloads of its letters           never
    P:dead:class:<c> list    ids of the letters of a class, the oldest first         with the last
    P:dead:dropped   hash    kind -> letters that were evicted                       never
    P:dead           stream  public: reason, kind, class, attempts, payload, stream, by dead_length
                             source, detail, item, retry_of, door?, unnamed?, cut?,
                             field:published?, field:urgency?

An operation of more than one step is a script under scripts/: only that is atomic. The head of a
script describes its arguments and its answer.
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
from worker.store.metrics import RedisMetrics
from worker.store.pages import RedisPages
from worker.store.part import StoreLimits
from worker.store.polls import RedisPolls
from worker.store.publications import RedisPublications
from worker.store.secrets import RedisSecrets
from worker.store.subscriptions import RedisSubscriptions

__all__ = ["RedisStore"]


class RedisStore:
    """Everything that the service stores, with a part for each concern.

    It opens no connection before the first call. A connection must not be shared across a fork.

    Args:
        url: redis://, rediss:// or unix://.
        limits: The fields of `StoreLimits`.

    Raises:
        SettingsError: The URL is none of these, or invalid.
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
        self.metrics = RedisMetrics(server, bounds)
        self.secrets = RedisSecrets(server, bounds)

    def close(self) -> None:
        """Close every connection."""
        self._server.close()
