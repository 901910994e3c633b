#: Hz: of the decoded copy, and what every model is given.
SAMPLE_RATE = 16_000
