"""What all bodies share: the base class, the words that several of them use, the site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from signaling.messages import BiText

Name = Annotated[str, Field(min_length=1, max_length=120)]
Note = Annotated[str, Field(max_length=2000)]
Secret = Annotated[str, Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
StaffRole = Literal["clerk", "judge", "mediator", "administrator"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteInfo(Body):
    court: BiText
    demo: bool
    hotline: str
    ruleset: str
