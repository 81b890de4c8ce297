"""What all bodies share: the base class, the words that several of them use, the site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from signaling.messages import BiText

Name = Annotated[str, Field(min_length=1, max_length=120)]
Note = Annotated[str, Field(max_length=2000)]
Secret = Annotated[str, Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
StaffRole = Literal["clerk", "judge", "mediator", "administrator"]
CaseType = Literal[
    "civil",
    "commercial",
    "intellectual_property",
    "maritime",
    "financial",
    "administrative",
    "enforcement",
    "special_procedure",
    "criminal_expedited",
    "criminal_commutation_parole",
    "criminal_private_prosecution",
    "criminal_other",
]
Stage = Literal["inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement", "mediation"]
"""`mediation` is the one stage of a mediation, and of nothing else."""
Closed = Literal[
    "none",
    "by_law_state_secret",
    "by_law_privacy",
    "by_law_minor_defendant",
    "on_application_pending",
    "on_application_granted",
]
HowAsserted = Literal["link", "desk", "paper", "phone"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteInfo(Body):
    court: BiText
    demo: bool
    hotline: str
    ruleset: str
