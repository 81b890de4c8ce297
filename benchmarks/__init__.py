"""Figures, not tests: `python -m benchmarks.NAME [--json]`. docs/benchmarks.md says what each measures."""
