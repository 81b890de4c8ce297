"""Packet arithmetic of RTP and RTCP: pure functions and small state machines; time and randomness come from the caller."""
