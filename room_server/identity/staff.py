"""Staff accounts: creating them, signing in by password or by link, choosing a password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from room_server.clock import Clock
from room_server.errors import CorrectTheRequest
from room_server.identity.attempts import AttemptLimit
from room_server.identity.passwords import Hashing
from room_server.identity.refusals import TooManyAttempts, WrongCredentials
from room_server.identity.secrets import RandomBytes, new_secret, secret_hash
from room_server.ids import new_id
from room_server.store.accounts import AccountRecord, Accounts, SignInLink
from room_server.store.devices import Devices

LINK_LIFETIME = timedelta(days=7)
WINDOW_S = 600.0
FAILURES_PER_ACCOUNT = 10
FAILURES_PER_ADDRESS = 30
"""Failed passwords within :data:`WINDOW_S`. An address is more than one person: a whole court may stand behind it."""


class Staff:
    def __init__(
        self, accounts: Accounts, devices: Devices, hashing: Hashing, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._accounts = accounts
        self._devices = devices
        self._hashing = hashing
        self._clock = clock
        self._random_bytes = random_bytes
        self._per_account = AttemptLimit(FAILURES_PER_ACCOUNT, WINDOW_S)
        self._per_address = AttemptLimit(FAILURES_PER_ADDRESS, WINDOW_S)

    async def create(self, username: str, name: str, roles: Iterable[str]) -> AccountRecord:
        """A new account without a password: its first sign-in is by link. Raises ``store.accounts.Duplicate``."""
        account = AccountRecord(
            id=new_id("acc", self._random_bytes),
            username=username,
            name=name,
            roles=tuple(dict.fromkeys(roles)),
            password_hash=None,
            created_at=self._clock.now(),
        )
        await self._accounts.add(account)
        return account

    async def get(self, account_id: str) -> AccountRecord | None:
        return await self._accounts.get(account_id)

    async def all(self) -> Sequence[AccountRecord]:
        return await self._accounts.all()

    async def sign_in_secret(
        self, account_id: str, *, reusable: bool = False, lifetime: timedelta = LINK_LIFETIME
    ) -> str:
        """The secret of a new sign-in link. A link that works once replaces the ones given out before it."""
        now = self._clock.now()
        secret = new_secret(self._random_bytes)
        if not reusable:
            await self._accounts.withdraw_links(account_id, now)
        await self._accounts.add_link(
            SignInLink(secret_hash(secret), account_id, reusable, now, now + lifetime)
        )
        return secret

    async def by_link(self, secret: str) -> AccountRecord:
        """The account that signs in by this link; uses up a link that works once."""
        account = await self._accounts.use_link(secret_hash(secret), self._clock.now())
        if account is None:
            raise WrongCredentials(
                "link_not_valid",
                "此登录链接已使用、已过期或无效，请向系统管理员索取新链接。",
                "This sign-in link was used already, has expired or is not valid. Ask the administrator for a new one.",
            )
        return account

    async def by_password(self, username: str, password: str, address: str) -> AccountRecord:
        """The account with this name and password. Raises :class:`WrongCredentials`, :class:`TooManyAttempts`."""
        account = await self._accounts.by_username(username)
        await self._check(account, f"name:{username}", password, address)
        assert account is not None
        return account

    async def confirm(self, account: AccountRecord, password: str, address: str) -> None:
        """Ask for the password once more before something that only its holder may do."""
        try:
            await self._check(account, f"name:{account.username}", password, address)
        except WrongCredentials as wrong:
            text = ("密码不正确，请重新输入。", "The password is wrong. Type it again.")
            raise WrongCredentials(None, *text) from wrong

    async def change_password(
        self, account: AccountRecord, device_id: str, current: str | None, new: str, address: str
    ) -> None:
        """Choose a password; signs the account out on every other device."""
        if account.password_hash is not None:
            if current is None:
                raise CorrectTheRequest(
                    "current_password_needed", "请输入当前密码。", "Give the current password too."
                )
            await self.confirm(account, current, address)
        if new.casefold() in (account.username.casefold(), account.name.casefold()):
            raise CorrectTheRequest(
                "weak_password",
                "密码不得与用户名或姓名相同。",
                "The password must not be the user name or the name.",
            )
        await self._accounts.set_password(account.id, await self._hashing.hash(new))
        await self._accounts.withdraw_links(account.id, self._clock.now())
        await self._devices.sign_out_everywhere(account.id, but=device_id)

    async def _check(self, account: AccountRecord | None, key: str, password: str, address: str) -> None:
        now_s = self._clock.monotonic_s()
        wait_s = max(self._per_account.wait_s(key, now_s), self._per_address.wait_s(address, now_s))
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        self._per_account.begin(key, now_s)
        self._per_address.begin(address, now_s)
        stored = account.password_hash if account is not None else None
        if not await self._hashing.matches(stored, password):
            raise WrongCredentials(None, "用户名或密码错误。", "The user name or the password is wrong.")
        self._per_account.succeeded(key)
        self._per_address.undo(address)
