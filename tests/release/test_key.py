"""The encrypted key: round trips, wrong secrets, damage, where secrets come from."""

from __future__ import annotations

import csv
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Entity, Redaction, Word
from pipeline.core.errors import BadInputError, KeyFileError, UsageProblem
from pipeline.release import key

KEY = key.Key(
    id="P3",
    entries=(
        key.KeyEntry(entity="E1", category="PERSON", forms=("Hope", "Hopey"), replacement="[friend]", spans=("R1",)),
        key.KeyEntry(entity="E2", category="PHONE", forms=("=07700 900123",), replacement="[phone number]"),
    ),
)
PASS = key.passphrase("correct horse battery")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key, "SCRYPT_N", 2**10)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "key.enc"
    key.save(path, KEY, PASS)
    return path


def test_round_trip(saved: Path) -> None:
    assert key.load(saved, PASS) == KEY
    assert b"Hope" not in saved.read_bytes()
    if sys.platform != "win32":
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_two_files_of_one_key_differ(saved: Path, tmp_path: Path) -> None:
    key.save(tmp_path / "other.enc", KEY, PASS)
    assert saved.read_bytes() != (tmp_path / "other.enc").read_bytes()


@pytest.mark.parametrize("secret", [key.passphrase("wrong horse battery"), key.Secret("keyfile", b"k" * 32)])
def test_a_wrong_secret_changes_nothing(saved: Path, secret: key.Secret) -> None:
    before = saved.read_bytes()
    with pytest.raises(KeyFileError) as error:
        key.save(saved, KEY, secret)
    assert error.value.file == saved
    assert error.value.hint
    assert saved.read_bytes() == before


@pytest.mark.parametrize("part", ["body", "nonce", "check", "kdf"])
def test_damage_is_named_and_nothing_overwritten(saved: Path, part: str) -> None:
    value = json.loads(saved.read_text())
    if part == "kdf":
        value["kdf"]["n"] = 3
    else:
        value[part] = value[part][:-8] + "AAAAAAA="[-8:]
    saved.write_text(json.dumps(value))
    before = saved.read_bytes()
    with pytest.raises(KeyFileError):
        key.save(saved, KEY, PASS)
    assert saved.read_bytes() == before


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_clear_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("key") / "key.enc"
    path.write_bytes(data)
    with pytest.raises(KeyFileError, match="damaged"):
        key.load(path, PASS)


def test_a_header_cannot_ask_for_all_memory(saved: Path) -> None:
    value = json.loads(saved.read_text())
    value["kdf"]["n"] = 2**40
    saved.write_text(json.dumps(value))
    with pytest.raises(KeyFileError, match="damaged"):
        key.load(saved, PASS)


def test_a_newer_version_says_so(saved: Path) -> None:
    value = json.loads(saved.read_text())
    value["version"] = 99
    saved.write_text(json.dumps(value))
    with pytest.raises(KeyFileError, match="newer"):
        key.load(saved, PASS)


def test_rekey(saved: Path, tmp_path: Path) -> None:
    new = key.make_key_file(tmp_path / "config" / "key")
    key.rekey(saved, PASS, new)
    assert key.load(saved, key.read_key_file(tmp_path / "config" / "key")) == KEY
    with pytest.raises(KeyFileError, match="key file"):
        key.load(saved, PASS)


def test_export_is_private_guarded_and_never_in_share(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "key.csv"
    key.export(saved, PASS, target)
    rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
    assert rows[1] == ["E1", "PERSON", "[friend]", "Hope; Hopey"]
    assert rows[2][3] == "'=07700 900123"
    with pytest.raises(UsageProblem):
        key.export(saved, PASS, target)
    (tmp_path / "share").mkdir()
    with pytest.raises(UsageProblem, match="share"):
        key.export(saved, PASS, tmp_path / "share" / "key.csv")


def test_order_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    for name in (key.PASSPHRASE_VARIABLE, key.KEY_FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(KeyFileError):
        key.find_secret()
    assert key.find_secret(prompt=lambda: "asked for it").value == b"asked for it"
    said: list[str] = []
    made = key.find_secret(create=True, say=said.append)
    assert made.kind == "keyfile"
    assert len(said) == 1
    assert key.default_key_file().is_file()
    assert key.find_secret(prompt=lambda: "never asked").value == made.value
    monkeypatch.setenv(key.PASSPHRASE_VARIABLE, "from the environment")
    assert key.find_secret().value == b"from the environment"
    other = tmp_path / "other"
    key.make_key_file(other)
    assert key.find_secret(key_file=other).kind == "keyfile"
    assert "environment" not in repr(key.find_secret())


def test_bad_key_files(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("not a key file")
    with pytest.raises(KeyFileError):
        key.read_key_file(path)
    with pytest.raises(UsageProblem):
        key.make_key_file(path)
    with pytest.raises(BadInputError):
        key.read_key_file(tmp_path / "none")
    with pytest.raises(UsageProblem, match="8 characters"):
        key.passphrase("short")
    assert not os.environ.get(key.PASSPHRASE_VARIABLE)


def test_a_key_file_is_never_replaced_not_even_one_made_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key, "default_key_file", lambda: tmp_path / "config" / "key")
    inner = key.make_key_file
    other: list[bytes] = []

    def late(path: Path) -> key.Secret:
        other.append(inner(path).value)  # another run is quicker by a hair
        return inner(path)

    monkeypatch.setattr(key, "make_key_file", late)
    assert key.find_secret(create=True).value == other[0]
    assert key.read_key_file(tmp_path / "config" / "key").value == other[0]
    assert [path.name for path in (tmp_path / "config").iterdir()] == ["key"]


def test_ready_tries_the_secret_on_the_key_that_is_there(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()
    monkeypatch.setenv(key.PASSPHRASE_VARIABLE, "correct horse battery")
    assert key.ready(saved).value == PASS.value
    monkeypatch.setenv(key.PASSPHRASE_VARIABLE, "wrong horse battery")
    with pytest.raises(KeyFileError, match="not the one it was locked with"):
        key.ready(saved)
    assert saved.read_bytes() == before


def test_no_key_file_is_made_for_a_key_that_it_would_not_open(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key, "default_key_file", lambda: tmp_path / "config" / "key")
    with pytest.raises(KeyFileError, match="no passphrase"):
        key.ready(saved)
    assert not (tmp_path / "config").exists()
    assert key.ready(tmp_path / "new.enc").kind == "keyfile"
    assert (tmp_path / "config" / "key").is_file()


@pytest.mark.parametrize("text", ["", "short", "seven c", " " * 20, "\t\n" * 8])
def test_weak_passphrases(text: str) -> None:
    with pytest.raises(UsageProblem, match="8 characters") as error:
        key.passphrase(text)
    assert error.value.hint


@pytest.mark.skipif(os.name == "nt", reason="the environment is Unicode there")
def test_a_passphrase_need_not_be_unicode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(key.PASSPHRASE_VARIABLE, os.fsdecode(b"gr\xfcne Pferde"))
    key.save(tmp_path / "key.enc", KEY, key.find_secret())
    assert key.load(tmp_path / "key.enc", key.find_secret()) == KEY


def test_a_user_without_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(key.Path, "home", no_home)
    with pytest.raises(KeyFileError, match="home folder") as error:
        key.find_secret(create=True)
    assert key.PASSPHRASE_VARIABLE in str(error.value)


def test_a_key_file_is_read_no_further_than_it_can_be_long(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key.make_key_file(path)
    with path.open("ab") as file:
        file.write(b" " * (key.MAX_KEY_FILE * 3))
    with pytest.raises(BadInputError, match="larger than"):
        key.read_key_file(path)
    if Path("/dev/zero").exists():
        with pytest.raises(BadInputError, match="not a regular file"):
            key.read_key_file(Path("/dev/zero"))


def test_key_of_holds_replaced_entities_only() -> None:
    document = Document(
        id="P3",
        words=(Word(text="Hope,"), Word(text="again")),
        redactions=(
            Redaction(id="R1", category="PERSON", entity="E1", first=0, last=0, replacement="[friend]", tail=","),
            Redaction(id="R2", category="QUASI", entity="E2", first=1, last=1, replacement="", action="flag"),
        ),
        entities=(
            Entity(id="E1", category="PERSON", forms=("Hope",), replacement="[friend]"),
            Entity(id="E2", category="QUASI", forms=("again",), replacement=""),
        ),
    )
    assert [(e.entity, e.spans) for e in key.key_of(document).entries] == [("E1", ("R1",))]


@pytest.mark.parametrize(
    "kdf",
    [
        {"n": 2**20, "r": 128},  # 16 GB
        {"n": 2**20},
        {"p": 1_000_000},
        {"n": 0},
        {"n": 3},
        {"r": -8},
        {"n": float("inf")},
        {"n": "many"},
        {"salt": 5},
    ],
)
def test_a_header_that_asks_for_too_much_is_damage(saved: Path, kdf: dict[str, object]) -> None:
    header = json.loads(saved.read_bytes())
    header["kdf"] |= kdf
    saved.write_text(json.dumps(header))
    with pytest.raises(KeyFileError, match="damaged"):
        key.load(saved, PASS)


@pytest.mark.parametrize("data", [b"[" * 100_000, b"null", b"{}", b'{"body": "", "version": 1e999}'])
def test_what_is_no_key_is_damage(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "key.enc").write_bytes(data)
    with pytest.raises(KeyFileError, match="damaged"):
        key.load(tmp_path / "key.enc", PASS)
