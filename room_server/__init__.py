"""The court server: composes signaling, the relay, the recorder and the eligibility gate."""

__version__ = "0.1.0"
