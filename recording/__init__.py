"""Recording leaf: segments, manifest, composition and verification; imports nothing of room_server."""
