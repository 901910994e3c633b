"""ipa-transcripts: from a recorded interview to a redacted, line-numbered transcript, offline."""

__version__ = "0.1.0"
