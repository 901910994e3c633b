"""A text that somebody edited, held against the copy that it was made from -> the script that they want.

What stands there as before stands for the words that it stood for, whatever it looks like; only what is new is read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.clock import clock
from pipeline.core.document import Entity
from pipeline.core.errors import BadInputError
from pipeline.redaction.text.spans import bare, split_edges
from pipeline.review.compare import differing
from pipeline.review.edit_copy import OVERLAP, Paragraph
from pipeline.review.script import Heard, Mark, Said, Script, key, label_of
from pipeline.review.tokens import Entry, Hole, parse, raw

LEAST_KEPT = 0.4
"""Share of the words that an edited copy still has."""
MOST_GROWN, SPARE = 1.5, 400
"""As many words as before, and some, may be added."""
LONGEST_CUT, TURNS_CUT, LEAST_CUT = 60, 2, 12
"""Words in a row, or turns with more words than a few, that may be gone without a question."""
LARGEST = 10**9
"""Tokens of one text times those of the other that are aligned at once; half a gigabyte."""
SHINGLE = 6


@dataclass(frozen=True)
class Row:
    """A paragraph of an edited file. `role` is None where it goes on with the speaker before; `opens` says that a turn
    begins here. `where` is its place ("paragraph 12", "line 214")."""

    role: str | None
    text: str
    where: str
    opens: bool = True


@dataclass
class _Change:
    """Tokens `[new_first, new_end)` in place of the pieces `[first, end)`; `left` are the words of these that no new
    token has taken over."""

    first: int
    end: int
    new_first: int
    new_end: int
    left: list[int] = field(default_factory=list)


def wanted(
    script: Script,
    base: Sequence[Paragraph],
    rows: Sequence[Row],
    entities: Sequence[Entity],
    *,
    cuts: bool = False,
    printed: bool = False,
    overlaps: bool = True,
) -> Script:
    """The script that the rows of a file say.

    Args:
        script: the one that the copy was made from.
        base: the copy.
        rows: the file's paragraphs.
        entities: who is known, for replacements without words.
        cuts: whether long passages may be gone.
        printed: the copy is a printed transcript, in which some words stand in another order than they were said.
        overlaps: whether its overlaps are marked as //here//.

    Raises:
        BadInputError: it is another interview, passages are gone, or a mark cannot be read; with the place.
    """
    reader = _Reader(script, base, rows, entities, overlaps)
    return _in_order(reader.read(cuts), script, reader.heard if printed else ())


@dataclass(frozen=True)
class _Stand:
    """How a piece stood in the copy: in whose turn, between marks of overlap or not, with its first words or not."""

    role: str
    overlap: bool
    first: bool


def _stands(paragraph: Paragraph) -> Iterator[_Stand]:
    overlap, first = False, True
    for piece in paragraph.pieces:
        if piece.text == OVERLAP:
            overlap = not overlap
        yield _Stand(paragraph.role, overlap, first and bool(piece.words))
        first = first and not piece.words


class _Reader:
    def __init__(
        self,
        script: Script,
        base: Sequence[Paragraph],
        rows: Sequence[Row],
        entities: Sequence[Entity],
        overlaps: bool = True,
    ) -> None:
        self.script, self.base, self.entities, self.overlaps = script, base, entities, overlaps
        self.pieces = [piece for paragraph in base for piece in paragraph.pieces]
        self.before = [stand for paragraph in base for stand in _stands(paragraph)]
        self.turns = [n for n, paragraph in enumerate(base) for _ in paragraph.pieces]
        self.starts = [p.start for p in base for _ in p.pieces]
        self.rows = [(row, raw(row.text)) for row in rows]
        self.tokens = [token for _, tokens in self.rows for token in tokens]
        self.wheres = [row.where for row, tokens in self.rows for _ in tokens]
        self.gone: list[int] = []
        self.heard: list[tuple[int, int]] = []  # (event of the result, the one of the script that it is)
        self.out = Script()

    def read(self, cuts: bool) -> Script:
        """See `wanted`."""
        if len(self.tokens) > MOST_GROWN * len(self.pieces) + SPARE:
            raise BadInputError(
                f"it has {len(self.tokens):,} words where the interview has {len(self.pieces):,}",
                hint="was another text pasted in? Take it out; nothing was changed",
            )
        changes = self._changes()
        self._check(changes, cuts)
        kept = dict(self._kept(changes))
        self.gone = [w for c in changes for w in c.left]
        at = 0
        for row, tokens in self.rows:
            self._paragraph(row, tokens, at, kept, changes)
            at += len(tokens)
        return self.out

    def _changes(self) -> list[_Change]:
        old, new = [key(p.text) for p in self.pieces], [key(t) for t in self.tokens]
        made = []
        for a, b, c, d in aligned(old, new):
            left = [w for piece in self.pieces[a:b] for w in piece.words]
            made.append(_Change(a, b, c, d, left))
        return made

    def _kept(self, changes: Sequence[_Change]) -> Iterator[tuple[int, int]]:
        """(token, its piece) for all that stands as before."""
        at, new_at = 0, 0
        for first, end, new_first, new_end in [
            *((c.first, c.end, c.new_first, c.new_end) for c in changes),
            (len(self.pieces), 0, len(self.tokens), 0),
        ]:
            yield from zip(range(new_at, new_first), range(at, first), strict=True)
            at, new_at = end, new_end

    def _check(self, changes: Sequence[_Change], cuts: bool) -> None:
        """Refuse another interview, and passages that are gone."""
        total = len(self.pieces)
        changed = sum(c.end - c.first for c in changes)
        if total - changed < LEAST_KEPT * total and total > SPARE // 10:
            raise BadInputError(
                f"only {total - changed} of the {total} words of the interview stand in it",
                hint="is it a copy of another interview? Write one of this with `ipa edit`; nothing was changed",
            )
        for change in changes:
            lost = len(change.left) - (change.new_end - change.new_first)
            turns = len(set(self.turns[change.first : change.end]))
            if not cuts and lost > (LEAST_CUT if turns >= TURNS_CUT else LONGEST_CUT):
                raise BadInputError(
                    f"{lost} words are missing {self._between(change)}",
                    hint="put them back, or, if that was never said, run it again with --allow-cuts; "
                    "nothing was changed",
                )

    def _between(self, change: _Change) -> str:
        """Where a passage was, for a message."""
        after = self.wheres[min(change.new_first, len(self.wheres) - 1)] if self.wheres else "the beginning"
        start, end = self.starts[change.first], self.starts[change.end - 1]
        if start is None or end is None:
            return f"at {after}"
        return (
            f"at {after}, from {clock(int(start))} on"
            if start == end
            else (f"at {after}: the turns from {clock(int(start))} to {clock(int(end))}")
        )

    def _paragraph(
        self, row: Row, tokens: Sequence[str], at: int, kept: dict[int, int], changes: Sequence[_Change]
    ) -> None:
        out, first = self.out, len(self.out.words)
        role = row.role or next((w.role for w in reversed(out.words) if not w.aside), "P")
        marks = [n for n, token in enumerate(tokens) if token == OVERLAP]
        as_before = False  # the turn begins with what it began with
        even, overlap = self.overlaps and len(marks) % 2 == 0, False
        for n, token in enumerate(tokens):
            if token == OVERLAP:
                overlap = even and not overlap
                continue
            if at + n in kept:
                opening = row.opens and len(out.words) == first
                as_before = as_before or (opening and self.before[kept[at + n]].first)
                self._same(kept[at + n], role, overlap if even else None, opening=opening)
            else:
                change = changes[bisect_left(changes, at + n + 1, key=lambda c: c.new_end)]
                for entry in parse(token, role, row.where):
                    self._new(entry, role, overlap, change, at + n, row.where)
        if row.opens and len(out.words) > first and not as_before:
            out.words[first] = replace(out.words[first], opens=True)

    def _same(self, at: int, role: str, overlap: bool | None, *, opening: bool) -> None:
        """A piece that stands as before: its words are as they were, but for what is other around them."""
        piece, before = self.pieces[at], self.before[at]
        events = {n: self.script.events[n] for n in piece.events}
        for n in piece.words:
            word = self.script.words[n]
            lapped = word.overlap if overlap in (None, before.overlap) else bool(overlap) and not word.aside
            who = word.role if word.aside or role == before.role else role
            opens = word.opens and (opening or not (before.first and n == piece.words[0]))
            self.out.words.append(replace(word, role=who, overlap=lapped, opens=opens, source=n))
        for n, event in events.items():
            self.heard.append((len(self.out.events), n))
            self.out.events.append(replace(event, before=len(self.out.words)))

    def _new(self, entry: Entry, role: str, overlap: bool, change: _Change, token: int, where: str) -> None:
        out = self.out
        if isinstance(entry, Heard):
            who = "" if entry.role == role else entry.role
            out.events.append(replace(entry, before=len(out.words), role=who))
        elif isinstance(entry, Hole):
            mark = Mark(label_of(entry.label))
            for word in self._behind(entry, mark, change, token, where):
                out.words.append(replace(word, role=role, aside=False, opens=False, overlap=overlap, mark=mark))
        else:
            out.words.append(replace(entry, overlap=overlap and not entry.aside))
            self._take(entry.text, change, token, where)

    def _rest(self, change: _Change, token: int, where: str) -> int:
        """How many words and replacements of a change follow a token."""
        return sum(len(list(parse(t, "P", where))) for t in self.tokens[token + 1 : change.new_end] if t != OVERLAP)

    def _take(self, text: str, change: _Change, token: int, where: str) -> None:
        """A word that stands in a change as before, or in place of another, is none that a replacement is put over."""
        words, left = self.script.words, change.left
        same = next((w for w in left if bare(words[w].text) == bare(text)), None)
        if same is not None:
            left.remove(same)
        elif left and words[left[0]].mark is None and any("[" in t for t in self.tokens[token : change.new_end]):
            del left[: len(left) > self._rest(change, token, where)]

    def _behind(self, hole: Hole, mark: Mark, change: _Change, token: int, where: str) -> list[Said]:
        """The words that a replacement stands for: those that it stood for here, or elsewhere before it was moved,
        those that it was put over, or a name of the entity that is called so."""
        words = self.script.words
        for pool in (change.left, self.gone):
            run = _run_of(mark.label, pool, words)
            if run:
                for n in run:
                    for left in (change.left, self.gone):
                        if n in left:
                            left.remove(n)
                here = pool is change.left
                return _edged([replace(words[n], source=n if here else -1) for n in run], hole)
        rest = self._rest(change, token, where)
        over = [n for n in change.left if words[n].mark is None]
        over = over[: len(over) - rest] if len(over) > rest else over
        if over:
            change.left = [n for n in change.left if n not in over]
            return _edged([replace(words[n], source=n) for n in over], hole)
        known = next((e for e in self.entities if label_of(e.replacement) == mark.label and e.forms), None)
        if known is None:
            raise BadInputError(
                f"{where}: there are no words behind a replacement in square brackets",
                hint="put brackets over words that are to be hidden, or write the words; nothing was changed",
            )
        return _edged([Said(text, "P") for text in known.forms[0].split()], hole)


def _run_of(label: str, pool: Sequence[int], words: Sequence[Said]) -> list[int]:
    """The words behind the first mark of this label among some."""
    first = next((words[n].mark for n in pool if (m := words[n].mark) is not None and m.label == label), None)
    return [n for n in pool if first is not None and words[n].mark is first]


def _edged(words: list[Said], hole: Hole) -> list[Said]:
    """The words with what stands close to their replacement: quotes, commas, a possessive."""
    lead, core, _ = split_edges(words[0].text)
    if lead != hole.lead:
        words[0] = replace(words[0], text=hole.lead + words[0].text[len(lead) :])
    _, core, tail = split_edges(words[-1].text)
    if tail != hole.tail and core:
        text = words[-1].text
        words[-1] = replace(words[-1], text=text[: len(text) - len(tail)] + hole.tail)
    return words


def _in_order(made: Script, script: Script, heard: Sequence[tuple[int, int]]) -> Script:
    """Words that stand as before in the order of the document: listeners' words that the page puts together lie on
    either side of a word there. Events that stand as before follow them."""
    words = made.words
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and words[end].source >= 0 and (end == at or not words[end].opens):
            end += 1
        sources = [w.source for w in words[at:end]]
        if sources != sorted(sources) and len(sources) == max(sources) - min(sources) + 1:
            opens = words[at].opens
            run = sorted((replace(w, opens=False) for w in words[at:end]), key=lambda w: w.source)
            words[at:end] = [replace(run[0], opens=opens), *run[1:]]
        at = max(end, at + 1)
    latest = -1
    for n, word in enumerate(words):
        if word.source > latest:
            latest = word.source
        elif word.source >= 0:
            words[n] = replace(word, source=-1)
    now = {word.source: n for n, word in enumerate(words) if word.source >= 0}
    for n, old in heard:
        at = script.events[old].before
        place = now.get(at, now.get(at - 1, made.events[n].before - 1) + 1)
        made.events[n] = replace(made.events[n], before=place)
    return made


def aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Half-open stretches in which two texts differ; very long ones are cut first where some words in a row stand once
    in each."""
    cuts = _landmarks(old, new) if len(old) * len(new) > LARGEST else []
    at, new_at = 0, 0
    for end, new_end in [*cuts, (len(old), len(new))]:
        for a, b, c, d in differing(old[at:end], new[new_at:new_end]):
            yield at + a, at + b, new_at + c, new_at + d
        at, new_at = end, new_end


def _landmarks(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places at which the same words begin that stand once in either text, in the order of both."""

    def once(words: Sequence[str]) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = {}
        for n in range(len(words) - SHINGLE):
            row = tuple(words[n : n + SHINGLE])
            found[row] = -1 if row in found else n
        return {row: n for row, n in found.items() if n >= 0}

    theirs = once(new)
    pairs = sorted((n, theirs[row]) for row, n in once(old).items() if row in theirs)
    kept: list[tuple[int, int]] = []
    for pair in pairs[:: max(1, len(pairs) // 200)]:
        if not kept or pair[1] > kept[-1][1]:
            kept.append(pair)
    return kept
