"""Accounts, sign-in and sign-out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from room_server.http.models.base import Body, Name, Secret, StaffRole


class SignIn(Body):
    username: Name
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SignInWithLink(Body):
    secret: Secret


class ChangePassword(Body):
    """``current`` may be left out only where the account has no password yet (first sign-in by link)."""

    current: Annotated[str, Field(max_length=200)] | None = None
    new: Annotated[str, Field(min_length=10, max_length=200)]


class StaffMe(Body):
    id: str
    username: str
    name: str
    roles: list[StaffRole]
    has_password: bool


class Account(Body):
    id: str
    username: str
    name: str
    roles: list[StaffRole]


class AccountList(Body):
    accounts: list[Account]


class NewAccount(Body):
    username: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]
    name: Name
    roles: Annotated[list[StaffRole], Field(min_length=1)]


class AccountCreated(Body):
    """``sign_in_url`` works once and lets the person choose a password."""

    account: Account
    sign_in_url: str
