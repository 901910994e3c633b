"""E-mail addresses, web addresses and social media handles, as spoken, as heard and as written.

"siobhan dot thirtle seven at example dot com", "f .kinwell78atexample .org", "at temi underscore draws",
"it's at the bloater mum, all one word, on Insta".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.normalised_text import NUMBER_WORDS
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of

_T = table("contact")
TLDS = frozenset(words_of(_T["tlds"]))
PUBLIC_SITES = frozenset(words_of(_T["public_sites"]))
BEFORE_LOCAL = frozenset(words_of(_T["before_local"]))
BEFORE_HANDLE = frozenset(words_of(_T["before_handle"]))
AFTER_HANDLE = frozenset(words_of(_T["after_handle"]))
LEADS_AT = frozenset(words_of(_T["leads_at"]))
NOT_AFTER_AT = frozenset(words_of(_T["not_after_at"]))
PLACE_WORDS = frozenset(words_of(_T["place_words"]))

WRITTEN_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
WRITTEN_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
WRITTEN_URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]{2,}\.(?:co\.uk|org\.uk|com|org|net)\b", re.IGNORECASE)
_DOTTED = re.compile(r"\.?[\w-]*\.(" + "|".join(sorted(TLDS, key=len, reverse=True)) + r")")
_ENDS = re.compile(r"[,;:?!…]|(?<=\w)[.\"”)]|--|—")
_GLUED_AT = re.compile(r"\w{2,}(?:at|ad)\w{3,}")
MAX_LOCAL = 7
READ_BACK_WITHIN = 40


class _Words:
    """Word-level view: lower-case words, spoken and written dots, where a clause ends."""

    def __init__(self, spoken: Analysis) -> None:
        self.spoken = spoken
        self.raw = [w.text.lower().replace("’", "'") for w in spoken.words]
        self.bare = [b.removesuffix("'s") if len(b) > 3 else b for b in spoken.bare]

    def is_dot(self, n: int) -> bool:
        """A spoken or free-standing dot, dash or underscore."""
        return self.spoken.bare[n] in ("dot", "underscore", "dash", "hyphen", "point") or self.raw[n] in (".", "_", "-")

    def joined(self, n: int) -> bool:
        """True if word `n` is joined to the one before by a sign written at its head (".thirtle7")."""
        return bool(re.match(r"[._-]\w", self.raw[n]))

    def ends_clause(self, n: int) -> bool:
        """True if punctuation after word `n` ends what is being spelled."""
        text = self.raw[n]
        return bool(_ENDS.search(text[-2:])) and text not in (".", "_", "-")


class EmailRecogniser:
    """E-mail addresses, and web addresses that are not everybody's (category HANDLE)."""

    name = "email"
    categories: tuple[Category, ...] = ("EMAIL", "HANDLE")

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        words, cues = _Words(transcript), transcript.cues
        out: list[Candidate] = []
        for n, word in enumerate(transcript.words):
            if WRITTEN_EMAIL.search(word.text):
                out.append(transcript.candidate("EMAIL", n, n, score=0.97, method=self.name, kind="email"))
            elif WRITTEN_URL.search(word.text) and not self._is_public(words, n, n):
                out.append(transcript.candidate("HANDLE", n, n, score=0.7, method=self.name, kind="web address"))
        taken = -1
        for n in range(len(transcript)):
            if n <= taken or (top := self._top_level(words, n)) is None:
                continue
            found = self._address(words, n, top, email_cue=cues.near("email", n, top))
            if found:
                out.append(found)
                taken = found.last
        return sorted(out)

    def _top_level(self, words: _Words, n: int) -> int | None:
        """Last word of "dot com" / ".com" / "example.co.uk" that begins at `n`, None if it does not."""
        spoken = words.spoken
        last: int | None = None
        m = n
        while m < len(spoken) and spoken.same_turn(n, m):
            if spoken.bare[m] in ("dot", "point") or words.raw[m] == ".":
                if m + 1 < len(spoken) and spoken.bare[m + 1] in TLDS and spoken.same_turn(m, m + 1):
                    last, m = m + 1, m + 2
                    if words.ends_clause(last):
                        break
                    continue
                break
            stripped = words.raw[m].strip(",;:?!\"'”").rstrip(".")
            if _DOTTED.fullmatch(stripped):
                last, m = m, m + 1
                if words.ends_clause(last):
                    break
                continue
            break
        return last

    def _address(self, words: _Words, n: int, top: int, *, email_cue: bool) -> Candidate | None:
        """The whole address whose top-level domain is n..top: domain and first part to the left of it."""
        spoken = words.spoken
        at = self._find_at(words, n)
        if at is not None:
            first = self._local_start(words, at - 1)
            joint = first is not None and any(words.is_dot(k) or words.joined(k) for k in range(first, at))
            numbered = first is not None and any(c.isdigit() for k in range(first, at) for c in words.raw[k])
            told = (
                first is not None
                and first > 0
                and spoken.bare[first - 1]
                in ("it's", "is", "that's", "to", "on", "mine's", "email", "tis", "it'll", "as", "under", "me")
            )
            if first is not None and (joint or numbered or email_cue or told):
                return spoken.candidate(
                    "EMAIL", first, top, score=0.93 if joint or email_cue else 0.7, method=self.name, kind="email"
                )
        if email_cue or self._glued(words, n):
            first = self._local_start(words, n if words.joined(n) or not words.is_dot(n) else n - 1, reach=5)
            if first is not None:
                return spoken.candidate("EMAIL", first, top, score=0.8, method=self.name, cue="email", kind="email")
        first = at + 1 if at is not None else self._label_start(words, n)
        if first is None or self._is_public(words, first, top):
            return None
        return spoken.candidate("HANDLE", first, top, score=0.6, method=self.name, kind="web address")

    @staticmethod
    def _glued(words: _Words, n: int) -> bool:
        """ "lateradexample .com": the recogniser swallowed the "at"."""
        return any(
            k >= 0 and _GLUED_AT.fullmatch(words.bare[k].strip(".")) is not None and words.joined(k) for k in (n - 1, n)
        )

    @staticmethod
    def _find_at(words: _Words, n: int) -> int | None:
        """The "at" of an address whose top-level domain begins at `n`: at most six words earlier, same clause."""
        for k in range(n - 1, max(-1, n - 7), -1):
            if not words.spoken.same_turn(k, n) or (words.ends_clause(k) and k != n - 1):
                return None
            if words.spoken.bare[k] in ("at", "@"):
                return k if k > 0 else None
        return None

    @staticmethod
    def _local_start(words: _Words, end: int, reach: int = MAX_LOCAL) -> int | None:
        """First word of what stands before the "at", ending at word `end`; None if nothing fits."""
        spoken = words.spoken
        first: int | None = None
        free = 0  # words in a row without a sign between them
        k = end
        while k >= 0 and end - k < reach and spoken.same_turn(k, end):
            if first is not None and words.ends_clause(k):
                break
            bare = spoken.bare[k]
            sign = words.is_dot(k)
            short = len(bare) <= 1 or bare.isdigit()
            after_sign = k + 1 <= end and (words.is_dot(k + 1) or words.joined(k + 1))
            if not sign and not after_sign and bare in BEFORE_LOCAL:
                break
            if after_sign and not sign:
                free = 0
            if not sign and not short:
                free += 1
                if free > 3:
                    break
            first = k
            if after_sign and not sign and not short and not words.joined(k) and not (k and (words.is_dot(k - 1))):
                break  # one word before the first sign: "dani" of "dani dot paddling pools"
            k -= 1
        return first

    @staticmethod
    def _label_start(words: _Words, n: int) -> int | None:
        """First word of a web address: "www dot kestrel hope dot org" or one word before the dot."""
        k = n - 1 if words.is_dot(n) else n
        first = k if k >= 0 and words.spoken.same_turn(k, n) else None
        while k - 1 >= 0 and words.is_dot(k - 1) and k - 2 >= 0:
            k -= 2
            first = k
        return first

    @staticmethod
    def _is_public(words: _Words, first: int, last: int) -> bool:
        said = re.findall(r"[a-z]+", " ".join(words.raw[first : last + 1]))
        return any(w in PUBLIC_SITES for w in said)


class HandleRecogniser:
    """Handles: with "underscore", after "at" beside a platform, or named ("my username is …")."""

    name = "handles"
    categories: tuple[Category, ...] = ("HANDLE",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        words, cues = _Words(transcript), transcript.cues
        out: list[Candidate] = []
        taken = -1
        for n, word in enumerate(transcript.words):
            if n <= taken:
                continue
            span: tuple[int, int] | None = None
            score = 0.0
            if WRITTEN_HANDLE.search(word.text) and not WRITTEN_EMAIL.search(word.text):
                span, score = (n, n), 0.95
            elif transcript.bare[n] == "underscore" or (re.search(r"\w_\w", word.text)):
                span, score = self._around_underscore(words, n), 0.88
                if "_" not in word.text and (span[0] == n or words.ends_clause(n)):
                    span = None  # nothing before or after it: talk about underscores
            elif transcript.bare[n] in ("all", "no") and n and self._says_one_word(words, n - 1):
                span, score = self._clause_before(words, n - 1), 0.75
            elif transcript.bare[n] == "at" and (span := self._after_at(words, n)):
                near = cues.distance("platform", *span)
                if "underscore" in transcript.bare[n : span[1] + 3]:
                    continue  # found from its underscore
                firm = self._says_one_word(words, span[1])
                if not firm and (near is None or transcript.bare[n + 1] == "the"):
                    span = None
                score = 0.85 if firm else 0.68
            elif transcript.bare[n].removesuffix("'s") in ("username", "gamertag", "handle", "tag") and (
                span := self._named(words, n)
            ):
                score = 0.66
            if span:
                out.append(transcript.candidate("HANDLE", *span, score=score, method=self.name, kind="handle"))
                taken = span[1]
        return out

    @staticmethod
    def _around_underscore(words: _Words, n: int) -> tuple[int, int]:
        spoken = words.spoken
        first = next((k for k in range(n - 1, max(-1, n - 5), -1) if spoken.bare[k] == "at"), n)
        if not spoken.same_turn(first, n) or any(words.ends_clause(k) for k in range(first, n - 1)):
            first = n
        while spoken.bare[first] != "at" and first > 0 and n - first < 5 and spoken.same_turn(first - 1, n):
            before = spoken.bare[first - 1]
            if words.ends_clause(first - 1) or before in BEFORE_HANDLE:
                break
            first -= 1
            if before == "at":
                break
        last, since = n, 0
        while last + 1 < len(spoken) and spoken.same_turn(last + 1, n) and since < 5:
            again = last + 2 < len(spoken) and spoken.bare[last + 2] == "underscore"
            following = spoken.bare[last + 1] == "underscore"
            if last > n and words.ends_clause(last) and not following:
                break
            if not following and not again and since and spoken.bare[last + 1] in AFTER_HANDLE:
                break
            last += 1
            since = 0 if following else since + 1
        return first, last

    @staticmethod
    def _after_at(words: _Words, n: int) -> tuple[int, int] | None:
        """ "at …" up to the end of the clause, if it can be a handle; includes the "at"."""
        spoken = words.spoken
        if n == 0 or not (words.ends_clause(n - 1) or spoken.bare[n - 1] in LEADS_AT or not spoken.same_turn(n - 1, n)):
            return None
        last = n
        while last + 1 < len(spoken) and spoken.same_turn(last + 1, n) and last - n < 6:
            if last > n and (words.ends_clause(last) or spoken.bare[last + 1] in AFTER_HANDLE):
                break
            last += 1
        said = spoken.bare[n + 1 : last + 1]
        noun = said[1:2] if said[:1] == ("the",) else said[:1]
        if (
            not said
            or said[0] in NOT_AFTER_AT
            or said[0] in NUMBER_WORDS
            or noun[:1] == ()
            or noun[0] in PLACE_WORDS
            or said[-1].isdigit()
        ):
            return None
        if said[0] == "the" and len(said) < 3:
            return None
        return n, last

    @staticmethod
    def _clause_before(words: _Words, end: int) -> tuple[int, int] | None:
        """What is "all one word": back from `end` to the beginning of the clause, at most five words."""
        spoken = words.spoken
        first = end + 1
        while first > 0 and end - first < 4 and spoken.same_turn(first - 1, end):
            k = first - 1
            if (k < end and words.ends_clause(k)) or spoken.bare[k] in BEFORE_HANDLE:
                break
            first = k
            if spoken.bare[k] == "at":
                break
        return (first, end) if 2 <= end - first + 1 <= 5 else None

    @staticmethod
    def _says_one_word(words: _Words, last: int) -> bool:
        after = " ".join(words.spoken.bare[last + 1 : last + 5])
        return bool(
            re.match(
                r"(?:it's )?(?:all )?(?:one word|lower ?case|small letters|no spaces|joined up|run together)", after
            )
        )

    @staticmethod
    def _named(words: _Words, n: int) -> tuple[int, int] | None:
        """What follows "username is", "gamertag's" up to the end of the clause."""
        spoken = words.spoken
        first = n + 1
        if not spoken.bare[n].endswith("'s"):
            if first >= len(spoken) or spoken.bare[first] not in ("is", "was", "it's"):
                return None
            first += 1
        if first >= len(spoken) or not spoken.same_turn(n, first) or spoken.bare[first] in AFTER_HANDLE:
            return None
        last = first
        while last - first < 4 and last + 1 < len(spoken) and spoken.same_turn(first, last + 1):
            if words.ends_clause(last) or spoken.bare[last + 1] in AFTER_HANDLE:
                break
            last += 1
        return first, last


def read_backs(spoken: Analysis, found: Sequence[Candidate]) -> list[Candidate]:
    """Parts of an address or handle said again soon after ("I: dash, tsang, underscore…")."""
    out: list[Candidate] = []
    signs = {"dot", "dash", "underscore", "hyphen", "at"}
    for known in (c for c in found if c.category in ("EMAIL", "HANDLE")):
        tokens = {w for w in spoken.bare[known.first : known.last + 1] if len(w) > 2} - signs - BEFORE_HANDLE - TLDS
        first: int | None = None
        for n in range(known.last + 1, min(len(spoken), known.last + READ_BACK_WITHIN)):
            inside = spoken.bare[n] in tokens or spoken.bare[n] in signs
            if inside and (first is None or spoken.same_turn(first, n)):
                first = n if first is None else first
                if n + 1 < len(spoken) and (spoken.bare[n + 1] in tokens | signs) and spoken.same_turn(n, n + 1):
                    continue
            if first is not None:
                last = n if inside else n - 1
                said = spoken.bare[first : last + 1]
                if any(w in tokens for w in said) and (
                    any(w in signs - {"at"} for w in said) or len(set(said) & tokens) > 1
                ):
                    out.append(
                        spoken.candidate(known.category, first, last, score=0.7, method="read-back", kind=known.kind)
                    )
                first = None
    return out
