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
    P:dead:bytes     string  bytes of all payloads there                             never
    P:dead:classes   hash    class (kind and fixed words of the reason) -> letters   never
    P:dead:sizes     hash    class -> bytes of the payloads of its letters           never
    P:dead:class:<c> list    ids of the letters of a class, the oldest first         with the last
    P:dead:dropped   hash    kind -> letters that made room for others               never
    P:dead           stream  public: reason, kind, class, attempts, payload, stream, by dead_length
                             source, detail, item, retry_of, door?, cut?,
                             field:published?, field:urgency?

Whatever takes more than one step is a script under scripts/; its head says its keys and its answer.
"""

from collections.abc import Mapping

from worker.model import HEALTH
from worker.store.connection import Connection
from worker.store.desks import RedisDesks
from worker.store.feeds import RedisFeeds
from worker.store.inbox import RedisInbox
from worker.store.items import RedisItems
from worker.store.pages import RedisPages
from worker.store.pushes import RedisPushes
from worker.store.waiting import RedisWaiting

__all__ = ["RedisStore"]

DAY_S = 24 * 60 * 60


class RedisStore(RedisFeeds, RedisInbox, RedisItems, RedisDesks, RedisWaiting):
    """`worker.ports.Store` on a server. Opens no connection before the first call; open after fork.

    Args:
        url: redis://, rediss:// or unix://.
        prefix: The first word of every key.
        known_for_s: How long an item is remembered at least after it last moved.
        desk_length: Events that a desk keeps, about.
        inbox_length: Messages that may wait; more are refused with a BrokerError, never dropped.
        dead_length: Dead letters that are kept; the oldest go first.
        dead_bytes: Bytes of all their payloads; likewise.
        copies_for_s: How long the copy of a version is kept, unless a later one takes its place.
        copies_bytes: Bytes of all copies; the oldest go first.
        kill_window_s: How long an item is listed for kills to find, and a kill is remembered for
            items that it overtook.
        near_for_s: How long copies of an item are told from it.
        near_length: Items of which that is so; the oldest go first.

    Raises:
        SettingsError: The URL is none of the three.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "copytaster",
        known_for_s: int = 7 * DAY_S,
        desk_length: int = 100_000,
        inbox_length: int = 1_000_000,
        dead_length: int = 10_000,
        dead_bytes: int = 64 << 20,
        copies_for_s: int = 2 * DAY_S,
        copies_bytes: int = 128 << 20,
        kill_window_s: int = DAY_S,
        near_for_s: int = 2 * DAY_S,
        near_length: int = 40_000,
    ) -> None:
        self._server = Connection(url)
        self._prefix = prefix
        self._known_for_s = known_for_s
        self._desk_length = desk_length
        self._inbox_length = inbox_length
        self._dead_length = dead_length
        self._dead_bytes = dead_bytes
        self._copies_for_s = copies_for_s
        self._copies_bytes = copies_bytes
        self._kill_window_s = kill_window_s
        self._near_for_s = near_for_s
        self._near_length = near_length
        self.pages = RedisPages(self._server, prefix)
        self.pushes = RedisPushes(self._server, prefix)
        self._inbox = self._key("inbox")
        self._urgent = self._key("inbox:urgent")

    def _key(self, rest: str) -> str:
        return f"{self._prefix}:{rest}"

    # the whole

    def sizes(self) -> Mapping[str, int]:
        counts = self._server.run("sizes", self._key("order"), {"health": HEALTH})
        return {name.decode(): count for name, count in zip(counts[::2], counts[1::2], strict=True)}

    def ping(self) -> None:
        self._server.call("PING")

    def close(self) -> None:
        self._server.close()
