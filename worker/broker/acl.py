"""The users of the broker and their rights, as an ACL file: a user for each role.

The keys are those of the table at the top of `worker/store/store.py`; the commands are those that
the role's own calls, its scripts and kombu send. A script has the rights of its caller: the server
checks each command in it.
"""

import hashlib
from collections.abc import Mapping

from msgspec import Struct

__all__ = ["ROLES", "Role", "acl_file", "hash_password"]

_SCRIPTS = "eval evalsha time"
_STREAM = "xadd xdel xlen xrange xrevrange xpending xack"

_WORK = "order orders work work:urgent work:looked"
_DUE = "due leases clock"
_SUMS = "metrics:* beats"
_LETTERS = "dead dead:classes dead:sizes dead:class:* dead:dropped"
_BURY = "lrem rpush lindex hgetall hincrby incrby decrby"

_SEND = "llen lpush multi exec sadd smembers"
"""Commands with which kombu puts a task message on a list."""

_CONSUME = (
    f"{_SEND} brpop rpop rpush hset hget hdel zadd zrem zrange set get del watch unwatch "
    "script|load"
)
"""Commands with which kombu takes a message, records it as unacknowledged, and restores those that
other workers dropped."""

_CUT = "xtrim xinfo|groups xgroup|setid"
"""Commands that trim a desk's stream and count the events that its readers lose."""

_CHECK = "info|memory info|persistence info|stats"
"""The sections of INFO that show whether the server evicts keys, is full or cannot write its disk.
"""

_LOOK = f"xinfo|groups hvals {_CHECK}"
"""Commands that read the lag of desk readers, the evicted dead letters and the server's health."""


_COUNT = "hexists hincrby hlen pexpire zadd zrem zremrangebyrank zremrangebyscore"
"""Commands that add to the sums of metrics, and send heartbeats."""


class Role(Struct, frozen=True, kw_only=True):
    """A role of a user of the broker.

    `keys` are key patterns without the prefix, `reads` those of keys that it may only read, and
    `commands` are ACL rules without their plus sign.
    """

    name: str
    purpose: str
    keys: str
    commands: str
    reads: str = ""


# A right that a role needs and lacks fails tests/e2e/test_acl.py, which runs the service under
# these users. MONITOR on the server shows the commands that a role sends.
ROLES = (
    Role(
        name="dispatch",
        purpose="assigns due feeds and incoming messages to workers",
        keys=(
            f"celery:* inbox inbox:urgent look:* retried {_WORK} {_DUE} feeds paused pages "
            f"pages:due pages:leases held held:due held:recent held:unread {_LETTERS} "
            f"{_SUMS} desk:* desks:lost copies copies:bytes near near:*"  # to trim these
        ),
        commands=(
            f"{_SCRIPTS} {_SEND} {_STREAM} {_BURY} xautoclaim xreadgroup xgroup|create "
            "xinfo|stream hset hget hkeys hexists hdel zadd zrem zrange zscore zcard get set del "
            f"mget mset exists {_CUT} {_LOOK} {_COUNT}"
        ),
        reads="desks",
    ),
    Role(
        name="poller",
        purpose="fetches feeds and pages",
        keys=(
            f"celery:* {_SUMS} {_WORK} items items:* shown:* feeds {_DUE} states past:* push:* "
            "health:* host:* pages pages:due pages:leases pages:begun"
        ),
        commands=(
            f"{_SCRIPTS} {_CONSUME} xadd xlen hmget hgetall hexists hsetnx hincrby expire "
            f"pexpire ttl pttl lpush ltrim sadd srem zscore {_CHECK} {_COUNT}"
        ),
        reads="inbox inbox:urgent",  # their lengths count towards the limit of the inbox
    ),
    Role(
        name="worker",
        purpose="reads items and publishes them",
        # The doors, since a worker runs `tasks.ingest.put_on_inbox`.
        keys=(
            f"celery:* {_SUMS} inbox inbox:urgent {_WORK} clock items items:* desk:* desks "
            f"desks:lost copies copies:bytes recent:* kills:* near near:* held held:due "
            f"held:recent {_LETTERS}"
        ),
        commands=(
            f"{_SCRIPTS} {_CONSUME} {_STREAM} {_BURY} {_CUT} xclaim hscan mget mset expire pexpire "
            f"exists ttl zcard zscore {_CHECK} {_COUNT}"
        ),
    ),
    Role(
        name="relay",
        purpose="copies desks to other servers",
        keys=f"desk:* desks:lost relay:* {_SUMS}",
        commands=(
            f"{_SCRIPTS} xreadgroup xgroup|create xpending xrange xack hget hset hmget hincrby "
            f"hdel {_CHECK} {_COUNT}"
        ),
    ),
    Role(
        name="web",
        purpose="serves the pages, the HTTP API and the metrics, and receives the pushes of hubs",
        # The actions of operators: messages, the feeds' state, dead letters. No event is written.
        keys=(
            f"inbox inbox:urgent retried {_WORK} {_DUE} feeds paused states past:* push:* host:* "
            f"shown:* health:* "
            f"secret:* put:* {_LETTERS} {_SUMS}"
        ),
        commands=(
            f"{_SCRIPTS} {_STREAM} {_BURY} xread hset hget hmget hkeys hvals hexists hdel lrange "
            f"lindex zrange zadd zcard zcount zscore zrem sadd srem scard smembers get set mget "
            f"ttl pttl exists del expire llen incrby decrby {_LOOK} {_COUNT}"
        ),
        reads=(
            "desk:* desks desks:lost items items:* copies copies:bytes near:ages near:desks held "
            "held:recent pages celery:*"
        ),
    ),
    Role(
        name="source",
        purpose="moves messages from other servers and folders into the inbox",
        keys=f"inbox inbox:urgent order put:* {_SUMS}",
        commands=f"{_SCRIPTS} xadd xdel xlen get set {_CHECK} {_COUNT}",
        reads="work work:urgent",  # their lengths count towards the limit of the inbox
    ),
    Role(
        name="reader",
        purpose="your programs that read desks, with consumer groups or without",
        # Groups are part of a stream, so a reader may change its key. No command of its own adds,
        # deletes or trims events.
        keys="desk:*",
        commands=(
            "xread xrange xrevrange xlen xreadgroup xgroup|create xack xautoclaim xclaim xpending "
            "xinfo|stream xinfo|groups xinfo|consumers"
        ),
    ),
    Role(
        name="writer",
        purpose="your programs that write to the inbox",
        keys="inbox inbox:urgent",
        commands="xadd xlen",
        reads="work work:urgent",  # `copytaster ingest` counts them towards the inbox's limit
    ),
    Role(
        name="operator",
        purpose="the copytaster command",
        keys=(
            f"inbox inbox:urgent retried {_WORK} {_DUE} feeds paused states past:* shown:* push:* "
            f"health:* host:* items items:* near:ages near:desks pages held held:recent desk:* "
            f"desks desks:lost copies copies:bytes secret:* {_LETTERS}"
        ),
        commands=(
            f"{_SCRIPTS} {_STREAM} {_BURY} {_CUT} xread hset hget hmget hgetall hkeys hexists hlen "
            "hdel hincrby lrange zadd zrem zcard zcount zscore scard smembers sadd srem ttl pttl "
            f"pexpire get set mget del incrby decrby exists expire zrange llen {_LOOK}"
        ),
        reads="celery:*",  # `status` counts task messages; no subcommand sends any
    ),
)


def hash_password(password: str) -> str:
    """Return the hash of a password as it stands in an ACL file."""
    return hashlib.sha256(password.encode()).hexdigest()


def acl_file(prefix: str, hashes: Mapping[str, str]) -> str:
    """Return the ACL file of an installation; a role without an entry in `hashes` cannot log in.

    The default user is off: a client that names no user has no rights.

    >>> print(acl_file("wire", {"writer": hash_password("hush")}).splitlines()[-2][:42])
    user wire-writer on #dc8331bcb2283e89d275a
    """
    lines = ["user default off resetkeys resetchannels -@all"]
    lines += [_line(prefix, role, hashes.get(role.name, "")) for role in ROLES]
    return "\n".join(lines) + "\n"


def _line(prefix: str, role: Role, password: str) -> str:
    words = ["user", f"{prefix}-{role.name}", "on"]
    words += [f"#{password}"] if password else []
    words += [f"~{prefix}:{key}" for key in role.keys.split()]
    words += [f"%R~{prefix}:{key}" for key in role.reads.split()]
    # Clients may log in, select a database and set a name, but not list or kill other connections.
    words += ["resetchannels", "-@all", "+@connection", "-@dangerous", "-@admin"]
    words += [f"+{command}" for command in dict.fromkeys(role.commands.split())]
    return " ".join(words)
