"""Signaling leaf: wire messages, connection state, tokens; imports nothing of room_server."""
