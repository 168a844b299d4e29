"""The sources file: valid rows, and the reasons for invalid rows."""

import pytest

from worker.errors import SettingsError
from worker.sources.file import SourceRow, load_sources


def test_no_file_has_no_sources():
    assert load_sources("") == ()


def test_a_row_names_a_server_or_a_folder(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(
        '[[source]]\nname = "cms"\nurl = "amqp://host?queue=q"\nurgent = true\n'
        '[[source]]\nname = "ftp"\nfolder = "/incoming"\nagency = "Wire"\nsettle_s = 5\n'
    )
    assert load_sources(str(path)) == (
        SourceRow(name="cms", url="amqp://host?queue=q", urgent=True),
        SourceRow(name="ftp", folder="/incoming", agency="Wire", settle_s=5.0),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[source]", ": is not TOML: "),
        ("[[desk]]", ': "desk" is not known here; each row begins with [[source]]'),
        ('[[source]]\nurl = "a"', ", [[source]] 1: object missing required field name"),
        ('[[source]]\nname = "A b"\nurl = "a"', ", [[source]] 1: name: expected str matching"),
        ('[[source]]\nname = "a"', ", [[source]] 1: a: name either its `url` or its `folder`"),
        (
            '[[source]]\nname = "a"\nurl = "a"\nfolder = "/b"',
            ", [[source]] 1: a: name either its `url` or its `folder`",
        ),
        ('[[source]]\nname = "a"\nfolder = "b"', ", [[source]] 1: folder: b is not an absolute"),
        ('[[source]]\nname = "a"\nurl = "a"\nqueue = "b"', ", [[source]] 1: object contains unkn"),
        ('[[source]]\nname = "a"\nurl = "a"\nsettle_s = 0', ", [[source]] 1: settle_s: expected"),
        (
            '[[source]]\nname = "a"\nurl = "b"\n[[source]]\nname = "a"\nurl = "c"',
            ", [[source]] 2: name: a is already the name of row 1",
        ),
    ],
)
def test_a_wrong_row_is_named_with_its_field(text, reason, tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_sources(str(path))
    assert str(caught.value).startswith(f"{path}{reason}")


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "sources.toml"
    with pytest.raises(SettingsError) as caught:
        load_sources(str(path))
    reason = "cannot be read: No such file or directory; COPYTASTER_SOURCES names it"
    assert str(caught.value) == f"{path}: {reason}"
