"""A second reading of both decision tables, written from the sources and not from the rule files.

It reads the plain facts document and knows nothing of the engine, its predicates or its rule ids: one row per line of
the table, one column per rule set. What it says is compared with what the engine says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

RULESETS = ("shanghai-2020", "spc-2021")
NEEDS = ("on_site_identification", "verification_of_originals", "physical_examination")
FINAL, NO_GALLERY = " final", " no gallery"
ORDER = ("block", "await_ruling", "hybrid", "warn", "allow")

TABLE: Mapping[str, tuple[str | None, str | None]] = {
    # row of the table: (shanghai-2020, spc-2021); None: no effect
    "case type outside the list, not yet ruled on": ("allow", "await_ruling"),
    "case type outside the list, held suitable": ("allow", "allow"),
    "case type outside the list, held not suitable": ("allow", "block"),
    "every side objects": ("block final", "block final"),
    "some sides object with reasons, not yet ruled on": ("await_ruling", "await_ruling"),
    "some sides object with reasons, held valid": ("block", "block"),
    "some sides object with reasons, held not valid": ("warn", "hybrid"),
    "some sides object without reasons": ("warn", "hybrid"),
    "silent": ("warn", "hybrid"),
    "served by public notice and not consenting": ("warn", "hybrid"),
    "position for another stage only": ("warn", "hybrid"),
    "consents or chose online": ("allow", "allow"),
    "retracts, not yet ruled on": ("await_ruling", "await_ruling"),
    "retracts, held": ("block", "hybrid"),
    "retracts, not held": ("allow", "allow"),
    "lacks conditions, not yet ruled on": ("await_ruling", "await_ruling"),
    "lacks conditions, held for every side": ("block", "block"),
    "lacks conditions, held for some sides": ("block", "hybrid"),
    "lacks conditions, not held": (None, None),
    "on-site need, not yet ruled on": ("await_ruling", "await_ruling"),
    "on-site need, held needed": ("block", "block"),
    "on-site need, held not needed": (None, None),
    "significant and complex, not yet ruled on": ("await_ruling", "await_ruling"),
    "significant and complex, held": ("block", "block"),
    "significant and complex, not held": (None, None),
    "major social impact, not yet ruled on": ("await_ruling", "await_ruling"),
    "major social impact, held": ("block", "block"),
    "major social impact, not held": (None, None),
    "closed by law: state secret": ("block final", "block final"),
    "closed by law: privacy": ("block final", "allow no gallery"),
    "closed by law: minor defendant": ("block final", "allow no gallery"),
    "closed on application, pending": ("warn no gallery", "warn no gallery"),
    "closed on application, granted": ("warn no gallery", "warn no gallery"),
    "other circumstances, held unsuitable": ("block", "block"),
    "other circumstances, not held": (None, None),
    "remote witness objected to, not yet ruled on": ("await_ruling", "await_ruling"),
    "remote witness objected to, held good": ("hybrid", "hybrid"),
    "remote witness objected to, held not good": (None, None),
    # Under the notice nothing sends a party to court, so that all would be there cannot come about.
    "every party would attend at court": (None, "block"),
    "mediation: a party refuses": ("block final", "block final"),
    "mediation: a party has not consented yet": ("block", "block"),
    "mediation: cannot lawfully be mediated": ("block final", "block final"),
    "mediation: conflict undisclosed": ("block", "block"),
    "mediation: conflict disclosed and refused": ("block", "block"),
    "mediation: conflict disclosed and accepted": ("warn", "warn"),
    "mediation: every party lacks audio and video": ("block", "block"),
    "mediation: some parties lack audio and video": ("hybrid", "hybrid"),
    "mediation: every party consents": (None, None),
    "mediation: what only hearings ask": (None, None),
}


@dataclass(frozen=True)
class Row:
    """A row of the table that the facts fall under. `ground`: what a judge must rule on where it awaits a ruling."""

    name: str
    about: str
    ground: str = ""


@dataclass(frozen=True)
class Reading:
    outcome: str
    final: bool
    in_person: tuple[str, ...]
    awaiting: tuple[str, ...]
    gallery: bool
    rows: frozenset[str]


def read_table(document: Mapping[str, Any], ruleset: str) -> Reading:
    """What the table says of these facts, in the column of that rule set."""
    column = RULESETS.index(ruleset)
    mediation = document["proceeding"] == "mediation"
    rows = list(_mediation(document) if mediation else _hearing(document))
    cells = [(row, TABLE[row.name][column] or "") for row in rows]
    at_court = {row.about for row, cell in cells if cell == "hybrid"}
    if not mediation and {party["id"] for party in document["parties"]} <= at_court:
        row = Row("every party would attend at court", "proceeding")
        cells.append((row, TABLE[row.name][column] or ""))
    said = {cell.split()[0] for _, cell in cells if cell}
    return Reading(
        outcome=next((outcome for outcome in ORDER if outcome in said), "allow"),
        final=any(cell.endswith(FINAL) for _, cell in cells),
        in_person=tuple(sorted(at_court)),
        awaiting=tuple(sorted({row.ground for row, cell in cells if cell == "await_ruling"})),
        gallery=not mediation and not any(cell.endswith(NO_GALLERY) for _, cell in cells),
        rows=frozenset(row.name for row, _ in cells),
    )


def _ruled(document: Mapping[str, Any], ground: str) -> bool | None:
    """The latest ruling on a ground, if there is one."""
    rulings = [ruling for ruling in document.get("rulings", ()) if ruling["ground"] == ground]
    if not rulings:
        return None
    held: bool = max(rulings, key=lambda ruling: datetime.fromisoformat(ruling["at"]))["held"]
    return held


def _asserted(
    document: Mapping[str, Any],
    ground: str,
    asserted: bool,
    row: str,
    states: tuple[str, str, str],
    about: str,
) -> Iterator[Row]:
    """`states`: not yet ruled on, held, not held. A judge who holds it made out has asserted it too."""
    held = _ruled(document, ground)
    if held:
        yield Row(f"{row}, {states[1]}", about)
    elif asserted:
        yield Row(f"{row}, {states[0] if held is None else states[2]}", about, ground)


def _statements(party: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the party and its agent said; the agent speaks for the side."""
    return [party, party["agent"]] if party.get("agent") else [party]


def _says(party: Mapping[str, Any], stage: str) -> str:
    """objects, retracts, consents, another stage or silent."""
    said = {statement["position"] for statement in _statements(party)}
    if said <= {"silent"}:
        return "silent"
    if party.get("position_stage", stage) != stage:
        return "another stage"
    for position in ("objects", "retracts"):
        if position in said:
            return position
    return "consents"


def _hearing(document: Mapping[str, Any]) -> Iterator[Row]:
    yield from _case(document)
    parties, stage = document["parties"], document["stage"]
    if all(_says(party, stage) == "objects" for party in parties):
        yield Row("every side objects", "proceeding")
    else:
        for party in parties:
            yield from _objection(document, party, stage)
    for party in parties:
        yield from _consent(document, party, stage)
    yield from _conditions(document)
    for need in NEEDS:
        states = ("not yet ruled on", "held needed", "held not needed")
        asserted = need in document.get("needs", ())
        yield from _asserted(document, f"need:{need}", asserted, "on-site need", states, need)
    for witness in document.get("witnesses", ()):
        ground, asserted = f"witness:{witness['id']}", witness.get("objection", False)
        states = ("not yet ruled on", "held good", "held not good")
        yield from _asserted(document, ground, asserted, "remote witness objected to", states, witness["id"])


def _case(document: Mapping[str, Any]) -> Iterator[Row]:
    if document["case_type"] in ("criminal_private_prosecution", "criminal_other"):
        state = {None: "not yet ruled on", True: "held suitable", False: "held not suitable"}
        row = f"case type outside the list, {state[_ruled(document, 'case_type')]}"
        yield Row(row, "proceeding", "case_type")
    closed = {
        "by_law_state_secret": "closed by law: state secret",
        "by_law_privacy": "closed by law: privacy",
        "by_law_minor_defendant": "closed by law: minor defendant",
        "on_application_pending": "closed on application, pending",
        "on_application_granted": "closed on application, granted",
    }.get(document.get("closed", "none"))
    if closed:
        yield Row(closed, "proceeding")
    states = ("not yet ruled on", "held", "not held")
    is_complex = document.get("complexity") == "significant_and_complex"
    yield from _asserted(document, "complexity", is_complex, "significant and complex", states, "proceeding")
    is_major = document.get("social_impact") == "major"
    yield from _asserted(document, "social_impact", is_major, "major social impact", states, "proceeding")
    other = _ruled(document, "other")
    if other is not None:
        yield Row(f"other circumstances, {'held unsuitable' if other else 'not held'}", "proceeding")


def _objection(document: Mapping[str, Any], party: Mapping[str, Any], stage: str) -> Iterator[Row]:
    if _says(party, stage) != "objects":
        return
    objectors = [statement for statement in _statements(party) if statement["position"] == "objects"]
    if not any(statement.get("reasons", "").strip() for statement in objectors):
        yield Row("some sides object without reasons", party["id"])
        return
    ground = f"objection:{party['id']}"
    state = {None: "not yet ruled on", True: "held valid", False: "held not valid"}[_ruled(document, ground)]
    yield Row(f"some sides object with reasons, {state}", party["id"], ground)


def _consent(document: Mapping[str, Any], party: Mapping[str, Any], stage: str) -> Iterator[Row]:
    says, ground = _says(party, stage), f"retraction:{party['id']}"
    consenting = says == "consents"
    if says == "consents":
        yield Row("consents or chose online", party["id"])
    elif says == "silent":
        yield Row("silent", party["id"])
    elif says == "another stage":
        yield Row("position for another stage only", party["id"])
    elif says == "retracts":
        held = _ruled(document, ground)
        state = {None: "not yet ruled on", True: "held", False: "not held"}[held]
        yield Row(f"retracts, {state}", party["id"], ground)
        consenting = held is False  # then the consent stands
    if party.get("served_by") == "public_notice" and not consenting:
        yield Row("served by public notice and not consenting", party["id"])


def _conditions(document: Mapping[str, Any]) -> Iterator[Row]:
    parties = document["parties"]
    lacking = [party["id"] for party in parties if _ruled(document, f"incapacity:{party['id']}")]
    every = len(lacking) == len(parties)
    if every:
        yield Row("lacks conditions, held for every side", "proceeding")
    for party in parties:
        ground, asserted = f"incapacity:{party['id']}", party.get("capability") == "unable"
        states = ("not yet ruled on", "held for some sides", "not held")
        if not every:
            yield from _asserted(document, ground, asserted, "lacks conditions", states, party["id"])


def _mediation(document: Mapping[str, Any]) -> Iterator[Row]:
    parties, stage = document["parties"], document["stage"]
    if all(_says(party, stage) == "consents" for party in parties):
        yield Row("mediation: every party consents", "proceeding")
    for party in parties:
        says = _says(party, stage)
        if says in ("objects", "retracts"):
            yield Row("mediation: a party refuses", party["id"])
        elif says != "consents":
            yield Row("mediation: a party has not consented yet", party["id"])
    asked = document.get("mediation", {})
    if not asked.get("lawful", True):
        yield Row("mediation: cannot lawfully be mediated", "proceeding")
    conflict = {
        "undisclosed": "mediation: conflict undisclosed",
        "refused": "mediation: conflict disclosed and refused",
        "accepted": "mediation: conflict disclosed and accepted",
    }.get(asked.get("conflict", "none"))
    if conflict:
        yield Row(conflict, "proceeding")
    lacking = [
        party["id"]
        for party in parties
        if party.get("capability") == "unable" or _ruled(document, f"incapacity:{party['id']}")
    ]
    if len(lacking) == len(parties):
        yield Row("mediation: every party lacks audio and video", "proceeding")
    else:
        yield from (Row("mediation: some parties lack audio and video", name) for name in lacking)
    if any(True for row in _case(document)):
        yield Row("mediation: what only hearings ask", "proceeding")
