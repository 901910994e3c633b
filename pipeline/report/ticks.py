"""Tick boxes that keep their ticks in the reader's browser, without sending or loading anything.

What is stored is the position of a box (kind, time, lines), never text of the interview. The key holds the
transcript's id and hash, so that a corrected transcript starts without ticks.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from html import escape

LOST = "Ticks are not kept here: print the page, or work through it in one sitting."
KEPT = "Ticks are kept in this browser on this computer, also when the page is closed."

SCRIPT = """
(() => {
  const key = "ipa-report " + document.body.dataset.transcript;
  const boxes = document.querySelectorAll("input[data-tick]");
  const store = ticks => localStorage.setItem(key, JSON.stringify([...ticks]));
  let ticks;
  try {
    ticks = new Set(JSON.parse(localStorage.getItem(key) || "[]"));
    store(ticks);
  } catch {
    return;
  }
  for (const box of boxes) {
    box.checked = ticks.has(box.dataset.tick);
    box.addEventListener("change", () => {
      ticks[box.checked ? "add" : "delete"](box.dataset.tick);
      store(ticks);
    });
  }
  for (const note of document.querySelectorAll(".ticks")) note.textContent = note.dataset.kept;
})();
"""

#: What the page's security policy allows to run: this script and no other.
SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"


def note() -> str:
    """The sentence that says whether ticks are kept; it says no until the script has found out that they are."""
    return f'<p class="hint ticks" data-kept="{escape(KEPT)}">{escape(LOST)}</p>'


class Boxes:
    """Makes the boxes of one table, each with a key of its own."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def box(self, label: str, *place: object) -> str:
        """A box for what stands at `place`; `label` is read out by screen readers."""
        key = " ".join(str(part) for part in place)
        self._used[key] += 1
        number = f" #{self._used[key]}" if self._used[key] > 1 else ""
        return f'<input type="checkbox" aria-label="{escape(label)}" data-tick="{escape(key + number)}">'
