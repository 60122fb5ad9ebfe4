"""Speed and memory of the pipeline, side by side with the alternatives: `python -m benchmarks --help`."""
