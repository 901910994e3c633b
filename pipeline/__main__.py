"""`python -m pipeline` is `ipa`."""

from pipeline.cli import main

main()
