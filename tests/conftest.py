"""Shared test configuration. Tests mirror the source tree; whole hearings live in tests/scenarios, browsers in tests/e2e."""
