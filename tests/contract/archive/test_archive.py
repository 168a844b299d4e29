"""The archive keeps each event once, finds the last version, and obeys kills and corrections."""

import datetime
import random
import signal
import socket
import string
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, func, inspect, select, text

from worker.archive import open_archive
from worker.archive.marks import mark_items
from worker.archive.migrate import MIGRATIONS
from worker.archive.retention import delete_oldest, size_of
from worker.archive.schema import (
    REVISION,
    entities,
    events,
    items,
    metadata,
    speeches,
    versions,
)
from worker.archive.search import Query, search_items, search_speeches
from worker.archive.writer import write_events
from worker.errors import ArchiveError, SettingsError
from worker.model import Event, NewsItem, Target, event_id
from worker.model.codec import dump
from worker.parse import annotate

NOW = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC)

GRAIN = (
    'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.\n\n'
    "Minister Ivan Moroz said that the harvest was good."
)
OIL = 'OSLO, January 12 (Reuters) - Oil prices fell, Anna Berg said. "Demand is weak," she said.'


def parsed_item(uri, body, version="1", **fields):
    published = fields.pop("versioncreated", NOW)
    return annotate(
        NewsItem(uri=uri, version=version, body_text=body, versioncreated=published, **fields)
    )


def event_of(parsed, *, at=NOW, signal=None, subject="", turn=0, replayed=msgspec.UNSET):
    return Event(
        id=event_id(parsed.item.uri, parsed.item.version, "archive", turn),
        source="urn:feed",
        type=f"copytaster.item.{signal or parsed.life.signal.value}",
        subject=subject or parsed.item.uri,
        time=at,
        dataschema="urn:copytaster:schema:item:1",
        data=msgspec.Raw(dump(parsed)),
        replayed=replayed,
    )


@pytest.fixture
def put(archive):
    """Put events into the archive; return the number of new events."""

    def put(*events):
        with archive.write() as connection:
            return write_events(connection, events)

    return put


def uris(archive, **query):
    with archive.read() as connection:
        return [hit.uri for hit in search_items(connection, Query(**query))]


def said(archive, **query):
    with archive.read() as connection:
        return [(hit.speaker, hit.text) for hit in search_speeches(connection, Query(**query))]


def put_items(put, *pairs):
    parsed = [parsed_item(uri, body) for uri, body in pairs]
    put(*((event_of(item), item) for item in parsed))
    return parsed


# each event once


def test_an_event_is_written_once_however_often_it_comes(archive, put):
    item = parsed_item("urn:1", GRAIN)
    event = event_of(item)
    assert put((event, item), (event, item)) == 1
    assert put((event, item)) == 0
    with archive.read() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(t)) for t in (events, versions)
        ]
    assert counts == [1, 1]


def test_a_transaction_that_fails_leaves_nothing(archive):
    item = parsed_item("urn:1", GRAIN)

    def fail():
        with archive.write() as connection:
            write_events(connection, [(event_of(item), item)])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    archive.migrate()
    assert uris(archive) == []


def test_writers_at_once_lose_and_repeat_nothing(url):
    batches = [[parsed_item(f"urn:{n}:{m}", OIL) for m in range(5)] for n in range(4)]

    def write(batch):
        own = open_archive(url)
        for item in batch:
            with own.write() as connection:
                write_events(connection, [(event_of(item), item)])
        own.close()

    archive = open_archive(url)
    archive.migrate()
    threads = [threading.Thread(target=write, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(uris(archive, limit=100)) == sorted(i.item.uri for b in batches for i in b)
    archive.close()


# what is found


def test_words_phrases_and_words_that_must_not_occur(archive, put):
    put_items(put, ("urn:grain", GRAIN), ("urn:oil", OIL))
    assert uris(archive, words="grain") == ["urn:grain"]
    assert uris(archive, words="exports corridors") == ["urn:grain"]  # stems
    assert uris(archive, words='"grain export"') == ["urn:grain"]
    assert uris(archive, words='"export grain"') == []
    assert uris(archive, words="said") == ["urn:oil", "urn:grain"]
    assert uris(archive, words="said -grain") == ["urn:oil"]
    assert uris(archive, words="said grain oil") == []


@pytest.mark.parametrize(
    ("facet", "found"),
    [
        ({"speaker": "Reznik"}, ["urn:grain"]),
        ({"speaker": "olga reznik"}, ["urn:grain"]),
        ({"speaker": "Reznik Olga"}, []),
        ({"place": "KIEV"}, ["urn:grain"]),
        ({"place": "NO"}, ["urn:oil"]),
        ({"agency": "Reuters"}, ["urn:oil"]),
        ({"name": "Moroz"}, ["urn:grain"]),
        ({"name": "Ivan Moroz", "agency": "TASS"}, ["urn:grain"]),
        ({"name": "Ivan Moroz", "agency": "AP"}, []),
        ({"speaker": "Ivan Olga"}, []),  # two names are no phrase
    ],
)
def test_facets(archive, put, facet, found):
    put_items(put, ("urn:grain", GRAIN), ("urn:oil", OIL))
    assert uris(archive, **facet) == found


def test_quotes_and_statements_are_found_by_their_own_words(archive, put):
    put_items(put, ("urn:grain", GRAIN), ("urn:oil", OIL))
    assert said(archive, words="corridor") == [
        ("Olga Reznik", '"The grain export corridor is open,"')
    ]
    assert said(archive, words="harvest") == [("Ivan Moroz", "the harvest was good")]
    assert ("Anna Berg", '"Demand is weak,"') in said(archive, speaker="Berg")
    assert said(archive, words="harvest", speaker="Berg") == []


RUSSIAN = (
    "МОСКВА, 12 января. Экспорт зерна вырос. Переговоры о поставках в U.S. и Кот-д'Ивуар"
    " прошли в кафе Café/Жёлтый."
)


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("зерна", True),
        ("ЗЕРНА экспорт", True),
        ('"экспорт зерна"', True),
        ('"зерна экспорт"', False),
        ("u.s.", True),
        ("cafe", True),  # an accent of a Latin letter is left out
        ("жёлтый", True),
        ("Кот-д'Ивуар", True),
        ("Ивуар", True),
        ('"в кафе"', True),  # no word is left out of a phrase
    ],
)
def test_words_of_any_script(archive, put, words, is_found):
    put_items(put, ("urn:ru", RUSSIAN))
    assert uris(archive, words=words) == (["urn:ru"] if is_found else [])


@pytest.mark.parametrize("word", ["зерно", "поставки", "переговорах"])
def test_russian_words_are_stemmed_by_postgresql(archive, put, word):
    put_items(put, ("urn:ru", RUSSIAN))
    assert uris(archive, words=word) == (["urn:ru"] if archive.dialect == "postgresql" else [])


SPEAKERS = (
    "МОСКВА, 12 января. /ТАСС/. «Экспорт вырос», — сказал Дмитрий Песков.\n\n"
    "«Мост откроют», — сказал директор станции Семён Воробьёв."
)


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("Дмитрий Песков", True),
        ("Dmitry Peskov", True),
        ("peskov", True),
        ("Семён Воробьёв", True),
        ("Семен Воробьев", True),
        ("ВОРОБЬЁВ", True),
        ("Песков Семён", False),
        ("Peskov Semyon", False),
        ("Воробьи", False),
    ],
)
def test_russian_names_are_found_in_either_script_and_spelling(archive, put, name, is_found):
    put_items(put, ("urn:ru", SPEAKERS))
    found = ["urn:ru"] if is_found else []
    assert uris(archive, name=name) == uris(archive, speaker=name) == found
    assert bool(said(archive, speaker=name)) == is_found


@pytest.mark.parametrize("words", ["мёд", "мед", "МЁД", '"мёд и лед"', "мед -ёлка"])
@pytest.mark.parametrize("printed", ["Мёд и лёд.", "Мед и лед.", "Мед и лёд."])
def test_yo_and_ye_are_one_letter(archive, put, printed, words):
    put_items(put, ("urn:ru", printed))
    assert uris(archive, words=words) == ["urn:ru"]
    assert uris(archive, words="лед -мёд") == []


def test_a_row_of_an_earlier_release_is_found_as_it_is_written(archive, put):
    put_items(put, ("urn:ru", "Мед"))
    old = "'мёд'" if archive.dialect == "sqlite" else "to_tsvector('copytaster', 'мёд')"
    with archive.write() as connection:
        connection.execute(text(f"UPDATE item_words SET text = {old}"))
    assert uris(archive, words="мёд") == ["urn:ru"]


def test_marks_keep_the_letters_of_the_text(archive, put):
    put_items(put, ("urn:ru", "Вот мёд и лёд."))
    with archive.read() as connection:
        (hit,) = search_items(connection, Query(words="мед"))
        (parts,) = (text for _, text in mark_items(connection, [hit.number], "мед").values())
    assert [(part.text, part.is_hit) for part in parts] == [
        ("Вот ", False),
        ("мёд", True),
        (" и лёд.", False),
    ]


def test_common_words_can_be_searched(archive, put):
    put_items(put, ("urn:1", "OSLO, January 12 (AP) - To be or not to be, said the actor."))
    assert uris(archive, words="the actor") == ["urn:1"]
    assert uris(archive, words='"to be or not to be"') == ["urn:1"]
    assert uris(archive, words='"to be or to be"') == []


HOSTILE = ['"', "()", "NEAR(a b)", "text:", "text : grain", "*", "gra*", "' OR 1=1 --", "\0"]
HOSTILE += ["a AND", "—", "gra\0in", 'a"b"c', "grain:*", "a & b | !c", "\udcff", "\ud800x", "^a"]
HOSTILE += [
    "{text speakers}:a",
    "a -b -c -d",
    "-",
    "--",
    "a + b",
    "\\",
    "%s %(a)s :a ?",
    "😀",
    "_",
    "<->",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_reach_the_database_as_sql(archive, put, words):
    put_items(put, ("urn:grain", GRAIN))
    uris(archive, words=words)
    uris(archive, words=f"grain -{words}x")
    said(archive, words=words, speaker=words, place=words, agency=words, language=words)
    uris(archive, name=words)


@pytest.mark.parametrize("query", [{"words": "grain " * 2000}, {"speaker": "x" * 10_000}])
def test_a_query_that_is_too_long_is_refused(archive, put, query):
    put_items(put, ("urn:grain", GRAIN))
    with pytest.raises(SettingsError, match="the most are"):
        uris(archive, **query)


def test_the_longest_query_is_answered(archive, put):
    put_items(put, ("urn:grain", GRAIN))
    assert uris(archive, words=" ".join(["grain"] * 25 + ["-wheat"] * 25)) == ["urn:grain"]


def test_a_query_with_only_excluded_words_is_refused(archive, put):
    put_items(put, ("urn:grain", GRAIN))
    with pytest.raises(SettingsError, match="must occur"):
        uris(archive, words="-oil")
    with pytest.raises(SettingsError, match="must occur"):
        uris(archive, words="-oil", speaker="Reznik")


@pytest.mark.parametrize("words", ["*", "!!!", '"', "—", "-", "\0"])
def test_characters_that_are_no_words_find_nothing(archive, put, words):
    put_items(put, ("urn:grain", GRAIN))
    for name in ("words", "speaker", "place", "agency", "language", "name"):
        assert uris(archive, **{name: words}) == [], name
    assert said(archive, speaker=words) == []
    assert uris(archive, words=f"grain {words}", agency=" ") == ["urn:grain"]


def test_times_and_pages(archive, put):
    day = datetime.timedelta(days=1)
    for n in range(6):
        item = parsed_item(f"urn:{n}", OIL)
        put((event_of(item, at=NOW + n * day), item))
    assert uris(archive, since=NOW + 4 * day) == ["urn:5", "urn:4"]
    assert uris(archive, until=NOW + 2 * day) == ["urn:1", "urn:0"]
    assert uris(archive, words="oil", since=NOW + day, until=NOW + 3 * day) == ["urn:2", "urn:1"]
    assert uris(archive, since=NOW + 9 * day) == []
    assert len(said(archive, since=NOW + 5 * day)) == len(said(archive)) // 6
    with archive.read() as connection:
        first = search_items(connection, Query(limit=4))
        second = search_items(connection, Query(limit=4, before=first[-1].number))
    assert [hit.uri for hit in (*first, *second)] == [f"urn:{n}" for n in reversed(range(6))]


def test_archives_that_threads_make_at_the_same_time_are_whole(tmp_path):
    """Each relay of a process is a thread, and Alembic works on what the process has once."""
    made = [open_archive(f"sqlite:///{tmp_path}/{number}.db") for number in range(6)]
    with ThreadPoolExecutor(len(made)) as threads:
        list(threads.map(lambda one: one.migrate(), made))
    for one in made:
        with one.read() as connection:
            assert connection.scalar(select(func.count()).select_from(items)) == 0
        one.close()


def test_an_archive_whose_server_is_silent_delays_no_other(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        waiting = open_archive(f"postgresql://u@127.0.0.1:{port}/w?connect_timeout=60")
        other = open_archive(f"sqlite:///{tmp_path}/archive.db")
        with ThreadPoolExecutor(2) as threads:
            refused = threads.submit(waiting.migrate)
            connection, _ = silent.accept()
            try:
                threads.submit(other.migrate).result(30)
                assert not refused.done()
            finally:
                connection.close()
                silent.close()
            with pytest.raises(ArchiveError):
                refused.result(30)
    assert uris(other) == []
    other.close()
    waiting.close()


def test_what_is_confirmed_is_on_the_disk_whatever_the_server_is_set_to(make_database):
    url = make_database()
    options = "&" if "?" in url else "?"
    opened = open_archive(f"{url}{options}options=-c%20synchronous_commit%3Doff")
    with opened.write() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    with opened.read() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "off"
    opened.close()


# versions, corrections, kills


def test_the_last_version_is_found_and_earlier_versions_are_kept(archive, put):
    old = parsed_item("urn:1", OIL)
    new = parsed_item("urn:1", GRAIN, version="2")
    put((event_of(old), old))
    put((event_of(new, signal="updated"), new))
    assert (uris(archive, words="oil"), uris(archive, words="grain")) == ([], ["urn:1"])
    assert said(archive, speaker="Berg") == []
    with archive.read() as connection:
        assert connection.scalars(select(versions.c.signal)).all() == ["created", "updated"]
        assert connection.scalar(select(func.count()).select_from(speeches)) > 2


def kill_of(target, version="k", **fields):
    kill = parsed_item(
        f"{target.uri}:kill", "KILL. Do not use.", version=version, pubstatus="canceled"
    )
    kill = msgspec.structs.replace(kill, target=target)
    return event_of(kill, signal="withdrawn", subject=target.uri, **fields), kill


def test_a_kill_takes_its_target_out_of_the_search(archive, put):
    put_items(put, ("urn:1", GRAIN), ("urn:2", OIL))
    put(kill_of(Target(uri="urn:1", version="1", is_certain=True)))
    assert uris(archive, words="grain") == []
    assert said(archive, speaker="Reznik") == []
    with archive.read() as connection:
        withdrawn = connection.scalars(
            select(items.c.uri).where(items.c.withdrawn_by.is_not(None))
        ).all()
    assert sorted(withdrawn) == ["urn:1", "urn:1:kill"]


def test_a_kill_that_a_later_version_overtook_changes_nothing(archive, put):
    old = parsed_item("urn:1", OIL)
    new = parsed_item("urn:1", GRAIN, version="2")
    put((event_of(old), old), (event_of(new, signal="updated"), new))
    put(kill_of(Target(uri="urn:1", version="1", is_certain=True)))
    assert uris(archive, words="grain") == ["urn:1"]


def test_a_kill_of_a_later_version_that_the_desk_left_out_withdraws_what_is_shown(archive, put):
    put_items(put, ("urn:1", GRAIN))
    put(kill_of(Target(uri="urn:1", version="2", is_certain=True)))
    assert uris(archive, words="grain") == []


def test_a_version_after_the_kill_is_found_again(archive, put):
    put_items(put, ("urn:1", OIL))
    put(kill_of(Target(uri="urn:1", version="1", is_certain=True)))
    new = parsed_item("urn:1", GRAIN, version="2")
    put((event_of(new, signal="updated"), new))
    assert uris(archive, words="grain") == ["urn:1"]


def test_a_replay_renews_the_annotations_and_restores_no_withdrawn_item(archive, put):
    item, other = put_items(put, ("urn:1", GRAIN), ("urn:2", OIL))
    put(kill_of(Target(uri="urn:2", version="1", is_certain=True)))
    fewer = msgspec.structs.replace(item, quotes=(), statements=())
    put((event_of(fewer, turn=1, replayed=True), fewer))
    put((event_of(other, turn=1, replayed=True), other))
    assert (said(archive, speaker="Reznik"), uris(archive, words="grain")) == ([], ["urn:1"])
    assert uris(archive, words="oil") == []


# what is stored


def test_hostile_items_are_stored(archive, put):
    name = "Olga " + "Reznik" * 500
    body = f'KIEV, January 12. /TASS/. "It \0 is {"long " * 60_000}," {name} said.'
    item = parsed_item("urn:" + "x" * 8000, body, version="v" * 1000, headline="\0" * 10)
    assert put((event_of(item), item)) == 1
    assert len(uris(archive, words="long")) == 1


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_outside_the_range_of_utc_stops_no_batch(archive, put, said):
    moment = datetime.datetime.fromisoformat(said)
    odd, usual = parsed_item("urn:odd", OIL, versioncreated=moment), parsed_item("urn:1", OIL)
    assert put((event_of(odd, at=moment), odd), (event_of(usual), usual)) == 2
    assert set(uris(archive, words="oil")) == {"urn:odd", "urn:1"}


def test_a_search_since_before_all_years_finds_everything_and_until_then_nothing(archive, put):
    item = parsed_item("urn:1", OIL)
    put((event_of(item), item))
    first = datetime.datetime.fromisoformat("0001-01-01T00:00:00+14:00")
    assert (uris(archive, since=first), uris(archive, until=first)) == (["urn:1"], [])


def test_versions_beyond_the_limits_of_age_and_size_are_deleted(archive, put):
    day = datetime.timedelta(days=1)
    for n in range(4):
        item = parsed_item(f"urn:{n}", OIL)
        put((event_of(item, at=NOW + n * day), item))
    with archive.write() as connection:
        assert delete_oldest(connection, before=NOW + 2 * day, most_bytes=None) == 2
        assert delete_oldest(connection, before=NOW + 2 * day, most_bytes=None) == 0
    assert uris(archive) == ["urn:3", "urn:2"]
    with archive.write() as connection:
        assert delete_oldest(connection, before=None, most_bytes=size_of(connection)) == 0
        assert delete_oldest(connection, before=None, most_bytes=1) == 2
    assert (uris(archive), said(archive)) == ([], [])


# the database


def test_the_migrations_make_the_tables_of_the_schema(archive, url):
    archive.migrate()
    with archive.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: "_words" not in (name or "")}
        )
        assert compare_metadata(context, metadata) == []


def test_tables_of_the_release_before_get_what_is_new_and_keep_their_rows(url):
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO entities (id, name, label) VALUES (1, 'Oslo', 'GPE')"))
    engine.dispose()
    archive = open_archive(url)
    with pytest.raises(ArchiveError, match=f"revision 0001, and .* revision {REVISION}"):
        archive.read().__enter__()
    archive.migrate()
    with archive.read() as connection:
        names = {one["name"] for one in inspect(connection).get_indexes("versions")}
        assert connection.scalar(select(entities.c.name)) == "Oslo"
    archive.close()
    assert names >= {"versions_of_a_source", "versions_of_a_link", "versions_of_an_original"}


@pytest.mark.parametrize(
    ("index", "column"),
    [
        ("versions_of_a_source", versions.c.source),
        ("versions_of_a_link", versions.c.link),
        ("versions_of_an_original", versions.c.duplicate_of),
    ],
)
def test_sources_links_and_originals_of_any_length_are_found_by_an_index(
    archive, put, index, column
):
    drawn = random.Random(1)
    long = "https://wire.example/" + "".join(drawn.choices(string.ascii_letters, k=8000))
    parsed = parsed_item("urn:1", GRAIN, link=long, source=long)
    put((event := event_of(parsed), msgspec.structs.replace(parsed, duplicate_of=long)))
    assert event.subject == "urn:1"
    wanted = select(versions.c.uri).where(column == long)
    with archive.read() as connection:
        assert connection.scalars(wanted).all() == ["urn:1"]
        if archive.dialect == "postgresql":  # a table of one row is read whole
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "EXPLAIN" if archive.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        shown = wanted.compile(connection, compile_kwargs={"literal_binds": True})
        found = connection.exec_driver_sql(f"{plan} {shown}".replace("%", "%%")).all()
    assert index in str(found)


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from worker.archive import open_archive

@event.listens_for(Engine, "after_cursor_execute")
def end(connection, cursor, statement, *_):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

open_archive(sys.argv[1]).migrate()
"""


@pytest.mark.parametrize("last", ["CREATE TABLE entities", "CREATE INDEX versions_of_a_link"])
def test_a_process_that_is_killed_while_it_makes_the_tables_leaves_none(archive, url, last):
    killed = subprocess.run([sys.executable, "-c", KILLED, url, last], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    archive.migrate()
    assert uris(archive) == []


def test_a_disk_that_is_full_while_the_tables_are_made_leaves_none(tmp_path):
    url = f"sqlite:///{tmp_path}/archive.db"
    full = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    full += "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
    full += "from worker.archive import open_archive; open_archive(sys.argv[1]).migrate()"
    refused = subprocess.run(
        [sys.executable, "-Bc", full, url], check=False, timeout=60, capture_output=True
    )
    assert b"ArchiveError" in refused.stderr
    archive = open_archive(url)
    archive.migrate()
    assert uris(archive) == []
    archive.close()


def test_tables_of_a_later_release_are_left_alone(archive, url):
    archive.migrate()
    with archive.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    later = open_archive(url)
    with pytest.raises(ArchiveError, match="later release"):
        later.migrate()
    later.close()


def test_a_database_that_is_away_is_named_without_its_password():
    archive = open_archive("postgresql://me:hush@127.0.0.1:1/wire")
    with pytest.raises(ArchiveError) as caught:
        archive.migrate()
    assert ("hush" not in str(caught.value), "127.0.0.1:1" in str(caught.value)) == (True, True)


@pytest.mark.parametrize("url", ["", "mysql://host/x", "sqlite://", "nonsense", "sqlite:"])
def test_urls_of_no_archive_are_refused(url):
    with pytest.raises(SettingsError):
        open_archive(url)
