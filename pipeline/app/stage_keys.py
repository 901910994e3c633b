"""Keys of stages: a stage is skipped while its key matches the stored one."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.app import snapshots
from pipeline.core.document import Document
from pipeline.core.settings import Settings, sha256_of
from pipeline.stages.base import Context, Stage


def stage_keys(
    root: Document,
    digest: str,
    chosen: Sequence[Stage],
    settings: Settings,
    context: Context,
    *,
    heard: Document | None = None,
) -> list[str]:
    """The key of each stage, chained. Cheap: no engine is imported, no weights are read.

    What was `heard` keeps the keys that it was made with, whatever changed since.
    """
    frozen = {r.stage: r.key for r in heard.records} if heard is not None else {}
    if root.records:
        key = root.records[-1].key
    else:
        stored = snapshots.load(context.paths, "ingest") if not digest else None
        source = digest or (stored.recording.sha256 if stored and stored.recording else "")
        key = sha256_of({"recording": source})
    keys = []
    for stage in chosen:
        if stage.name in frozen:
            key = frozen[stage.name]
            keys.append(key)
            continue
        what = {
            "fingerprint": stage.fingerprint(settings, context),
            "weights": weights_hashes(stage, settings, context),
        }
        key = sha256_of({"before": key, "stage": stage.name, "version": stage.version, "what": what})
        keys.append(key)
    return keys


def weights_hashes(stage: Stage, settings: Settings, context: Context) -> dict[str, str]:
    """{entry/file: sha256} of the weights a stage uses, as the catalogue has them."""
    hashes: dict[str, str] = {}
    for name in stage.weights(settings):
        hashes.update(context.catalogue.sha256(name))
    return hashes
