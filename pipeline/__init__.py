"""ipa-transcripts: from a recorded interview to a redacted, line-numbered transcript, offline."""

from pipeline.core import offline

__version__ = "0.1.0"

offline.apply()  # here, because some libraries read their telemetry switches as soon as they are imported
