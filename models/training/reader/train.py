"""Train the reader, cross-validated over interviews, resumable.

    python models/training/reader/train.py ENCODER OUT [--fold K/N] [--epochs E] [--threads T]

ENCODER: folder with model.safetensors and tokenizer.json of all-MiniLM-L6-v2. OUT/fold-K gets checkpoint.pt after every
epoch and, at the end, chances.npz: for every held-out interview in every style the probability of each label for each
word. `--fold all` trains on everything: the reader that is shipped. Seeds are fixed; the data is models/training/data.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from batches import encode, open_tokenizer, predicted, tensors, training_rows
from corpus import Interview, fold_of, load, uncased
from network import Reader, pretrained
from torch import nn
from variants import Mishearing, fresh

HERE = Path(__file__).resolve().parent
STYLES = ("typed", "asr", "uncased")
BATCH, RATE, HEAD_RATE = 8, 1e-4, 1e-3


def version(interview: Interview, style: str, epoch: int, table: Mishearing) -> Interview:
    return fresh(interview, style, random.Random(f"{interview.name} {interview.kind} {style} {epoch}"), table)


def train(model: Reader, interviews: list[Interview], options: argparse.Namespace, out: Path) -> None:
    table, tokenizer = Mishearing(HERE / "mishearings.json"), open_tokenizer(options.encoder)
    for frozen in (model.words, model.positions):
        frozen.weight.requires_grad_(False)
    new = [p for n, p in model.named_parameters() if n.startswith(("head", "features", "lists")) and p.requires_grad]
    old = [
        p for n, p in model.named_parameters() if not n.startswith(("head", "features", "lists")) and p.requires_grad
    ]
    rates = (RATE, HEAD_RATE)
    optimiser = torch.optim.AdamW([{"params": old, "lr": RATE}, {"params": new, "lr": HEAD_RATE}], weight_decay=0.01)
    start, saved = 0, out / "checkpoint.pt"
    if saved.is_file():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        start = state["epoch"] + 1
    for epoch in range(start, options.epochs):
        began, draw = time.time(), random.Random(epoch)
        torch.manual_seed(epoch)
        rows = []
        for n, interview in enumerate(interviews):
            # What a recogniser really wrote is scarce: each epoch has all of it, of typed interviews one style each.
            styles = ["asr", "uncased"] if interview.kind == "asr" else [STYLES[(epoch + n) % len(STYLES)]]
            for style in styles:
                rows += training_rows(*encode(version(interview, style, epoch, table), tokenizer), draw)
        draw.shuffle(rows)
        rows = [
            r
            for b in range(0, len(rows), 16 * BATCH)
            for r in sorted(rows[b : b + 16 * BATCH], key=lambda r: len(r.window.ids))
        ]
        batches = [rows[b : b + BATCH] for b in range(0, len(rows), BATCH)]
        draw.shuffle(batches)
        model.train()
        total = 0.0
        for step, batch in enumerate(batches):
            done = (epoch + step / len(batches)) / options.epochs
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * min(1.0, (epoch * len(batches) + step + 1) / 60) * max(0.02, 1 - done)
            ids, ints, lists, style, gold = tensors(batch)
            logits = model(ids, ints, lists, style)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), gold.flatten(), ignore_index=-100)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            total += loss.item()
            if step % 50 == 0:
                print(
                    f"  epoch {epoch} step {step}/{len(batches)} {total / (step + 1):.4f} {time.time() - began:.0f} s",
                    flush=True,
                )
        print(
            f"epoch {epoch}: loss {total / len(batches):.4f}, {len(batches)} batches, {time.time() - began:.0f} s",
            flush=True,
        )
        torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch}, saved)


def held_out(interviews: list[Interview], table: Mishearing) -> list[tuple[str, Interview]]:
    """(style, version) of every held-out interview: typed, in lower case, and recognised where it was read aloud."""
    read = {i.name for i in interviews if i.kind == "asr"}
    rows = []
    for interview in interviews:
        if interview.kind == "asr":
            rows.append(("heard", interview))
            continue
        rows += [("typed", interview), ("uncased", uncased(interview))]
        if interview.name not in read:
            rows.append(("asr", version(interview, "asr", -1, table)))
    return rows


def predict(model: Reader, interviews: list[Interview], options: argparse.Namespace, out: Path) -> None:
    table, tokenizer = Mishearing(HERE / "mishearings.json"), open_tokenizer(options.encoder)
    arrays: dict[str, np.ndarray] = {}
    for style, interview in held_out(interviews, table):
        source, labels = encode(interview, tokenizer)
        name = f"{interview.name}/{style}"
        arrays[f"{name}/p"] = predicted(model, source).astype(np.float16)
        arrays[f"{name}/gold"] = np.array(labels, np.int8)
        arrays[f"{name}/words"] = np.array([i.text for i in interview.items])
    np.savez_compressed(out / "chances.npz", **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fold", default="all")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, nargs="*", default=[HERE.parent / "data"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    interviews = load(*options.data)
    out = options.out / f"fold-{options.fold.split('/')[0]}"
    out.mkdir(parents=True, exist_ok=True)
    model = pretrained(options.encoder)
    if options.fold == "all":
        train(model, interviews, options, out)
        return
    fold, folds = map(int, options.fold.split("/"))
    train(model, [i for i in interviews if fold_of(i, folds) != fold], options, out)
    predict(model, [i for i in interviews if fold_of(i, folds) == fold], options, out)


if __name__ == "__main__":
    main()
