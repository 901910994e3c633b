"""Text that somebody wrote -> words, events and replacements (see `script` for the marks)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.core.errors import BadInputError
from pipeline.importing.typed import MAX_WORD
from pipeline.review.script import EVENT, JOINER, Heard, Mark, Said, label_of, text_of

_PLAIN = rf"(?:[^{{}}]|[{{}}]{JOINER})"  # no brace that is part of a mark
_GROUP = (
    rf"\{{\{{{_PLAIN}*\}}\}}|\[(?!{JOINER})[^\[\]]{{1,80}}\]"
    rf"|\(\((?!{JOINER})[^()]{{1,300}}\)\)|\((?!{JOINER})[^()]{{1,300}}\)"
)
_TOKEN = re.compile(rf"(?:{_GROUP}|\S)+")
_NAMED = re.compile(r"\(\((?:(?P<role>[IP]\d?): )?(?P<shown>[^()]+)\)\)")
_EVENT = re.compile(rf"\((?P<shown>{EVENT.pattern})\)[.,;]?")
_ASIDE = re.compile(r"\((?P<role>[IP]\d?):\s*(?P<said>.*)\)[.,;]?", re.DOTALL)
_HEARD_ASIDE = re.compile(r"(?:laugh|chuckl|sigh|cr(?:y|ies)|sob|cough|sniff|gasp|giggl|unclear|pause)[a-z]*")
_MARK = re.compile(
    rf"(?P<lead>{_PLAIN}*?)\{{\{{(?P<core>{_PLAIN}*?)(?:\|(?!{JOINER})(?P<label>[^|{{}}]*?))?"
    rf"(?:\|(?P<category>[A-Z_]{{3,10}}))?\}}\}}(?P<tail>{_PLAIN}*)",
    re.DOTALL,
)
_HOLE = re.compile(rf"(?P<lead>[^\[\]]*)\[(?!{JOINER})(?P<label>[^\[\]]{{1,80}})\](?P<tail>[^\[\]]*)", re.DOTALL)
_GUESS = re.compile(r"\(([^()\s]+)\?\)")
MEND = "mend it there and run the same command again; nothing was changed"


@dataclass(frozen=True)
class Hole:
    """A replacement without the words behind it, "[town]", and what stands close to it."""

    label: str
    lead: str = ""
    tail: str = ""


Entry = Said | Heard | Hole


def raw(text: str) -> list[str]:
    """Text split at spaces, but not inside brackets and braces; marks of overlap at the edges are tokens of their
    own."""
    made: list[str] = []
    for token in _TOKEN.findall(text):
        closing = 0
        while token.startswith("//"):
            made.append("//")
            token = token[2:]
        while token.endswith("//"):
            closing += 1
            token = token[:-2]
        made += ([token] if token else []) + ["//"] * closing
    return made


def parse(token: str, role: str, where: str, *, aside: bool = False, mark: Mark | None = None) -> Iterator[Entry]:
    """What a token says. `where` is its place, for errors.

    Raises:
        BadInputError: braces without their partner, or a word that is none.
    """
    if (match := _NAMED.fullmatch(token)) or (match := _EVENT.fullmatch(token)):
        yield Heard(0, match["shown"].strip(), match.groupdict().get("role") or "")
    elif match := _ASIDE.fullmatch(token):
        if _HEARD_ASIDE.match(match["said"]):
            yield Heard(0, match["said"].strip(), match["role"])
        else:
            for inner in raw(match["said"]):
                yield from parse(inner, match["role"], where, aside=True)
    elif match := _MARK.fullmatch(token):
        yield from _marked(match, role, where, aside)
    elif "{{" in token or "}}" in token:
        raise BadInputError(
            f"{where}: braces are not in pairs", hint="write {{the words|what stands for them}}; " + MEND
        )
    elif match := _HOLE.fullmatch(token):
        yield Hole(" ".join(match["label"].split()), match["lead"], match["tail"])
    else:
        for text in _GUESS.sub(r"\1", token).split():
            if len(text) > MAX_WORD:
                raise BadInputError(
                    f"{where}: a word of {len(text)} characters; at most {MAX_WORD} are accepted", hint=MEND
                )
            if said := text_of(text):
                yield Said(said, role, aside, mark=mark)


def _marked(match: re.Match[str], role: str, where: str, aside: bool) -> Iterator[Entry]:
    """Words behind a mark; letters that touch the braces are words of their own."""
    lead, core, tail = match["lead"], match["core"].strip(), match["tail"]
    before = after = ""
    if lead[-1:].isalnum():
        before, lead = lead, ""
    if tail[:1].isalnum():
        after, tail = tail, ""
    if not core:
        raise BadInputError(f"{where}: there are no words between the braces", hint=MEND)
    mark = Mark(label_of(match["label"]) if (match["label"] or "").strip() else "", match["category"] or "")
    if before:
        yield from parse(before, role, where, aside=aside)
    for inner in raw(lead + core + tail):
        yield from parse(inner, role, where, aside=aside, mark=mark)
    if after:
        yield from parse(after, role, where, aside=aside)
