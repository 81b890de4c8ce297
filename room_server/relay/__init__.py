"""The media relay: forwards encoded RTP along a graph the server sets, in a worker process of its own."""
