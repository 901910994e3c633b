"""The key: which original stands behind which replacement, encrypted (outputs/<id>/private/key.enc).

The file is JSON: a header in clear (how the encryption key is derived) and the entities under AES-256-GCM, the
header authenticated with them. The encryption key comes from a passphrase (scrypt, RFC 7914) or from a key file
of random bytes (HKDF-SHA256, RFC 5869). A key file lives in the user's own configuration folder, never beside the
study: key and data are kept apart, and copying the study copies no secret.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from pipeline.core.document import Category, Document, Frozen
from pipeline.core.errors import KeyFileError, UsageProblem
from pipeline.core.paths import make_folder, read_bytes, write_bytes
from pipeline.core.untrusted import json_of

PASSPHRASE_VARIABLE = "IPA_PASSPHRASE"
KEY_FILE_VARIABLE = "IPA_KEY_FILE"
FORMAT, VERSION = "ipa-key", 1
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1  # 64 MiB and about 0.2 s
MAX_SCRYPT = 4 * SCRYPT_N * SCRYPT_R * SCRYPT_P
"""Scrypt takes 128 bytes times n times r, and time times p: a header that asks for more than 256 MiB was not written
by this program."""
MAX_KEY, MAX_KEY_FILE = 100_000_000, 10_000
"""Bytes."""
MIN_PASSPHRASE = 8
FILE_MARK = "ipa-transcripts key file 1\n"
HINT_SECRET = f"set {PASSPHRASE_VARIABLE} to a passphrase, or {KEY_FILE_VARIABLE} to the path of a key file"
WRONG = "the passphrase or key file is not the one it was locked with"
HINT_DAMAGED = "restore it from a backup; nothing was changed"


class KeyEntry(Frozen):
    """One entity: every form it was heard in and what stands for it. `spans` are the ids in redactions.csv;
    `interviews`, in the study key, the ids of the interviews in which it stands."""

    entity: str
    category: Category
    forms: tuple[str, ...]
    replacement: str
    spans: tuple[str, ...] = ()
    interviews: tuple[str, ...] = ()


class Key(Frozen):
    """The key of one recording."""

    id: str
    entries: tuple[KeyEntry, ...] = ()


@dataclass(frozen=True)
class Secret:
    """What opens a key. `origin` says where it came from, in words for the user; the secret itself is never printed."""

    kind: Literal["passphrase", "keyfile"]
    value: bytes
    origin: str = ""

    def __repr__(self) -> str:
        return f"Secret({self.kind}, from {self.origin or 'the user'})"


def key_of(document: Document) -> Key:
    """The key of a redacted document: entities whose spans are replaced."""
    spans: dict[str, list[str]] = {}
    for redaction in document.applied():
        spans.setdefault(redaction.entity, []).append(redaction.id)
    return Key(
        id=document.id,
        entries=tuple(
            KeyEntry(
                entity=e.id, category=e.category, forms=e.forms, replacement=e.replacement, spans=tuple(spans[e.id])
            )
            for e in document.entities
            if e.id in spans
        ),
    )


def save(path: Path, key: Key, secret: Secret) -> None:
    """Encrypt to `path` (0600), whole or not at all.

    An existing file is opened first: what cannot be opened is not replaced.

    Raises:
        KeyFileError: the existing file is damaged or locked with another secret; it is left as it is.
    """
    if path.exists():
        load(path, secret)
    write_bytes(path, _encrypt(key, secret), private=True)


def load(path: Path, secret: Secret) -> Key:
    """Open a key.

    Raises:
        KeyFileError: damaged, or the secret is wrong; the message says which.
        BadInputError: there is no such file.
    """
    header, body, aad = _parse(read_bytes(path, MAX_KEY), path)
    return _decrypt(header, body, aad, secret, path)


def rekey(path: Path, old: Secret, new: Secret) -> None:
    """Lock the key with another secret. The old file stays until the new one is whole.

    Raises:
        KeyFileError: see `load`.
    """
    key = load(path, old)
    write_bytes(path, _encrypt(key, new), private=True)


def show(path: Path, secret: Secret) -> list[tuple[str, str, str, str]]:
    """Rows (entity, category, replacement, forms joined by "; ") for a person who may see them (see `load`)."""
    return [(e.entity, e.category, e.replacement, "; ".join(e.forms)) for e in load(path, secret).entries]


def export(path: Path, secret: Secret, target: Path) -> None:
    """Write the key in clear as CSV (0600), for a data archive or a second researcher.

    Raises:
        KeyFileError: see `load`.
        UsageProblem: the target lies under a share/ folder, or exists already.
    """
    if "share" in target.resolve().parts:
        raise UsageProblem("the key must not be written under share/", file=target, hint="choose another folder")
    if target.exists():
        raise UsageProblem("there is a file of that name already", file=target, hint="choose another name")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["entity", "category", "replacement", "forms"])
    for row in show(path, secret):
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in row])
    write_bytes(target, out.getvalue().encode("utf-8-sig"), private=True)


def default_key_file() -> Path:
    """Where a key file is made when nobody gave a secret: the user's configuration folder.

    Raises:
        KeyFileError: the user has none.
    """
    variable, usual = ("APPDATA", "AppData/Roaming") if sys.platform == "win32" else ("XDG_CONFIG_HOME", ".config")
    try:
        base = Path(os.environ.get(variable) or Path.home() / usual)
    except RuntimeError as error:
        raise KeyFileError("this user has no home folder to keep a key file in", hint=HINT_SECRET) from error
    return base / "ipa-transcripts" / "key"


def passphrase(text: str, origin: str = "the prompt") -> Secret:
    """A secret from a passphrase.

    Raises:
        UsageProblem: shorter than 8 characters, or nothing but spaces.
    """
    if len(text) < MIN_PASSPHRASE or not text.strip():
        raise UsageProblem(
            f"the passphrase from {origin} is shorter than {MIN_PASSPHRASE} characters, or blank",
            hint="use several words that you can remember",
        )
    # What the environment holds need not be UTF-8: its bytes stay as they are.
    return Secret("passphrase", text.encode("utf-8", "surrogateescape"), origin)


def read_key_file(path: Path) -> Secret:
    """A secret from a key file.

    Raises:
        KeyFileError: it is not a key file of this program.
        BadInputError: there is no such file.
    """
    text = read_bytes(path, MAX_KEY_FILE).decode("utf-8", errors="replace")
    try:
        value = base64.b64decode(text.removeprefix(FILE_MARK).strip(), validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not text.startswith(FILE_MARK) or len(value) != 32:
        raise KeyFileError("this is not a key file, or it is damaged", file=path, hint="restore it from a backup")
    return Secret("keyfile", value, f"the key file {path}")


def make_key_file(path: Path) -> Secret:
    """A new key file of 32 random bytes (0600, its folder 0700). Never replaces one.

    Raises:
        UsageProblem: there is a file already, or the folder cannot be written.
    """
    value = secrets.token_bytes(32)
    try:
        make_folder(path.parent)
        write_bytes(path, (FILE_MARK + base64.b64encode(value).decode() + "\n").encode(), private=True, new=True)
    except UsageProblem as error:
        if os.path.lexists(path):
            raise UsageProblem(
                "there is a key file already", file=path, hint="use it, or choose another path"
            ) from error
        raise UsageProblem("no key file can be written there", file=path, hint=HINT_SECRET) from error
    return Secret("keyfile", value, f"the new key file {path}")


def find_secret(
    *,
    key_file: Path | None = None,
    prompt: Callable[[], str] | None = None,
    create: bool = False,
    say: Callable[[str], None] | None = None,
) -> Secret:
    """The secret to use: `key_file`, else IPA_PASSPHRASE, else IPA_KEY_FILE, else the user's key file, else `prompt`.

    Args:
        key_file: from the command line or the settings.
        prompt: asks a person; None where nobody is there.
        create: make a key file if there is none of all this (an unattended run must not leave the key in clear).
        say: told one sentence when a key file is made.

    Raises:
        KeyFileError: no secret was given, and none may be made; or a key file is damaged.
        UsageProblem: the passphrase is too short.
    """
    if key_file is not None:
        return read_key_file(key_file)
    if text := os.environ.get(PASSPHRASE_VARIABLE):
        return passphrase(text, PASSPHRASE_VARIABLE)
    if name := os.environ.get(KEY_FILE_VARIABLE):
        return read_key_file(Path(name))
    default = default_key_file()
    if os.path.lexists(default):
        return read_key_file(default)
    if prompt is not None:
        return passphrase(prompt())
    if create:
        try:
            secret = make_key_file(default)
        except UsageProblem:
            if not default.is_file():
                raise
            return read_key_file(default)  # another run has just made it
        if say:
            say(
                f"The key to the originals is locked with a new key file, {default}. Keep a copy of it somewhere safe "
                "and apart from the study: without it nobody can tell who was who."
            )
        return secret
    raise KeyFileError(
        "no passphrase and no key file were given",
        hint=HINT_SECRET,
    )


def ready(path: Path, say: Callable[[str], None] | None = None) -> Secret:
    """The secret that `save` is going to lock the key at `path` with, found and tried before any work is done.

    A key file is made if there is no secret yet; never for a key that is locked already, which it would not open.

    Args:
        path: where the key is, or will be.
        say: told one sentence when a key file is made.

    Raises:
        KeyFileError, UsageProblem, BadInputError: see `find_secret` and `load`.
    """
    exists = os.path.lexists(path)
    secret = find_secret(create=not exists, say=say)
    if exists:
        load(path, secret)
    return secret


def _derive(secret: Secret, kdf: dict[str, Any], path: Path | str) -> tuple[bytes, bytes]:
    """(encryption key, check value) of 32 and 16 bytes."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    salt = base64.b64decode(kdf["salt"])
    value = secret.value
    if kdf["name"] == "scrypt":
        n, r, p = int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
        if not (n >= 2 and n & (n - 1) == 0 and r >= 1 and p >= 1 and n * r * p <= MAX_SCRYPT):
            raise KeyFileError("the key is damaged", file=path, hint=HINT_DAMAGED)
        value = Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(value)
    out = HKDF(algorithm=hashes.SHA256(), length=48, salt=salt, info=b"ipa-transcripts key 1").derive(value)
    return out[:32], out[32:]


def _encrypt(key: Key, secret: Secret) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    kdf: dict[str, Any] = {"name": "hkdf", "salt": base64.b64encode(secrets.token_bytes(16)).decode()}
    if secret.kind == "passphrase":
        kdf = {**kdf, "name": "scrypt", "n": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P}
    encryption, check = _derive(secret, kdf, "")
    nonce = secrets.token_bytes(12)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "cipher": "AES-256-GCM",
        "kdf": kdf,
        "check": base64.b64encode(check).decode(),
        "nonce": base64.b64encode(nonce).decode(),
    }
    body = AESGCM(encryption).encrypt(nonce, key.model_dump_json().encode(), _canonical(header))
    return (json.dumps({**header, "body": base64.b64encode(body).decode()}, indent=1) + "\n").encode()


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _parse(data: bytes, path: Path) -> tuple[dict[str, Any], bytes, bytes]:
    """(header, encrypted body, what was authenticated with it)."""
    damaged = KeyFileError("the key is damaged", file=path, hint=HINT_DAMAGED)
    try:
        header = json_of(data)
        body = base64.b64decode(header.pop("body"), validate=True)
        for name in ("nonce", "check"):
            base64.b64decode(header[name], validate=True)
        base64.b64decode(header["kdf"]["salt"], validate=True)
        known = header["format"] == FORMAT and header["kdf"]["name"] in ("scrypt", "hkdf")
        newer = int(header["version"]) > VERSION
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise damaged from None
    if newer:
        raise KeyFileError("the key was made by a newer version of this program", file=path, hint="update the program")
    if not known:
        raise damaged
    return header, body, _canonical(header)


def _decrypt(header: dict[str, Any], body: bytes, aad: bytes, secret: Secret, path: Path) -> Key:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if (header["kdf"]["name"] == "scrypt") != (secret.kind == "passphrase"):
        needed = "a passphrase" if header["kdf"]["name"] == "scrypt" else "a key file"
        raise KeyFileError(f"it was locked with {needed}", file=path, hint=HINT_SECRET)
    try:
        encryption, check = _derive(secret, header["kdf"], path)
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError):
        raise KeyFileError("the key is damaged", file=path, hint=HINT_DAMAGED) from None
    if not secrets.compare_digest(check, base64.b64decode(header["check"])):
        raise KeyFileError(
            WRONG, file=path, hint=f"check {PASSPHRASE_VARIABLE} or {KEY_FILE_VARIABLE}; nothing was changed"
        )
    try:
        clear = AESGCM(encryption).decrypt(base64.b64decode(header["nonce"]), body, aad)
        return Key.model_validate_json(clear)
    except (InvalidTag, ValueError, ValidationError):  # whose message would quote what was decrypted
        raise KeyFileError("the key is damaged", file=path, hint=HINT_DAMAGED) from None
