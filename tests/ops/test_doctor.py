"""The doctor names what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from room_server.app import start_server
from room_server.config import Config, load_config
from room_server.doctor import Check, Report, certificates, examine, network, program, storage, timekeeping
from room_server.relay import native, pool
from tests.scenarios.story import eventually

from .conftest import NOW, WriteConfig, free_media_ports, make_certificate

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def held(kind: socket.SocketKind, port: int = 0) -> Iterator[int]:
    """A port of 127.0.0.1 that another program holds."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen(1)
        yield taken.getsockname()[1]


def of(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


# ── ports and addresses ──────────────────────────────────────────────────────────────────────────────────────────────


def test_free_ports_are_fine(write_config: WriteConfig) -> None:
    config = load_config(write_config())
    assert network.web_port(config).status == "ok"
    assert [check.status for check in network.media_ports(config)] == ["ok"]


def test_a_web_port_in_use_is_named_with_the_program_that_holds_it(write_config: WriteConfig) -> None:
    with held(socket.SOCK_STREAM) as port:
        check = network.web_port(load_config(write_config(web_port=str(port))))
    assert check.status == "wrong" and f"{port}/tcp" in check.found and str(os.getpid()) in check.found
    assert "web.port" in check.todo


def test_a_media_port_in_use_is_named_with_the_program_that_holds_it(write_config: WriteConfig) -> None:
    with held(socket.SOCK_DGRAM) as port:
        (check,) = network.media_ports(load_config(write_config(media_port=str(port))))
    assert check.status == "wrong" and f"{port}/udp" in check.found and str(os.getpid()) in check.found


@pytest.mark.parametrize(
    ("kind", "protocol"), [(socket.SOCK_DGRAM, "udp"), (socket.SOCK_STREAM, "tcp")], ids=["udp", "tcp"]
)
def test_the_port_of_every_worker_is_looked_at(
    write_config: WriteConfig, kind: socket.SocketKind, protocol: str
) -> None:
    first = free_media_ports(3)
    config = load_config(write_config(media_port=str(first), workers="3"))
    assert [check.status for check in network.media_ports(config)] == ["ok"] * 3
    with held(kind, first + 1) as port:
        checks = network.media_ports(config)
    assert [check.status for check in checks] == ["ok", "wrong", "ok"]
    assert f"{port}/{protocol}" in checks[1].found and str(os.getpid()) in checks[1].found
    assert "each of the 3 workers takes one" in checks[1].todo
    with held(socket.SOCK_STREAM, first):
        only_udp = config.model_copy(update={"media": config.media.model_copy(update={"tcp": False})})
        assert [check.status for check in network.media_ports(only_udp)] == ["ok"] * 3


async def test_every_worker_of_the_running_server_is_named(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setattr(pool, "restart_delay_s", lambda failures: 3600.0)
    first = free_media_ports(2)
    config = load_config(write_config(media_port=str(first), workers="2"))
    assert network.relay_workers(config) == [], "no server, nothing to say"
    server = await start_server(config)
    relays = server.proceedings.relays
    try:
        relays.place("hrg_1").take()
        media = await asyncio.to_thread(network.media_ports, config)
        one, two = await asyncio.to_thread(network.relay_workers, config)
        pids = [worker.pid for worker in relays.workers]
        relays.place("hrg_1").end_worker()
        await eventually(lambda: relays.workers[0].pid is None, "the death is noticed")
        dead, alive = await asyncio.to_thread(network.relay_workers, config)
    finally:
        await server.stop()
    assert [check.status for check in media] == ["ok", "ok"]
    assert (one.status, two.status) == ("ok", "ok")
    path = "python" if native.reason_against() else "native"
    assert one.found == f'worker 1: port {first}, process {pids[0]}, path "{path}", 1 hearing'
    assert two.found == f'worker 2: port {first + 1}, process {pids[1]}, path "{path}", 0 hearings'
    assert dead.status == "warning" and dead.found.startswith("worker 1 does not run") and dead.todo
    assert alive == two, "the other one goes on"


async def test_ports_held_by_our_own_running_server_are_fine(write_config: WriteConfig) -> None:
    import asyncio

    config = load_config(write_config())
    server = await start_server(config)
    try:
        assert await asyncio.to_thread(network.is_healthy, config)
        web = await asyncio.to_thread(network.web_port, config)
        (media,) = await asyncio.to_thread(network.media_ports, config)
    finally:
        await server.stop()
    assert web.status == "ok" and "running server" in web.found
    assert media.status == "ok" and "running server" in media.found


async def test_a_media_port_of_another_yunting_server_is_not_ours(write_config: WriteConfig) -> None:
    import asyncio

    first = load_config(write_config("first.toml", data='"first"'))
    second = load_config(write_config("second.toml", media_port=str(first.media.port)))
    server = await start_server(first)
    try:
        (media,) = await asyncio.to_thread(network.media_ports, second)
    finally:
        await server.stop()
    assert media.status == "wrong" and "another Yunting server" in media.found


def test_a_program_that_answers_otherwise_is_not_our_server(write_config: WriteConfig) -> None:
    with held(socket.SOCK_STREAM) as port:
        # It takes the connection and says nothing: the question must end by itself.
        config = load_config(write_config(web_port=str(port)))
        previous, network.HEALTH_TIMEOUT_S = network.HEALTH_TIMEOUT_S, 0.2
        try:
            assert not network.is_healthy(config)
        finally:
            network.HEALTH_TIMEOUT_S = previous


def test_an_address_that_is_not_ours_is_explained_with_the_way_through_a_router(
    write_config: WriteConfig,
) -> None:
    config = load_config(write_config(addresses='[{ ip = "198.51.100.7" }]'))
    (check,) = [check for check in network.addresses(config) if "198.51.100.7" in check.found]
    assert check.status == "wrong" and 'announced_ip = "198.51.100.7"' in check.todo
    (port,) = network.media_ports(config)
    assert port.status == "wrong" and "does not have that address" in port.found


def test_an_address_declared_as_translated_is_fine(write_config: WriteConfig) -> None:
    config = load_config(write_config(addresses='[{ ip = "127.0.0.1", announced_ip = "8.8.4.4" }]'))
    assert all(check.status == "ok" for check in network.addresses(config))


@pytest.mark.parametrize("announced", ["0.0.0.0", "2001:db8::1"])
def test_an_announced_address_that_nobody_can_use_is_wrong(write_config: WriteConfig, announced: str) -> None:
    config = load_config(write_config(addresses=f'[{{ ip = "127.0.0.1", announced_ip = "{announced}" }}]'))
    assert any(check.status == "wrong" and announced in check.found for check in network.addresses(config))


def test_all_addresses_is_no_address_for_media_but_is_for_pages(write_config: WriteConfig) -> None:
    checks = network.addresses(
        load_config(write_config(listen='"0.0.0.0"', addresses='[{ ip = "0.0.0.0" }]'))
    )
    assert checks[0].status == "ok"
    assert checks[1].status == "wrong" and "browsers must be told one" in checks[1].found


def test_ipv6_that_the_machine_does_not_have_is_a_finding_and_no_failure(write_config: WriteConfig) -> None:
    config = load_config(write_config(addresses='[{ ip = "127.0.0.1" }, { ip = "2001:db8::77" }]'))
    checks = [*network.addresses(config), *network.media_ports(config)]
    assert {check.status for check in checks if "2001:db8::77" in check.found} == {"wrong"}


def test_media_for_this_machine_only_contradicts_a_public_page(write_config: WriteConfig) -> None:
    public = {"public_url": '"https://court.example"', "tls": "behind_proxy = true"}
    assert of(network.addresses(load_config(write_config(**public))), "reach").status == "wrong"
    private = write_config(
        **public,
        addresses='[{ ip = "127.0.0.1", announced_ip = "10.1.2.3" }]',
        media_port="40000",
        workers="4",
    )
    reach = of(network.addresses(load_config(private)), "reach")
    assert reach.status == "warning" and "forward 40000-40003/udp" in reach.todo


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def tls_config(
    write_config: WriteConfig, certificate: Path, key: Path, url: str = "https://court.example"
) -> Config:
    lines = f'tls_certificate = "{certificate}"\n            tls_key = "{key}"'
    return load_config(write_config(public_url=f'"{url}"', tls=lines))


def findings(config: Config) -> dict[str, Check]:
    return {check.name: check for check in certificates.tls(config.web, NOW)}


def test_a_good_certificate_is_fine(write_config: WriteConfig, tmp_path: Path) -> None:
    found = findings(tls_config(write_config, *make_certificate(tmp_path, ["court.example"], issued=True)))
    assert {check.status for check in found.values()} == {"ok"}
    assert found["tls certificate"].found.startswith("valid for 89 more days")


def test_an_expired_certificate_is_wrong_and_one_that_ends_soon_is_a_warning(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    expired = make_certificate(tmp_path, ["court.example"], begins=NOW - timedelta(days=91))
    check = findings(tls_config(write_config, *expired))["tls certificate"]
    assert check.status == "wrong" and "ran out on 2026-11-22" in check.found
    soon = make_certificate(tmp_path, ["court.example"], begins=NOW - timedelta(days=80))
    assert findings(tls_config(write_config, *soon))["tls certificate"].status == "warning"
    later = make_certificate(tmp_path, ["court.example"], begins=NOW + timedelta(days=1))
    assert findings(tls_config(write_config, *later))["tls certificate"].status == "wrong"


def test_a_key_of_another_certificate_is_wrong(write_config: WriteConfig, tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, ["court.example"])
    _, other = make_certificate(tmp_path, ["other.example"])
    check = findings(tls_config(write_config, certificate, other))["tls key"]
    assert check.status == "wrong" and "does not belong to" in check.found


@pytest.mark.parametrize(
    ("names", "url", "status"),
    [
        (["*.example"], "https://court.example", "ok"),
        (["*.example"], "https://a.court.example", "wrong"),
        (["other.example"], "https://court.example", "wrong"),
        (["192.0.2.9"], "https://192.0.2.9:8443", "ok"),
        (["court.example"], "https://192.0.2.9", "wrong"),
    ],
)
def test_the_name_in_the_certificate_must_be_what_people_type(
    write_config: WriteConfig, tmp_path: Path, names: list[str], url: str, status: str
) -> None:
    found = findings(tls_config(write_config, *make_certificate(tmp_path, names), url))
    assert found["tls name"].status == status


def test_tls_files_that_are_missing_open_to_all_or_no_pem_are_named(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path, ["court.example"])
    missing = findings(tls_config(write_config, certificate, tmp_path / "none.key"))["tls files"]
    assert missing.status == "wrong" and "none.key" in missing.found
    key.chmod(0o644)
    assert findings(tls_config(write_config, certificate, key))["tls key"].todo == f"chmod 600 {key}"
    key.write_text("no key")
    assert "no PEM private key" in findings(tls_config(write_config, certificate, key))["tls key"].found
    certificate.write_text("no certificate")
    assert findings(tls_config(write_config, certificate, key))["tls certificate"].status == "wrong"


def test_a_certificate_without_the_one_that_signed_it_is_a_warning(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path, ["court.example"], issued=True)
    text = certificate.read_text()
    certificate.write_text(text[: text.index("-----END CERTIFICATE-----") + 26])
    check = findings(tls_config(write_config, certificate, key))["tls chain"]
    assert check.status == "warning" and "fullchain" in check.todo


# ── data folder ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_installation_is_fine(installation: tuple[Path, Config]) -> None:
    _, config = installation
    checks = storage.storage(config)
    assert {check.name: check.status for check in checks} == dict.fromkeys(
        ["data folder", "rights", "record key", "disk", "file system", "sqlite", "database"], "ok"
    )
    assert not list(config.data.glob(".yunting-doctor-*"))


def test_a_folder_that_does_not_exist_yet_is_looked_at_where_it_will_be(write_config: WriteConfig) -> None:
    config = load_config(write_config(data='"new/data"'))
    checks = storage.storage(config)
    assert all(check.status != "wrong" for check in checks) and "first start" in checks[0].found
    assert not config.data.exists()


@pytest.mark.parametrize("place", ["/proc/yunting", "a-file/data"])
def test_a_folder_that_cannot_be_written_is_wrong(
    write_config: WriteConfig, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a-file").write_text("in the way")
    check = storage.storage(load_config(write_config(data=f'"{place}"')))[0]
    assert check.status == "wrong" and check.name == "data folder"


def test_too_little_room_is_wrong_and_says_what_happens(write_config: WriteConfig) -> None:
    check = of(storage.storage(load_config(write_config(min_free_bytes=str(1 << 60)))), "disk")
    assert check.status == "wrong" and "nothing can be recorded" in check.found


def test_the_room_left_is_given_in_hours(write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = (100 << 30, 0, storage.RECORDED_BYTES_PER_S * 3600 * 10)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": usage[2]})())
    check = of(storage.storage(load_config(write_config())), "disk")
    assert check.status == "warning" and "about 10 hours" in check.found


def test_open_rights_are_named_with_the_command_that_closes_them(installation: tuple[Path, Config]) -> None:
    _, config = installation
    key = config.keys / "record.pem"
    key.chmod(0o644)
    check = of(storage.storage(config), "rights")
    assert check.status == "wrong" and check.todo == f"chmod 600 {key}"
    config.keys.chmod(0o755)
    assert of(storage.storage(config), "rights").todo == f"chmod 700 {config.keys}"


def test_a_lost_record_key_is_wrong_once_something_is_signed_with_it(
    installation: tuple[Path, Config],
) -> None:
    _, config = installation
    (config.keys / "record.pem").unlink()
    check = of(storage.storage(config), "record key")
    assert check.status == "wrong" and "backup" in check.todo


def test_a_damaged_database_is_found(installation: tuple[Path, Config]) -> None:
    _, config = installation
    with config.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    check = of(storage.storage(config), "database")
    assert check.status == "wrong" and "restore the last backup" in check.todo


@pytest.mark.parametrize(("kind", "expected"), [("nfs4", "wrong"), ("tmpfs", "wrong"), ("ext4", "ok")])
def test_network_file_systems_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, expected: str
) -> None:
    mounts = tmp_path / "mountinfo"
    inside = str(tmp_path).replace(" ", "\\040")
    mounts.write_text(
        f"1 0 8:1 / / rw - xfs /dev/sda1 rw\n2 1 0:9 / {inside} rw shared:1 - {kind} server:/x rw\n"
    )
    assert storage.file_system_of(tmp_path / "data", mounts) == kind
    assert storage.file_system_of(Path("/usr"), mounts) == "xfs"
    monkeypatch.setattr(storage, "file_system_of", lambda folder: kind)
    assert storage._file_system(tmp_path).status == expected


# ── clock ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_behind_its_own_files_is_wrong(tmp_path: Path) -> None:
    began = timekeeping.Reading.take()
    assert timekeeping.clock(began, tmp_path)[0].status == "ok"
    ahead = tmp_path / "yunting.sqlite3"
    ahead.touch()
    os.utime(ahead, (began.wall_s + 3600, began.wall_s + 3600))
    check = timekeeping.clock(began, tmp_path)[0]
    assert check.status == "wrong" and "set back" in check.todo


def test_a_clock_that_jumps_during_the_examination_is_wrong() -> None:
    began = timekeeping.Reading.take()
    early = timekeeping.Reading(began.wall_s - 60, began.monotonic_s)
    check = timekeeping.clock(early, None)[0]
    assert check.status == "wrong" and "jumped by +60" in check.found


def test_without_a_time_service_the_doctor_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, status in (("yes", "ok"), ("no", "warning"), ("unknown", "warning")):
        monkeypatch.setattr(timekeeping, "synchronised", lambda found=found: found)
        assert timekeeping.clock(timekeeping.Reading.take(), None)[1].status == status
    assert timekeeping.kernel_synchronised() in ("yes", "no", "unknown")


# ── the program ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_old_python_is_refused() -> None:
    assert program.python_version((3, 10, 4)).status == "wrong"
    assert program.python_version((3, 11, 0)).status == "ok"


def test_import_names_of_others_are_found(tmp_path: Path) -> None:
    assert program.import_names(ROOT).status == "ok"
    info = tmp_path / "signaling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: signaling\nVersion: 1.0\n")
    (info / "RECORD").write_text("signaling/__init__.py,,\nsignaling-1.0.dist-info/METADATA,,\n")
    check = program.import_names(ROOT, [str(tmp_path)])
    assert check.status == "wrong" and "signaling also installs signaling" in check.found
    assert program.import_names(tmp_path).status == "wrong"


def test_the_page_must_be_built_and_whole(tmp_path: Path) -> None:
    assert program.page(tmp_path).status == "wrong"
    (tmp_path / "index.html").write_text(
        '<script src="/assets/index-a1.js"></script><link href="/assets/a.css">'
    )
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-a1.js").write_text("")
    check = program.page(tmp_path)
    assert check.status == "wrong" and "assets/a.css" in check.found
    (tmp_path / "assets" / "a.css").write_text("")
    assert program.page(tmp_path).status == "ok"


def test_what_composing_needs_is_here() -> None:
    assert program.ffmpeg().status == "ok"
    assert program.chinese_font().status == "ok"


def test_the_path_that_media_take_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert program.relay_path().status == "ok"
    monkeypatch.setenv(native.SWITCH, "python")
    assert program.relay_path().found.startswith('the path "python" forwards media, at a higher cost')
    monkeypatch.delenv(native.SWITCH)
    monkeypatch.setattr(native, "LIBRARY", Path("nowhere.so"))
    assert "without a C compiler" in program.relay_path().found


def test_an_ffmpeg_without_x264_or_without_life_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import imageio_ffmpeg

    bare = tmp_path / "ffmpeg"
    bare.write_text("#!/bin/sh\necho 'ffmpeg version 1.0 bare'\necho ' A..... aac'\n")
    bare.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(bare))
    check = program.ffmpeg()
    assert check.status == "wrong" and "drawtext, libx264" in check.found
    bare.write_text("#!/bin/sh\nexit 1\n")
    assert program.ffmpeg().status == "wrong"


# ── the report ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_reads_well_and_warnings_do_not_fail_it() -> None:
    fine = Report.of(
        [Check("disk", "ok", "much room"), Check("时钟", "warning", "not synchronised", "Install one.")]
    )
    assert fine.ok and fine.summary() == "Hearings can be held; 1 of 2 checks warn."
    lines = fine.table().splitlines()
    assert lines[0] == "ok       disk  much room" and lines[1] == "warning  时钟  not synchronised"
    assert lines[2].strip() == "→ Install one."
    assert not Report.of([Check("disk", "wrong", "full", "x")]).ok


def test_a_long_path_stays_in_one_piece() -> None:
    path = "/" + "folder/" * 30
    assert path in Report.of([Check("rights", "wrong", "open", f"chmod 700 {path}")]).table()


def test_every_problem_of_a_configuration_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('ruleset = "none"\ndata = "data"\n')
    report = examine(path)
    wrong = [check.found for check in report.checks if check.name == "configuration"]
    assert len(wrong) == 4 and any("ruleset" in line for line in wrong) and not report.ok


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from room_server.cli import main; main()", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_exits_with_0_where_hearings_can_be_held(installation: tuple[Path, Config]) -> None:
    path, _ = installation
    done = run("doctor", "--config", str(path), "--json")
    report = json.loads(done.stdout.splitlines()[-1])
    page_built = (ROOT / "room_server" / "web" / "index.html").exists()
    wrong = {check["name"] for check in report["checks"] if check["status"] == "wrong"}
    # A source tree whose page is not built is exactly one thing to mend.
    assert wrong == (set() if page_built else {"page"}), done.stdout
    assert done.returncode == (0 if page_built else 1) and report["ok"] is page_built


def test_the_command_exits_with_1_and_says_what_to_do(write_config: WriteConfig) -> None:
    with held(socket.SOCK_DGRAM) as port:
        done = run("doctor", "--config", str(write_config(media_port=str(port))))
    assert done.returncode == 1
    assert f"{port}/udp on 127.0.0.1 is in use" in done.stdout and "→ Stop that program" in done.stdout
