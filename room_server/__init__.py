"""The court server: composes signaling, the relay, the recorder and the eligibility gate."""
