"""The control methods: parameters checked here, then handed to the router."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from room_server.relay.channel import RelayError
from room_server.relay.forwarding import Graph
from room_server.relay.ortc import MAX_LAYERS, NegotiationError
from room_server.relay.router import Router
from room_server.relay.transport import DtlsRole, Fingerprint

Params = dict[str, Any]
_DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}


def answer(router: Router, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request; whatever is wrong with it becomes an error answer."""
    identifier = message.get("id")
    try:
        method = METHODS.get(str(message.get("method")))
        if method is None:
            raise RelayError("unknown_method", f"unknown method {message.get('method')!r}")
        params = message.get("params") or {}
        if not isinstance(params, dict):
            raise RelayError("bad_request", "params must be an object")
        return {"id": identifier, "result": method(router, params)}
    except RelayError as error:
        return _error(identifier, error.code, str(error.args[0]))
    except NegotiationError as error:
        return _error(identifier, error.code, str(error))
    except ValueError as error:
        return _error(identifier, "bad_request", str(error))


def _error(identifier: Any, code: str, text: str) -> dict[str, Any]:
    return {"id": identifier, "error": {"code": code, "message": text}}


def _text(params: Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise RelayError("bad_request", f"{name} must be a string of 1 to 200 characters")
    return value


def _number(params: Params, name: str, most: int) -> int:
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise RelayError("bad_request", f"{name} must be a whole number from 0 to {most}")
    return value


def _create_transport(router: Router, params: Params) -> Any:
    direction = params.get("direction")
    if direction not in ("send", "recv"):
        raise RelayError("bad_request", f"direction is {direction!r}; allowed are send, recv")
    return router.create_transport(
        _text(params, "room"), _text(params, "participant"), "send" if direction == "send" else "recv"
    )


def _connect_transport(router: Router, params: Params) -> None:
    body = params.get("dtls_parameters")
    if not isinstance(body, dict):
        raise RelayError("bad_request", "dtls_parameters must be an object with role and fingerprints")
    given_role = body.get("role", "auto")
    roles: dict[Any, DtlsRole] = {"auto": "auto", "client": "client", "server": "server"}
    if not isinstance(given_role, str) or given_role not in roles:
        raise RelayError("bad_request", f"DTLS role is {given_role!r}; allowed are auto, client, server")
    entries = body.get("fingerprints")
    if not isinstance(entries, list) or not 1 <= len(entries) <= 8:
        raise RelayError("bad_request", "dtls_parameters.fingerprints must list one to eight fingerprints")
    fingerprints = [found for entry in entries if (found := _fingerprint(entry)) is not None]
    if not fingerprints:
        raise RelayError(
            "bad_request", f"no fingerprint algorithm is known; allowed are {sorted(_DIGEST_BYTES)}"
        )
    router.connect_transport(_text(params, "transport"), roles[given_role], fingerprints)


def _fingerprint(entry: object) -> Fingerprint | None:
    if not isinstance(entry, dict):
        raise RelayError("bad_request", "a fingerprint has algorithm and value")
    algorithm, value = str(entry.get("algorithm")).lower(), str(entry.get("value"))
    length = _DIGEST_BYTES.get(algorithm)
    if length is None:
        return None
    try:
        digest = bytes.fromhex(value.replace(":", ""))
    except ValueError:
        digest = b""
    if len(digest) != length:
        raise RelayError("bad_request", f"a {algorithm} fingerprint has {length} colon-separated bytes")
    return Fingerprint(algorithm, value)


def _produce(router: Router, params: Params) -> str:
    track = _number(params, "track", 0xFFFFFFFF)
    return router.produce(
        _text(params, "transport"),
        _text(params, "kind"),
        params.get("rtp_parameters"),
        _text(params, "source"),
        track,
    )


def _set_preferred_layers(router: Router, params: Params) -> None:
    router.set_preferred_layers(
        _text(params, "consumer"),
        _number(params, "spatial_layer", MAX_LAYERS - 1),
        _number(params, "priority", 255),
    )


def _set_tap(router: Router, params: Params) -> None:
    path = params.get("path")
    # The kernel's limit for a Unix socket's path is 108 bytes with its end.
    if path is not None and not (isinstance(path, str) and 1 <= len(path.encode()) <= 107):
        raise RelayError("bad_request", "path must be null or a socket path of at most 107 bytes")
    epoch_ns = params.get("epoch_ns")
    if epoch_ns is not None and (type(epoch_ns) is not int or not 0 <= epoch_ns < 1 << 63):
        raise RelayError("bad_request", "epoch_ns must be null or nanoseconds from 0 to 2^63 - 1")
    router.set_tap(_text(params, "room"), path, epoch_ns)


METHODS: dict[str, Callable[[Router, Params], Any]] = {
    "router_capabilities": lambda router, params: router.capabilities(),
    "create_transport": _create_transport,
    "connect_transport": _connect_transport,
    "restart_ice": lambda router, params: router.restart_ice(_text(params, "transport")),
    "close_participant": lambda router, params: router.close_participant(
        _text(params, "room"), _text(params, "participant")
    ),
    "close_transport": lambda router, params: router.close_transport(_text(params, "transport")),
    "produce": _produce,
    "close_producer": lambda router, params: router.close_producer(_text(params, "producer")),
    "pause_producer": lambda router, params: router.pause_producer(_text(params, "producer"), True),
    "resume_producer": lambda router, params: router.pause_producer(_text(params, "producer"), False),
    "consume": lambda router, params: router.consume(
        _text(params, "transport"), _text(params, "producer"), params.get("rtp_capabilities")
    ),
    "resume_consumer": lambda router, params: router.pause_consumer(_text(params, "consumer"), False),
    "pause_consumer": lambda router, params: router.pause_consumer(_text(params, "consumer"), True),
    "set_preferred_layers": _set_preferred_layers,
    "close_consumer": lambda router, params: router.close_consumer(_text(params, "consumer")),
    "request_key_frame": lambda router, params: router.request_key_frame(_text(params, "producer")),
    "set_graph": lambda router, params: router.set_graph(
        _text(params, "room"), Graph.from_json(params.get("graph"))
    ),
    "set_tap": _set_tap,
    "stats": lambda router, params: router.statistics(_text(params, "room")),
    "close_room": lambda router, params: router.close_room(_text(params, "room")),
}
