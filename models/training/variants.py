"""Variants of an annotated interview: what a speech recogniser does to it."""

from __future__ import annotations

import random

from annotated import Annotated


def variants(interview: Annotated, count: int, draw: random.Random) -> list[Annotated]:
    return []
