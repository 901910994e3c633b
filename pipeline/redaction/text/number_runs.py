"""The shadow text: what was said with numbers, letters and signs in one form, and maps back to the words.

Two views of the same atoms (see `atoms`):

* `Shadow.text`: "it's oh seven seven double oh, nine hundred" -> "it's 0 7 7 00, 900". Grammars for dates, ages,
  addresses and e-mail read it; `Shadow.word_span` maps their character offsets to word indices exactly.
* `Shadow.runs`: maximal runs of digits and letters, with whatever people put inside a number looked through:
  fillers ("um", "hang on"), commas, the listener's "yeah", and the listener's echo of the last digits. Formats with
  a checksum or a strict shape are matched against slices of a run.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.redaction.text.number_tokens import DIGITS, SCALES, SYMBOLS, TEENS, TENS, Atom, atoms_of
from pipeline.redaction.text.spans import SpokenText, split_edges
from pipeline.redaction.text.tables import table, words_of

Gap = Literal["", "comma", "filler", "stop", "turn"]

_TABLE = table("spoken")
ACRONYMS = frozenset(word.upper() for word in words_of(table("keep")["acronyms"]))
FILLERS = frozenset(words_of(_TABLE["fillers"]))
#: Whisper writes "um" before a noun as "arm"; inside a number it is one all the same.
HEARD_FILLERS = FILLERS | {"arm", "irr", "ir", "err"}
FILLER_PHRASES = sorted((tuple(p.split()) for p in words_of(_TABLE["filler_phrases"])), key=len, reverse=True)
MAX_FILLERS = 6
MAX_RUN = 48
SIGNS_INSIDE = "-/._"
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class Run:
    """Digits and letters said one after the other by one person.

    `gaps[k]` is what lies before `atoms[k]`. `echoes` are the listener's read-backs inside the run: (first word,
    last word, value).
    """

    atoms: tuple[Atom, ...]
    gaps: tuple[Gap, ...]
    echoes: tuple[tuple[int, int, str], ...] = ()

    def value(self, i: int, j: int) -> str:
        """Digits and letters of atoms i..j (inclusive), for example "NR31AB"."""
        return "".join(a.value for a in self.atoms[i : j + 1])

    def words(self, i: int, j: int) -> tuple[int, int]:
        """Word span of atoms i..j."""
        return self.atoms[i].first, self.atoms[j].last


@dataclass
class _Open:
    """A run that may go on."""

    role: str
    atoms: list[Atom] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    echoes: list[tuple[int, int, str]] = field(default_factory=list)

    def value(self) -> str:
        return "".join(a.value for a in self.atoms)


class Shadow:
    """The atoms of an interview as text and as runs. Build once, share between recognisers."""

    def __init__(self, spoken: SpokenText) -> None:
        self.spoken = spoken
        self.atoms: tuple[Atom, ...] = tuple(_settle(spoken, _merge(spoken, _read(spoken))))
        self._compose()
        self.runs: tuple[Run, ...] = tuple(_runs(spoken, self.atoms))

    def _compose(self) -> None:
        """`text` and the offsets of its pieces; a piece is one word, or the words of one merged atom."""
        pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._spans: list[tuple[int, int]] = []
        at = 0
        for group in _by_word(self.atoms):
            first, last = group[0].first, group[-1].last
            if self._spans:
                previous = self._spans[-1][1]
                pieces.append(" " if self.spoken.same_turn(previous, first) else "\n")
                at += 1
            piece = _render(self.spoken, group, first, last)
            pieces.append(piece)
            self._starts.append(at)
            at += len(piece)
            self._ends.append(at)
            self._spans.append((first, last))
        self.text = "".join(pieces)

    def word_span(self, start: int, end: int) -> tuple[int, int]:
        """Words (first, last) that the characters `[start, end)` of `text` stand for."""
        k = min(bisect.bisect_right(self._ends, start), len(self._ends) - 1)
        m = max(k, bisect.bisect_left(self._starts, end) - 1)
        return self._spans[k][0], self._spans[m][1]

    def segments(self, run: Run, i: int, j: int) -> list[tuple[int, int]]:
        """Word spans of atoms i..j of a run without the fillers and turn changes between them, echoes included."""
        spans: list[tuple[int, int]] = []
        for k in range(i, j + 1):
            atom = run.atoms[k]
            if spans and run.gaps[k] in ("", "comma", "stop") and self.spoken.same_turn(spans[-1][1], atom.first):
                spans[-1] = (spans[-1][0], max(spans[-1][1], atom.last))
            else:
                spans.append((atom.first, atom.last))
        low, high = run.words(i, j)
        spans += [(e[0], e[1]) for e in run.echoes if low < e[0] and e[1] < high]
        return sorted(spans)


def _read(spoken: SpokenText) -> list[Atom]:
    atoms: list[Atom] = []
    for n, word in enumerate(spoken.words):
        atoms += atoms_of(word.text, n)
    return atoms


def _by_word(atoms: Sequence[Atom]) -> Iterator[list[Atom]]:
    """Atoms that share a word, together."""
    group: list[Atom] = []
    for atom in atoms:
        if group and not atom.inner:
            yield group
            group = []
        group.append(atom)
    if group:
        yield group


def _render(spoken: SpokenText, group: list[Atom], first: int, last: int) -> str:
    """How a group of atoms stands in the shadow text: edges as written, numbers as figures."""
    atom = group[0]
    said = spoken.said(first, last)
    if len(group) > 1 or atom.kind in ("word", "repeat") or (atom.weak and atom.kind == "letters") or "@" in said:
        return said
    if atom.kind == "letters" and atom.spoken not in ("spelled", "repeat", "nato", "phonetic"):
        return said
    lead = split_edges(spoken.words[first].text)[0]
    tail = split_edges(spoken.words[last].text)[2]
    if atom.kind == "ordinal":
        return f"{lead}{atom.value}th{tail}"
    if atom.quantity or (atom.weak and atom.spoken == "unit"):
        return said if atom.spoken != "sum" else f"{lead}{atom.value}{tail}"
    if atom.kind == "symbol" and not spoken.words[first].text.lower().strip(",.").isalpha():
        return said
    return f"{lead}{atom.value}{tail}"


def _join(left: Atom, right: Atom, value: str, **changes: object) -> Atom:
    return replace(left, value=value, last=right.last, after=right.after, **changes)  # type: ignore[arg-type]


def _merge(spoken: SpokenText, atoms: list[Atom]) -> list[Atom]:
    """Join "twenty" + "three", "nine" + "hundred" (+ "and" + "two"), "double" + "oh", "N" + "for" + "Norwich"."""
    out: list[Atom] = []
    k = 0
    while k < len(atoms):
        atom, used = _merge_at(spoken, atoms, k)
        out.append(atom)
        k += used
    return out


def _merge_at(spoken: SpokenText, atoms: list[Atom], k: int) -> tuple[Atom, int]:
    """The atom that begins at `k` and how many raw atoms it takes."""
    atom = atoms[k]
    following = atoms[k + 1 : k + 6]
    near = bool(following) and not atom.after and spoken.same_turn(atom.last, following[0].first)
    if not near:
        return atom, 1
    second = following[0]
    if atom.kind == "repeat" and second.kind in ("digits", "letters") and not second.quantity:
        times, weak = int(atom.value), second.weak and second.spoken not in ("unit",)
        value = second.value[0] * (times - 1) + second.value
        return replace(_join(second, second, value, weak=weak, spoken="repeat"), first=atom.first, inner=False), 2
    if atom.kind == "letters" and len(atom.value) == 1 and len(following) > 1 and not second.after:
        third = following[1]
        glue = spoken.bare[second.first]
        text = spoken.bare[third.first]
        if glue in ("for", "as", "like") and text[:1].upper() == atom.value and len(text) > 2:
            return _join(atom, third, atom.value, weak=False, spoken="phonetic"), 3
        if glue == "as" and len(following) > 2 and spoken.bare[third.first] == "in":
            fourth = following[2]
            return _join(atom, fourth, atom.value, weak=False, spoken="phonetic"), 4
    if atom.kind == "digits" and not atom.quantity:
        return _number(spoken, atoms, k)
    if atom.kind == "letters" and atom.value == "A" and second.spoken in ("hundred", "scale"):
        one = replace(atom, kind="digits", value="1", weak=False, spoken="unit", quantity=False)
        number, used = _number(spoken, [*atoms[:k], one, *atoms[k + 1 : k + 8]], k)
        return replace(number, quantity=True, spoken="sum"), used
    return atom, 1


def _number(spoken: SpokenText, atoms: list[Atom], k: int) -> tuple[Atom, int]:
    """Number words from `k` on that are one number: "twenty three", "nine hundred and two", "two thousand and four"."""
    atom, used = atoms[k], 1

    def peek(offset: int = 0) -> Atom | None:
        n = k + used + offset
        previous = atoms[n - 1]
        ok = n < len(atoms) and not previous.after and spoken.same_turn(previous.last, atoms[n].first)
        return atoms[n] if ok and not atoms[n].inner else None

    nxt = peek()
    if atom.spoken == "tens" and nxt is not None:
        if nxt.spoken == "unit" and nxt.value != "0" and not nxt.weak:
            atom, used = _join(atom, nxt, str(int(atom.value) + int(nxt.value)), spoken="pair"), used + 1
        elif nxt.kind == "ordinal" and nxt.spoken == "ordinal" and int(nxt.value) < 10:
            value = str(int(atom.value) + int(nxt.value))
            return _join(atom, nxt, value, kind="ordinal", spoken="ordinal"), used + 1
    nxt = peek()
    if nxt is not None and nxt.spoken == "hundred" and len(atom.value) <= 2 and not atom.weak:
        atom, used = _join(atom, nxt, atom.value + "00", spoken="hundreds"), used + 1
        atom, used = _tail_sum(atoms, k, atom, used, peek())
    nxt = peek()
    if nxt is not None and nxt.spoken == "scale" and not atom.weak:
        total = int(atom.value) * SCALES[nxt.value.lower()]
        atom, used = _join(atom, nxt, str(total), spoken="sum", quantity=True), used + 1
        nxt = peek()
        if nxt is not None and nxt.spoken == "and":
            rest = peek(1)
            if rest is not None and rest.kind == "digits" and rest.spoken in ("unit", "teen", "tens", "pair"):
                total += int(rest.value)
                atom, used = _join(atom, rest, str(total)), used + 2
        elif nxt is not None and nxt.kind == "digits" and nxt.spoken in ("teen", "tens", "pair") and total % 1000 == 0:
            atom, used = _join(atom, nxt, str(total + int(nxt.value))), used + 1
    return atom, used


def _tail_sum(atoms: list[Atom], k: int, atom: Atom, used: int, nxt: Atom | None) -> tuple[Atom, int]:
    """ "and two", "and twenty three" after a hundred. Without "and" what follows are digits of their own."""
    if nxt is None or nxt.spoken != "and" or nxt.after or k + used + 1 >= len(atoms):
        return atom, used
    rest = atoms[k + used + 1]
    if rest.kind != "digits" or rest.weak or rest.spoken not in ("unit", "teen", "tens", "pair"):
        return atom, used
    total, used = int(atom.value) + int(rest.value), used + 2
    atom = _join(atom, rest, str(total), spoken="sum")
    unit = atoms[k + used] if k + used < len(atoms) else None
    joins = rest.spoken == "tens" and not rest.after and unit is not None and unit.spoken == "unit"
    if unit is not None and joins and unit.value != "0" and not unit.weak:
        atom, used = _join(atom, unit, str(total + int(unit.value))), used + 1
    return atom, used


def _settle(spoken: SpokenText, atoms: list[Atom]) -> list[Atom]:
    """Decide the weak forms: "oh" beside a digit is nought, "for" between two digits is four, else a word.

    "a", "I" and "O" stay weak letters: only a format can tell.
    """
    out = [replace(a, kind="word") if a.spoken == "acronym" and a.value in ACRONYMS else a for a in atoms]
    out = [replace(a, quantity=False) if _is_grouped(spoken, out, k) else a for k, a in enumerate(out)]
    for _ in range(2):  # a second pass lets "oh oh seven" and "hotel oscar papa" settle from the right
        for k, atom in enumerate(out):
            if not atom.weak:
                continue
            if _is_letter_o(spoken, out, k):
                out[k] = replace(atom, kind="letters", value="O", weak=False)
                continue
            left = _beside(spoken, out, k, -1)
            right = _beside(spoken, out, k, 1)
            if atom.kind == "digits" and atom.spoken in ("unit", "repeat"):
                is_zero = atom.value.strip("0") == ""
                firm = (left or right) if is_zero else (left and right)
            elif atom.spoken == "nato":
                firm = _nato_beside(out, k) or ((left or right) and spoken.bare[atom.first] != "november")
            elif atom.spoken == "name" and len(atom.value) == 1:
                firm = left and right
            else:
                continue
            if firm:
                out[k] = replace(atom, weak=False)
    # a number word that stayed weak is a word; letters that stayed weak may still be read by a format
    return [replace(a, kind="word") if a.weak and a.kind == "digits" else a for a in out]


def _is_grouped(spoken: SpokenText, atoms: list[Atom], k: int) -> bool:
    """True for the "9.99" of "9.99. 118. 6225": digits in groups, which a recogniser may write as a decimal."""
    if not atoms[k].quantity or not _DECIMAL.fullmatch(spoken.words[atoms[k].first].text.rstrip(".,;?")):
        return False
    near = [atoms[m] for m in (k - 1, k + 1) if 0 <= m < len(atoms)]
    return any(a.kind == "digits" and spoken.same_turn(a.first, atoms[k].first) and not a.weak for a in near)


def _beside(spoken: SpokenText, atoms: list[Atom], k: int, step: int) -> bool:
    """True if the neighbour is a firm digit, letter or sign with nothing stronger than a comma between."""
    m = k + step
    if not 0 <= m < len(atoms) or not spoken.same_turn(min(atoms[k].first, atoms[m].first), atoms[max(k, m)].last):
        return False
    left, right = (atoms[m], atoms[k]) if step < 0 else (atoms[k], atoms[m])
    if left.after and left.after[0] not in ",":
        return False
    other = right if step > 0 else left
    if other.kind == "symbol":
        return other.value in SIGNS_INSIDE and not other.inner
    return other.alnum and not other.weak and (other.spoken != "acronym" or len(other.value) <= 3)


def _is_letter_o(spoken: SpokenText, atoms: list[Atom], k: int) -> bool:
    """True for the O of "I O Q": a capital, and no neighbour but letters; else "O" is nought."""
    atom = atoms[k]
    if atom.kind != "digits" or len(atom.value) > 1 or not spoken.words[atom.first].text.strip(".,;:?!").isupper():
        return False
    near = [atoms[m] for m in (k - 1, k + 1) if 0 <= m < len(atoms)]
    return bool(near) and all(a.kind == "letters" and len(a.value) <= 2 for a in near)


def _nato_beside(atoms: list[Atom], k: int) -> bool:
    return any(0 <= m < len(atoms) and atoms[m].spoken == "nato" and not atoms[m].inner for m in (k - 1, k + 1))


def _filler_length(spoken: SpokenText, n: int) -> int:
    """How many words from `n` on are one filler, 0 if none."""
    for phrase in FILLER_PHRASES:
        if spoken.bare[n : n + len(phrase)] == phrase and spoken.same_turn(n, n + len(phrase) - 1):
            return len(phrase)
    return 1 if spoken.bare[n] in HEARD_FILLERS or not spoken.bare[n] else 0


def _runs(spoken: SpokenText, atoms: Sequence[Atom]) -> Iterator[Run]:
    """Group atoms into runs. See `Run`."""
    current: _Open | None = None
    gap: Gap = ""
    skipped = 0
    k = 0
    while k < len(atoms):
        atom = atoms[k]
        role = spoken.roles[atom.first]
        if current and role != current.role:
            until = _listener(spoken, atoms, k, current)
            if until is not None:
                gap, k = "turn", until
                continue
            yield from _close(current)
            current = None
        if atom.alnum and (current is None or len(current.atoms) < MAX_RUN):
            if current is None:
                current, gap = _Open(role), ""
            current.atoms.append(atom)
            current.gaps.append(gap)
            gap, skipped = _gap_after(atom), 0
            k += 1
            continue
        if current is not None and atom.kind == "symbol" and atom.value in SIGNS_INSIDE:
            k += 1
            continue
        length = _filler_length(spoken, atom.first) if current is not None and not atom.quantity else 0
        if current is not None and length and skipped + length <= MAX_FILLERS:
            last = atom.first + length - 1
            skipped += length
            gap = "filler" if gap != "stop" else gap
            while k < len(atoms) and atoms[k].first <= last:
                k += 1
            continue
        if current is not None:
            yield from _close(current)
            current, skipped = None, 0
        k += 0 if atom.alnum else 1
    if current is not None:
        yield from _close(current)


def _gap_after(atom: Atom) -> Gap:
    if not atom.after:
        return ""
    return "comma" if atom.after[0] == "," else "stop"


def _close(run: _Open) -> Iterator[Run]:
    if run.atoms:
        yield Run(tuple(run.atoms), tuple(run.gaps), tuple(run.echoes))


def _listener(spoken: SpokenText, atoms: Sequence[Atom], k: int, run: _Open) -> int | None:
    """Where the listener's turn ends if it only encourages ("yeah") or reads back; None if it says something.

    A read-back's span is noted in the run: it is an identifier too.
    """
    turn = spoken.turns[atoms[k].first]
    end = k
    while end < len(atoms) and spoken.turns[atoms[end].first] == turn:
        end += 1
    said, first, last = "", -1, -1
    m = k
    while m < end:
        atom = atoms[m]
        if atom.alnum and not (atom.weak and not said):
            said, first, last = said + atom.value, (first if first >= 0 else atom.first), atom.last
        elif atom.kind != "symbol":
            length = _filler_length(spoken, atom.first)
            if not length:
                return None
            while m + 1 < end and atoms[m + 1].first < atom.first + length:
                m += 1
        m += 1
    if atoms[end - 1].last - atoms[k].first >= 14:
        return None
    if said:
        if len(said) < 2 or said not in run.value():
            return None
        run.echoes.append((first, last, said))
    return end


def shadow_of(spoken: SpokenText) -> Shadow:
    """The shadow of a transcript, built once and forgotten with it."""
    shadow = spoken.memo.get("shadow")
    if not isinstance(shadow, Shadow):
        shadow = spoken.memo["shadow"] = Shadow(spoken)
    return shadow


def normalised_number(text: str) -> str:
    """Digits of a written or spoken number ("double oh seven" -> "007"), for tests and key sheets."""
    shadow = Shadow(SpokenText.from_lines([text]))
    return "".join(a.value for run in shadow.runs for a in run.atoms if a.kind == "digits")


NUMBER_WORDS = frozenset(DIGITS) | frozenset(TEENS) | frozenset(TENS) | {"hundred", "thousand", "million"}
SIGN_WORDS = frozenset(SYMBOLS)
