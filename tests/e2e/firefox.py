"""Firefox ESR as Debian ships it, with a profile of its own, driven over WebDriver BiDi."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e.firefox_bidi import Bidi, Tab
from tests.e2e.firefox_network import Network

START_S = 60.0
END_S = 10.0
ADDRESS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
NO_SERVICES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutConfig.showWarning": False,
    "browser.contentblocking.introCount": 20,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.manage-offline-status": True,  # as everywhere but under remote control
    "network.trr.mode": 5,
    "remote.settings.server": "data:,nothing",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
}
MEDIA = {
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.default": 0,
    "media.cubeb.force_mock_context": True,  # without an audio output no AudioContext of Firefox ever runs
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
}


class Firefox:
    """One running browser with one page. ``log``: what the page logged and threw (BiDi's ``log.Entry``)."""

    def __init__(self, tab: Tab, bidi: Bidi, log: list[Mapping[str, Any]]) -> None:
        self.tab = tab
        self.log = log
        self._bidi = bidi

    async def before_every_page(self, script: str) -> None:
        """Statements that run on each new page before its own."""
        await self._bidi.command("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")


@contextlib.asynccontextmanager
async def running_firefox(
    folder: Path,
    network: Network,
    preferences: Mapping[str, Any],
    display: str | None = None,
) -> AsyncIterator[Firefox]:
    """Started at the far end of the street, with these preferences beside the usual; with a window on ``display``,
    without any where there is none."""
    program = shutil.which(os.environ.get("YUNTING_FIREFOX") or "firefox-esr")
    if program is None:
        pytest.fail(
            "there is no Firefox ESR. Install it (apt-get install firefox-esr), or name one in YUNTING_FIREFOX"
        )
    profile = folder / "profile"
    profile.mkdir(parents=True)
    _write_preferences(profile, {**NO_SERVICES, **MEDIA, **preferences})
    command = network.on_the_street(
        program, "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"
    )
    environment = {**os.environ, "HOME": str(folder), "TZ": "Asia/Shanghai", "MOZ_CRASHREPORTER_DISABLE": "1"}
    environment |= {"MOZ_HEADLESS": "1"} if display is None else {"DISPLAY": display}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=True,  # its content processes end with it
    )
    said: list[bytes] = []
    listening = asyncio.get_running_loop().create_future()
    reading = asyncio.create_task(_read(process, said, listening))
    try:
        try:
            async with asyncio.timeout(START_S):
                url = await listening
        except TimeoutError:
            pytest.fail(f"{program} did not start: {b''.join(said[-20:]).decode(errors='replace')}")
        async with _connected(network, url) as firefox:
            yield firefox
    finally:
        await _end(process)
        await reading


def _write_preferences(profile: Path, preferences: Mapping[str, Any]) -> None:
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _read(
    process: asyncio.subprocess.Process, said: list[bytes], listening: asyncio.Future[str]
) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        said.append(line)
        del said[:-200]
        if (found := ADDRESS.search(line)) and not listening.done():
            listening.set_result(found[1].decode("ascii"))


@contextlib.asynccontextmanager
async def _connected(network: Network, url: str) -> AsyncIterator[Firefox]:
    log: list[Mapping[str, Any]] = []

    def on_event(method: str, params: Mapping[str, Any]) -> None:
        if method == "log.entryAdded":
            log.append(params)

    connector = aiohttp.TCPConnector(socket_factory=lambda info: network.street_socket(info[0]))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.ws_connect(f"{url}/session", max_msg_size=0) as socket,
    ):
        bidi = Bidi(socket, on_event)
        await bidi.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        await bidi.command("session.subscribe", events=["log.entryAdded"])
        tree = await bidi.command("browsingContext.getTree")
        yield Firefox(Tab(bidi, tree["contexts"][0]["context"]), bidi, log)
        await bidi.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
