"""Settings: every variable fits, or stops the start by name."""

from pathlib import Path

import pytest

from worker.errors import SettingsError
from worker.settings import Settings, load_settings


def test_without_variables_every_setting_has_its_default():
    assert load_settings({"PATH": "/bin", "HOME": "/root"}) == Settings()


def test_a_variable_sets_the_field_of_its_name_in_its_type():
    assert load_settings(
        {
            "COPYTASTER_REDIS_URL": "redis://db:6379/1",
            "COPYTASTER_BATCH_ITEMS": "25",
            "COPYTASTER_FETCH_TIMEOUT_S": "2.5",
            "COPYTASTER_LOG_LEVEL": "debug",
        }
    ) == Settings(
        redis_url="redis://db:6379/1", batch_items=25, fetch_timeout_s=2.5, log_level="debug"
    )


@pytest.mark.parametrize("field", ["redis_url", "batch_items", "prefix", "log_level"])
def test_an_empty_variable_is_one_that_is_not_set(field):
    assert load_settings({f"COPYTASTER_{field.upper()}": ""}) == Settings()


def test_words_that_look_like_other_types_stay_words():
    assert load_settings({"COPYTASTER_PREFIX": "null"}).prefix == "null"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("BATCH_ITEMS", "many", "Expected `int`, got 'many'"),
        ("BATCH_ITEMS", "0", "Expected `int` >= 1, got '0'"),
        ("BATCH_ITEMS", "2.5", "Expected `int`, got '2.5'"),
        ("BATCH_ITEMS", " 5", "Expected `int`, got ' 5'"),
        ("QUEUE_HIGH", "9" * 30, f"Expected `int` <= 1000000000, got '{'9' * 30}'"),
        ("FETCH_TIMEOUT_S", "0", "Expected `float` > 0.0, got '0'"),
        ("FETCH_TIMEOUT_S", "-1", "Expected `float` > 0.0, got '-1'"),
        ("FETCH_TIMEOUT_S", "nan", "Expected `float` > 0.0, got 'nan'"),
        ("FETCH_TIMEOUT_S", "inf", "Expected `float` <= 31536000.0, got 'inf'"),
        ("BATCH_BYTES", "1023", "Expected `int` >= 1024, got '1023'"),
        ("LOG_LEVEL", "INFO", "Expected one of debug, info, warning, error, got 'INFO'"),
        ("LOG_FORMAT", "xml", "Expected one of auto, json, console, got 'xml'"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(variable, value, message):
    with pytest.raises(SettingsError) as error:
        load_settings({f"COPYTASTER_{variable}": value})
    assert str(error.value) == f"COPYTASTER_{variable}: {message}"
    assert error.value.subject == f"COPYTASTER_{variable}"


@pytest.mark.parametrize("prefix", ["Wire", "1wire", "wire:a", "wire\n", "w" * 33])
def test_a_prefix_that_no_key_can_begin_with_is_refused(prefix):
    with pytest.raises(SettingsError, match="COPYTASTER_PREFIX: Expected `str` matching regex"):
        load_settings({"COPYTASTER_PREFIX": prefix})


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("COPYTASTER_REDIS_URI", "no such setting; did you mean COPYTASTER_REDIS_URL?"),
        ("COPYTASTER_BATCHITEMS", "no such setting; did you mean COPYTASTER_BATCH_ITEMS?"),
        ("COPYTASTER_ZZZ", "no such setting"),
    ],
)
def test_a_variable_that_nobody_knows_is_refused(variable, message):
    with pytest.raises(SettingsError) as error:
        load_settings({variable: "x"})
    assert str(error.value) == f"{variable}: {message}"


@pytest.mark.parametrize("variable", ["COPYTASTERS_X", "MY_COPYTASTER_X", "copytaster_x"])
def test_variables_that_only_look_like_ours_are_left_alone(variable):
    assert load_settings({variable: "x"}) == Settings()


def test_a_refusal_never_repeats_another_variables_value():
    environ = {"COPYTASTER_REDIS_URL": "redis://:secret@db", "COPYTASTER_ZZZ": "x"}
    with pytest.raises(SettingsError) as error:
        load_settings(environ)
    assert "secret" not in str(error.value)


def test_origins_are_cleaned_of_case_and_space():
    settings = Settings(allow_origins=" LOCALHOST:8000 ,, 10.0.0.7:80")
    assert settings.origins == {"localhost:8000", "10.0.0.7:80"}


@pytest.mark.parametrize(
    "origin", ["10.0.0.7:80", "[::1]:8080", "Wire.Example:8000", "a_1.b-2.:1, ü:2,"]
)
def test_origins_that_a_feed_can_have_are_taken(origin):
    assert load_settings({"COPYTASTER_ALLOW_ORIGINS": origin}).allow_origins == origin


@pytest.mark.parametrize(
    "origin",
    [
        *("localhost", "10.0.0.7", "localhost:", ":8000", "[::1]", "::1", "[::1"),
        *("http://localhost:8000", "localhost:8000/rss", "localhost:8000?x", "ada@localhost:80"),
        *("localhost:port", "localhost:0", "localhost:65536", "local host"),
        *("*:80", "*.wire.example:80", "10.0.0.*:80", "10.0.0.0/8:80", "wire..example:80"),
    ],
)
def test_an_origin_that_no_feed_can_have_stops_the_start(origin):
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_ALLOW_ORIGINS": f"10.0.0.7:80,{origin}"})
    assert str(error.value) == (
        f"COPYTASTER_ALLOW_ORIGINS: not a host and a port, like localhost:8000: {origin.lower()}"
    )


@pytest.mark.parametrize(
    "url",
    ["https://news.example/bot", "http://10.0.0.7:8000", "mailto:desk@news.example"],
)
def test_a_page_or_a_mailbox_is_a_contact(url):
    assert load_settings({"COPYTASTER_CONTACT": url}).contact == url


@pytest.mark.parametrize(
    "url",
    [
        *("foo", "null", "news.example/bot", "desk@news.example", "ftp://news.example/"),
        *("https://", "https:///bot", "https://[", "mailto:", "mailto:desk", "mailto:@"),
        *("https://news.example/a b", "https://news.example/\n", "https://news.example/é"),
    ],
)
def test_a_contact_that_no_publisher_can_use_stops_the_start(url):
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_CONTACT": url})
    assert str(error.value) == (
        "COPYTASTER_CONTACT: not like https://news.example/bot or mailto:desk@news.example"
    )


@pytest.mark.parametrize("variable", ["FEEDS", "DESKS", "HEARTBEAT"])
def test_a_directory_in_the_place_of_a_file_stops_the_start(variable, tmp_path):
    with pytest.raises(SettingsError) as error:
        load_settings({f"COPYTASTER_{variable}": str(tmp_path)})
    assert str(error.value) == (f"COPYTASTER_{variable}: is a directory, not a file: {tmp_path}")


def test_a_file_in_the_place_of_the_data_directory_stops_the_start(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_DATA_DIR": str(tmp_path / "data")})
    assert str(error.value) == (f"COPYTASTER_DATA_DIR: is not a directory: {tmp_path / 'data'}")


def test_a_directory_that_is_still_to_be_made_may_hold_the_data(tmp_path):
    told = load_settings({"COPYTASTER_DATA_DIR": str(tmp_path / "data")})
    assert told.data_path == tmp_path / "data"


@pytest.mark.parametrize(
    ("floor", "ceiling"), [("20000", "14400"), ("60", "59"), ("86400", "86399.5")]
)
def test_a_floor_above_the_ceiling_stops_the_start(floor, ceiling):
    variables = {"COPYTASTER_POLL_FLOOR_S": floor, "COPYTASTER_POLL_CEILING_S": ceiling}
    with pytest.raises(SettingsError) as error:
        load_settings(variables)
    assert str(error.value) == (
        f"COPYTASTER_POLL_FLOOR_S: {float(floor):g} s is more than COPYTASTER_POLL_CEILING_S "
        f"({float(ceiling):g} s): no interval is between them"
    )


def test_a_pause_between_pages_that_outlasts_their_wait_stops_the_start():
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_PAGE_PAUSE_S": "901"})
    assert str(error.value) == (
        "COPYTASTER_PAGE_PAUSE_S: 901 s is more than COPYTASTER_PAGE_WAIT_S (900 s): the second "
        "of two pages of one host would not be read"
    )


def test_a_copy_that_would_outlive_its_items_record_stops_the_start():
    variables = {"COPYTASTER_COPIES_FOR_S": "7200", "COPYTASTER_KNOWN_FOR_S": "3600"}
    with pytest.raises(SettingsError) as error:
        load_settings(variables)
    assert str(error.value) == (
        "COPYTASTER_COPIES_FOR_S: 7200 s is more than COPYTASTER_KNOWN_FOR_S (3600 s): a copy "
        "would outlive the record of its item"
    )


def test_a_password_for_no_broker_stops_the_start(tmp_path):
    (tmp_path / "password").write_text("x")
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_REDIS_PASSWORD_FILE": str(tmp_path / "password")})
    assert str(error.value) == (
        "COPYTASTER_REDIS_PASSWORD_FILE: is for the broker of COPYTASTER_REDIS_URL, which is not "
        "set"
    )


def test_the_data_directory_is_ours_in_the_home_unless_named(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert Settings().data_path == Path("/home/ada/.local/state/copytaster")
    assert Settings(data_dir="~/wire").data_path == Path("/home/ada/wire")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("wire", "not a redis://, rediss://, redis+sentinel:// or unix:// URL"),
        ("http://:secret@db", "not a redis://, rediss://, redis+sentinel:// or unix:// URL"),
        ("redis://db:port/0", "not a URL with a host and a port"),
        ("redis://[::1", "not a URL with a host and a port"),
        ("redis://", "not like redis://host:6379/0: a host, and a number after it"),
        ("redis://:secret@db/wire", "not like redis://host:6379/0: a host, and a number after it"),
        ("redis://db/0?timeout=5", "no such option in its query: timeout"),
        ("redis://db?db=wire", "its `db` is not a number"),
        ("redis://db?db=1&db=1", "an option is in its query twice"),
        ("redis://db/1?db=1", "names its database twice, in its path and as `db`"),
        ("unix://", "names no socket (unix:///run/redis.sock)"),
        ("unix://run/redis.sock", "names no socket (unix:///run/redis.sock)"),
        ("redis://a,/0", "not like redis://host:6379/0: a host, and a number after it"),
        ("redis://a:0,b/0", "not a URL with a host and a port"),
        ("redis://a/0/1", "not like redis://host:6379/0: a host, and a number after it"),
        ("redis+sentinel://a:26379", "names no master: redis+sentinel://host:26379/mymaster/0"),
        ("redis://a?sentinel_password=x", "no such option in its query: sentinel_password"),
        ("redis://a?ssl_ca_certs=/ca", "no such option in its query: ssl_ca_certs"),
        (
            "rediss://a?ssl_cert_reqs=maybe",
            "its `ssl_cert_reqs` is not one of required, optional, none",
        ),
        (
            "rediss://a?ssl_ca_certs=/nowhere/ca.pem",
            "its `ssl_ca_certs`, /nowhere/ca.pem: No such file or directory",
        ),
    ],
)
def test_a_broker_that_neither_client_could_reach_stops_the_start(url, reason):
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_REDIS_URL": url})
    assert str(error.value) == f"COPYTASTER_REDIS_URL: {reason}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "redis://:secret@db/0",
            "not an amqp:// or amqps:// URL; leave it empty for the broker's server",
        ),
        ("amqp://:secret@", "not like amqp://host:5672/vhost: one host"),
        ("amqp://ada:secret@a:5672,/wire", "not like amqp://host:5672/vhost: one host"),
        ("amqp://ada:secret@a:0/wire", "not like amqp://host:5672/vhost: one host"),
        ("amqp://ada:secret@a:port/wire", "not a URL with a host and a port"),
        ("amqp://ada:secret@[::1/wire", "not a URL with a host and a port"),
        ("amqp://ada:secret@a/wire?ca=/etc/ca.pem", "no such option in its query: ca"),
        ("amqps://ada:secret@a/wire?verify=no", "no such option in its query: verify"),
        ("amqps://ada:secret@a/wire?ca=/nowhere", "its `ca`, /nowhere: No such file or directory"),
    ],
)
def test_a_rabbitmq_that_nobody_could_reach_stops_the_start(url, reason):
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_CELERY_URL": url})
    assert str(error.value).startswith(f"COPYTASTER_CELERY_URL: {reason}")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    ["amqp://a", "amqp://ada:pw@a:5672,b/wire", "amqp://[::1]:5672/", f"amqps://a?ca={__file__}"],
)
def test_a_rabbitmq_may_have_several_hosts_and_a_certificate_of_ours(url):
    assert load_settings({"COPYTASTER_CELERY_URL": url}).celery_url == url


@pytest.mark.parametrize(
    "url",
    [
        "redis://db",
        "redis://user:p%2Fw@[::1]:6379/1",
        f"rediss://db:6380?db=2&ssl_ca_certs={__file__}",
        "redis://ada:pw@a:6379,b,[::1]:7/2",
        "redis+sentinel://ada:pw@a:26379,b/wire/0?sentinel_password=x",
        "rediss+sentinel://a/wire",
        "unix:///run/redis.sock?db=1&password=x",
    ],
)
def test_a_broker_that_both_clients_can_reach_is_taken(url):
    assert load_settings({"COPYTASTER_REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    "url",
    [
        "news.example/websub",
        "ftp://news.example/websub",
        "https:///websub",
        "https://user:secret@news.example/",
        "https://news.example/websub?a=1",
        "https://news.example/#a",
        "https://news.example:port/",
        "https://news.example/web sub",
        "https://[",
    ],
)
def test_an_address_that_no_hub_could_reach_stops_the_start(url):
    with pytest.raises(SettingsError) as error:
        load_settings({"COPYTASTER_WEBSUB_CALLBACK_URL": url})
    assert str(error.value) == (
        "COPYTASTER_WEBSUB_CALLBACK_URL: not like https://news.example/websub: a web address "
        "without a query"
    )


@pytest.mark.parametrize("url", ["https://news.example", "http://10.0.0.7:8090/a/websub/"])
def test_an_address_that_a_hub_could_reach_is_taken(url):
    told = load_settings({"COPYTASTER_WEBSUB_CALLBACK_URL": url})
    assert told.websub_callback_url == url


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FETCH_TIMEOUT_S", "31"), ("TASK_TIME_LIMIT_S", "59")],
)
def test_times_that_would_have_a_batch_killed_stop_the_start(variable, value):
    with pytest.raises(SettingsError, match="COPYTASTER_TASK_TIME_LIMIT_S"):
        load_settings({f"COPYTASTER_{variable}": value})


@pytest.mark.parametrize(
    ("url", "merged"),
    [
        ("redis://db", "redis://:a%2Fb%40c@db"),
        ("redis://ada@db:6379/1", "redis://ada:a%2Fb%40c@db:6379/1"),
        ("rediss://ada:old@db?ssl_cert_reqs=none", "rediss://ada:a%2Fb%40c@db?ssl_cert_reqs=none"),
        ("redis+sentinel://ada@a,b/wire/0", "redis+sentinel://ada:a%2Fb%40c@a,b/wire/0"),
        ("redis://db?username=ada&password=old&db=3", "redis://ada:a%2Fb%40c@db?db=3"),
        ("unix://ada@/run/s?db=0", "unix://ada:a%2Fb%40c@/run/s?db=0"),
        ("unix:///run/s", "unix://:a%2Fb%40c@/run/s"),
    ],
)
def test_the_brokers_password_may_stand_in_a_file(tmp_path, url, merged):
    (tmp_path / "password").write_text("a/b@c\n")
    variables = {
        "COPYTASTER_REDIS_URL": url,
        "COPYTASTER_REDIS_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert load_settings(variables).redis_url == merged


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file or directory"), (b"\xff", "is not UTF-8"), (b"\n", "is empty")],
)
def test_a_password_file_that_holds_none_stops_the_start(tmp_path, content, reason):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        load_settings(
            {"COPYTASTER_REDIS_URL": "redis://db", "COPYTASTER_REDIS_PASSWORD_FILE": str(path)}
        )
    assert str(error.value) == f"COPYTASTER_REDIS_PASSWORD_FILE: {path}: {reason}"


@pytest.mark.parametrize(
    ("url", "merged"),
    [
        ("postgresql://ada@db/wire", "postgresql://ada:a%2Fb%40c@db/wire"),
        ("postgres://ada:old@db:5433/w?a=@b", "postgres://ada:a%2Fb%40c@db:5433/w?a=@b"),
        ("postgresql://ada@[::1]/wire", "postgresql://ada:a%2Fb%40c@[::1]/wire"),
        (
            "postgresql://ada@a,b/w?sslmode=require",
            "postgresql://ada:a%2Fb%40c@a,b/w?sslmode=require",
        ),
    ],
)
def test_the_archives_password_may_stand_in_a_file(tmp_path, url, merged):
    (tmp_path / "password").write_text("a/b@c\n")
    variables = {
        "COPYTASTER_ARCHIVE": url,
        "COPYTASTER_ARCHIVE_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert load_settings(variables).archive == merged


@pytest.mark.parametrize("archive", ["off", "sqlite:////var/lib/archive.db"])
def test_the_password_of_an_archive_that_needs_none_is_not_read(archive):
    variables = {"COPYTASTER_ARCHIVE": archive, "COPYTASTER_ARCHIVE_PASSWORD_FILE": "/none"}
    assert load_settings(variables).archive == archive


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        ("", "is for the database of COPYTASTER_ARCHIVE, which is not set"),
        ("postgresql://ada@db/wire", "/none: No such file or directory"),
    ],
)
def test_a_password_of_no_archive_and_none_of_an_archive_stop_the_start(archive, reason):
    variables = {"COPYTASTER_ARCHIVE": archive, "COPYTASTER_ARCHIVE_PASSWORD_FILE": "/none"}
    with pytest.raises(SettingsError) as error:
        load_settings(variables)
    assert str(error.value) == f"COPYTASTER_ARCHIVE_PASSWORD_FILE: {reason}"
