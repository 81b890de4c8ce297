"""Synthetic participants: real WebRTC peers that join over the real network path, for demos, rehearsals and load."""
