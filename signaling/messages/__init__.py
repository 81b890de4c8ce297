"""Every wire message of the signaling channel (Socket.IO), as pydantic models.

The channel has three parts:

* **requests** from the browser, each acknowledged with :class:`Ack` (``result`` or ``error``);
* **events** pushed to one viewer, numbered by a per-viewer sequence; applying them in order to the last snapshot
  gives the same :class:`View` as fetching it anew;
* one **terminated** message, after which the server closes the connection for good.

The JSON Schema in ``signaling/schema`` and the TypeScript types of the page are generated from this module. ORTC
objects (``rtpParameters``, ``dtlsParameters`` …) keep the camelCase of the W3C ORTC texts and are validated by the
relay; everything else is snake_case. Times are ISO 8601 strings with an offset; ids are prefixed strings.
"""

from __future__ import annotations

from signaling.messages.base import *
from signaling.messages.events import *
from signaling.messages.requests import *
from signaling.messages.view import *
