"""Who gives no sign of life: nothing authentic on any media transport, and no answer to the last ping.

A lost network is seen this way within five seconds, before the channel's own time runs out; it is only shown. Each
sign alone proves little: an idle browser sends nothing on its transports for seconds, and where UDP has died the
channel goes on.
"""

from __future__ import annotations


class Silence:
    """Follows the states of all transports of one hearing's participants."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, str]] = {}
        self._silent: set[str] = set()

    def __contains__(self, participant: str) -> bool:
        return participant in self._silent

    def note(self, participant: str, transport: str, state: str, *, answering: bool) -> bool:
        """A transport's state as the relay has it (`events.TransportState`); whether that changed who is silent.

        ``answering``: the participant's channel is open and has no ping that waits for its answer.
        """
        states = self._states.setdefault(participant, {})
        if state in ("connected", "disconnected"):
            states[transport] = state
        else:
            states.pop(transport, None)
        if not states:
            del self._states[participant]
        quiet = bool(states) and all(one == "disconnected" for one in states.values())
        return self._set(participant, quiet and not answering)

    def heard(self, participant: str) -> bool:
        """A sign of life on the channel; whether that changed who is silent."""
        return self._set(participant, False)

    def forget_all(self) -> None:
        """The relay's worker is gone, and all transports with it."""
        self._states.clear()
        self._silent.clear()

    def _set(self, participant: str, silent: bool) -> bool:
        if silent == (participant in self._silent):
            return False
        if silent:
            self._silent.add(participant)
        else:
            self._silent.discard(participant)
        return True
