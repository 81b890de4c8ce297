"""``python -m room_server``: the same as the program ``yunting``."""

from room_server.cli import main

main()
