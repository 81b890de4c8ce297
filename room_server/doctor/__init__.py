"""``yunting doctor``: looks at an installation and says in an administrator's words what is wrong and what to do."""

from __future__ import annotations

from room_server.doctor.examination import examine
from room_server.doctor.report import Check, Report

__all__ = ["Check", "Report", "examine"]
