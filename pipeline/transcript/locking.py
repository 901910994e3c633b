"""Locked line divisions: numbers that can be cited for years.

    v0 unlocked    numbers follow the text
    v1             frozen; share/lock.json says so, with a short hash
    v1 corrected   the text was corrected since: known lines keep their numbers, what was added stands on lines
                   with a suffix (214a), the number of a line whose text is gone is not used again
    v2             numbered anew, with a map from the lines of v1

The text of the frozen lines is kept in private/lock.json: a name that is found and replaced after the lock must not
survive in share/. For the same reason share/lock.json holds no hashes of single lines, whose text could be recovered by
guessing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from pipeline.core.document import Frozen
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.paths import RecordingPaths, read_bytes, write_text
from pipeline.core.settings import LinesSettings
from pipeline.core.untrusted import json_of
from pipeline.transcript.numbered import SHORT_HASH, Line, NumberedTranscript, hash_of

if TYPE_CHECKING:
    from pipeline.transcript.wrapping import Placed, Unbreakable

ChangeKind = Literal["same", "changed", "added", "removed"]
HINT = "restore the folder private/ from your backup, or remove both lock.json files and lock again"


class LockedLine(Frozen):
    """A frozen line. Times are seconds."""

    number: int
    turn: str
    role: str
    text: str
    start: float | None = None
    end: float | None = None


class LineMap(Frozen):
    """Where the lines of one version are in the next: rows (old line, its new lines)."""

    from_version: int
    to_version: int
    rows: tuple[tuple[str, tuple[str, ...]], ...]


class Lock(Frozen):
    """A frozen division. `maps` lead from v1 to v2, from v2 to v3 and so on, for what was cited before."""

    id: str
    version: int
    sha256: str
    notation: str
    settings: LinesSettings
    locked_on: str = ""
    lines: tuple[LockedLine, ...] = ()
    maps: tuple[LineMap, ...] = ()

    @property
    def width(self) -> int:
        """Line width in characters that the lines were wrapped at."""
        return self.settings.width


@dataclass(frozen=True)
class Change:
    """What happened to a line: `label` is printed before it, `old` and `new` are its text (empty where it has none)."""

    label: str
    turn: str
    kind: ChangeKind
    old: str
    new: str


def private_file(paths: RecordingPaths) -> Path:
    """Where the text of the frozen lines is kept."""
    return paths.private / "lock.json"


def freeze(
    transcript: NumberedTranscript, settings: LinesSettings, *, previous: Lock | None = None, locked_on: str = ""
) -> Lock:
    """Freeze a freshly numbered transcript as v1, or as the version after `previous`.

    Args:
        transcript: numbered without a lock.
        settings: what it was numbered with.
        previous: the lock in force; the new one maps its lines to the new ones.
        locked_on: a date for the reader ("2026-03-01"), empty for none.

    Raises:
        UsageProblem: there is nothing to lock, or the lines have suffixes from another lock.
    """
    if not transcript.lines:
        raise UsageProblem("there are no lines to lock", hint="transcribe the recording first")
    if any(line.suffix for line in transcript.lines):
        raise UsageProblem("lines with a suffix cannot be frozen", hint="number the transcript anew for a new version")
    version = 1
    maps: tuple[LineMap, ...] = ()
    if previous is not None:
        version = previous.version + 1
        rows = tuple(line_map(previous, transcript))
        maps = (*previous.maps, LineMap(from_version=previous.version, to_version=version, rows=rows))
    return Lock(
        id=transcript.id,
        version=version,
        sha256=hash_of(transcript.lines),
        notation=transcript.meta.notation_name,
        settings=settings,
        locked_on=locked_on,
        lines=tuple(
            LockedLine(
                number=line.number, turn=line.turn, role=line.role, text=line.text, start=line.start, end=line.end
            )
            for line in transcript.lines
        ),
        maps=maps,
    )


def save(paths: RecordingPaths, lock: Lock) -> None:
    """Write private/lock.json (with the text) and share/lock.json (without).

    Raises:
        UsageProblem, ResourceError: see `pipeline.core.paths.atomic`.
    """
    write_text(private_file(paths), lock.model_dump_json(indent=1) + "\n", private=True)
    public = {
        "id": lock.id,
        "version": f"v{lock.version}",
        "hash": lock.sha256[:SHORT_HASH],
        "locked_on": lock.locked_on,
        "width": lock.width,
        "notation": lock.notation,
        "lines": len(lock.lines),
        "turns": len({line.turn for line in lock.lines}),
        "maps": [
            {
                "from": f"v{one.from_version}",
                "to": f"v{one.to_version}",
                "lines": [{"old": old, "new": list(new)} for old, new in one.rows],
            }
            for one in lock.maps
        ],
    }
    write_text(paths.lock, json.dumps(public, indent=1) + "\n")


def load(paths: RecordingPaths) -> Lock | None:
    """The lock in force, None where the transcript is not locked.

    Raises:
        BadInputError: half of the lock is missing, or it was changed by hand.
    """
    private = private_file(paths)
    if not private.is_file():
        if paths.lock.is_file():
            raise BadInputError("the transcript is locked but its private half is missing", file=private, hint=HINT)
        return None
    try:
        raw: dict[str, Any] = json_of(read_bytes(private))
        lock = Lock.model_validate(raw)
    except (ValueError, ValidationError):
        raise BadInputError("the lock is not valid", file=private, hint=HINT) from None
    if hash_of([_as_line(line) for line in lock.lines]) != lock.sha256:
        raise BadInputError("the lock was changed by hand: its lines do not fit its hash", file=private, hint=HINT)
    return lock


def align(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For every new token the old one that it continues (the same, or changed in place), None for an added one.

    A minimal edit script (Levenshtein) over tokens; increasing.
    """
    if list(old) == list(new):
        return list(range(len(new)))
    from rapidfuzz.distance import Levenshtein

    result: list[int | None] = [None] * len(new)
    for op in Levenshtein.opcodes(old, new):
        if op.tag in ("equal", "replace"):
            for n in range(op.dest_end - op.dest_start):
                result[op.dest_start + n] = op.src_start + n
    return result


def replay(lock: Lock, turns: Sequence[Sequence[Unbreakable]]) -> list[list[Placed]]:
    """Place the unbreakables of a document on the lines of a lock.

    Every unbreakable goes to the line of the frozen token that it continues; an added one to the line of its
    neighbour in the same turn. What does not fit on a line goes to lines with a suffix, as does a turn that was not
    there.
    """
    owner, tokens = _tokens([line.text for line in lock.lines])
    flat = [(t, a) for t, turn in enumerate(turns) for a in range(len(turn))]
    pieces = [turns[t][a].text.split(" ") for t, a in flat]
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    mapping = align(tokens, [token for piece in pieces for token in piece])
    lines: list[int | None] = []
    for n in range(len(flat)):
        known = [m for m in mapping[starts[n] : starts[n + 1]] if m is not None]
        lines.append(owner[known[0]] if known else None)
    _fill(lines, [t for t, _ in flat])
    placer = _Placer(lock)
    result: list[list[Placed]] = []
    at = 0
    for turn in turns:
        result.append(placer.turn(turn, [line if line is not None else -1 for line in lines[at : at + len(turn)]]))
        at += len(turn)
    return result


def _tokens(texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Tokens of lines, and the index of the line that each stands on."""
    owner: list[int] = []
    tokens: list[str] = []
    for n, text in enumerate(texts):
        for token in text.split(" "):
            owner.append(n)
            tokens.append(token)
    return owner, tokens


def _fill(lines: list[int | None], turn_of: Sequence[int]) -> None:
    """Give added unbreakables the line of the one before, or after, in the same turn; else the one before the turn."""
    for n in range(len(lines)):
        if lines[n] is not None:
            continue
        if n and turn_of[n - 1] == turn_of[n] and lines[n - 1] is not None:
            lines[n] = lines[n - 1]
            continue
        ahead = n
        while ahead < len(lines) and turn_of[ahead] == turn_of[n] and lines[ahead] is None:
            ahead += 1
        if ahead < len(lines) and turn_of[ahead] == turn_of[n]:
            lines[n] = lines[ahead]
        else:
            lines[n] = lines[n - 1] if n else -1


class _Placer:
    """Hands out labels: a frozen number once, then its suffixes; the same for turns."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._used: dict[str, int] = {}

    def turn(self, unbreakables: Sequence[Unbreakable], lines: Sequence[int]) -> list[Placed]:
        from pipeline.transcript.wrapping import Placed, wrap

        frozen = self._lock.lines[lines[0]] if lines[0] >= 0 else None
        turn_id = f"T{self._label(frozen.turn[1:])}" if frozen else f"T{self._label('0', known=False, kind='T')}"
        rows: list[Placed] = []
        first = 0
        for n in range(1, len(unbreakables) + 1):
            if n < len(unbreakables) and lines[n] == lines[first]:
                continue
            run = unbreakables[first:n]
            for start, end in wrap([unbreakable.text for unbreakable in run], self._lock.width):
                number = self._lock.lines[lines[first]].number if lines[first] >= 0 else 0
                suffix = self._suffix(f"line {number}", known=lines[first] >= 0)
                rows.append(Placed(number, suffix, turn_id, tuple(run[start:end])))
            first = n
        return rows

    def _label(self, number: str, *, known: bool = True, kind: str = "T") -> str:
        return number + self._suffix(f"{kind} {number}", known=known)

    def _suffix(self, key: str, *, known: bool) -> str:
        used = self._used.get(key, 0 if known else 1)
        self._used[key] = used + 1
        return letters(used)


def letters(count: int) -> str:
    """0 -> "", 1 -> "a", 26 -> "z", 27 -> "aa"."""
    text = ""
    while count > 0:
        count, rest = divmod(count - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def line_map(lock: Lock, transcript: NumberedTranscript) -> list[tuple[str, tuple[str, ...]]]:
    """For every frozen line the labels of the lines that its words stand on now (none where they are gone)."""
    old_owner, old = _tokens([line.text for line in lock.lines])
    new_owner, new = _tokens([line.text for line in transcript.lines])
    found: dict[int, dict[str, None]] = {}
    for position, source in enumerate(align(old, new)):
        if source is not None:
            found.setdefault(old_owner[source], {})[transcript.lines[new_owner[position]].label] = None
    return [(str(line.number), tuple(found.get(n, ()))) for n, line in enumerate(lock.lines)]


def diff(lock: Lock, transcript: NumberedTranscript) -> list[Change]:
    """What happened to every line since the lock; `transcript` was numbered with that lock. In reading order."""
    frozen = {str(line.number): line for line in lock.lines}
    now = {line.label: line for line in transcript.lines}
    changes: list[Change] = []
    for line in transcript.lines:
        old = frozen.get(line.label)
        if old is None:
            changes.append(Change(line.label, line.turn, "added", "", line.text))
        else:
            same = (old.text, old.role, old.turn) == (line.text, line.role, line.turn)
            changes.append(Change(line.label, line.turn, "same" if same else "changed", old.text, line.text))
    changes += [
        Change(label, line.turn, "removed", line.text, "") for label, line in frozen.items() if label not in now
    ]
    return sorted(changes, key=lambda change: _order(change.label))


def _order(label: str) -> tuple[int, int, str]:
    digits = label.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), len(label) - len(digits), label


def _as_line(line: LockedLine) -> Line:
    return Line(line.number, "", line.turn, line.role, line.text, line.start, line.end, 0, 0)
