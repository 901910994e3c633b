"""`python -m pipeline` is `ipa`."""

from pipeline.cli.main import main

main()
