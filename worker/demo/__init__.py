"""A made-up news wire for the demo, tests and benchmarks, read from seeds/ or from the wheel."""
