"""The Ceph object gateway: a real S3 store, in memory, on loopback."""
from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from . import bound
from .starting import free_port, is_open, until

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw",
            "radosgw-admin")
_CONF = """\
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{mon}
ms_bind_ipv4 = true
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
keyring = {folder}/keyring
auth_allow_insecure_global_id_reclaim = false
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
mon_cluster_log_file = {folder}/cluster.log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_data_avail_crit = 1
osd_objectstore = memstore
memstore_device_bytes = {memory}
osd_heartbeat_grace = 60
[mon.a]
mon_data = {folder}/mon
mon_initial_members = a
[osd.0]
osd_data = {folder}/osd
[client.rgw.a]
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_enable_usage_log = false
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 1
rgw_gc_processor_max_time = 1
rgw_crypt_require_ssl = false
rgw_thread_pool_size = 64
"""


def create_bucket(endpoint: str, key: str, secret: str, name: str) -> None:
    """A new bucket, made with botocore: stores never make one."""
    from botocore.session import Session
    client = Session().create_client("s3", region_name="us-east-1", endpoint_url=endpoint,
                                     aws_access_key_id=key, aws_secret_access_key=secret)
    try:
        client.create_bucket(Bucket=name)
    finally:
        client.close()


class Rgw:
    """One monitor, one OSD in memory and the gateway; takes about 15 s to start.

    What is deleted gives its memory back within seconds.
    """

    key = "testkey"
    secret = "testsecret"

    def __init__(self, *, memory: int = 2 << 30) -> None:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise RuntimeError(f"not installed: {', '.join(missing)} (Debian packages ceph-mon, "
                               "ceph-osd, radosgw, ceph-common)")
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="rgw-"))
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self._configure(memory)
            self._start_monitor()
            self._start_osd()
            self.start_gateway()
            self._run("radosgw-admin", "-n", "client.rgw.a", "user", "create", "--uid=test",
                      "--display-name=test", f"--access-key={self.key}",
                      f"--secret-key={self.secret}")
        except BaseException:
            self.stop()
            raise

    def bucket(self, name: str) -> str:
        """A new, empty bucket."""
        create_bucket(self.endpoint, self.key, self.secret, name)
        return name

    def start_gateway(self) -> None:
        """Start the gateway, also again after kill_gateway()."""
        self._daemon("radosgw", "-n", "client.rgw.a")
        until(lambda: is_open(self.port), "radosgw", server=self._daemons["radosgw"])

    def kill_gateway(self) -> None:
        """As a crash: what is stored stays."""
        gateway = self._daemons.pop("radosgw")
        gateway.kill()
        gateway.wait()

    def stop(self) -> None:
        """End all daemons and remove what they kept. May be called twice."""
        for daemon in reversed(self._daemons.values()):
            daemon.kill()
            daemon.wait()
        self._daemons.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self, memory: int) -> None:
        for name in ("mon", "osd", "rgw"):
            (self._folder / name).mkdir()
        self._monitor_port = free_port()
        fsid = str(uuid.uuid4())
        (self._folder / "ceph.conf").write_text(_CONF.format(
            fsid=fsid, mon=self._monitor_port, port=self.port, folder=self._folder, memory=memory))
        keyring = str(self._folder / "keyring")
        self._run("ceph-authtool", "--create-keyring", keyring)
        for name in ("mon.", "client.admin", "client.rgw.a", "osd.0"):
            caps = [part for daemon in ("mon", "osd", "mgr", "mds")
                    for part in ("--cap", daemon, "allow *")]
            self._run("ceph-authtool", keyring, "--gen-key", "-n", name, *caps)
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a",
                  f"[v2:127.0.0.1:{self._monitor_port}]", str(self._folder / "monmap"))

    def _start_monitor(self) -> None:
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(self._folder / "monmap"),
                  "--keyring", str(self._folder / "keyring"))
        self._daemon("ceph-mon", "-i", "a")
        until(lambda: is_open(self._monitor_port), "ceph-mon")
        self._run("ceph", "mon", "stat")

    def _start_osd(self) -> None:
        name = str(uuid.uuid4())
        self._run("ceph", "osd", "new", name)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)
        self._run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=here")
        self._daemon("ceph-osd", "-i", "0")
        until(self._has_osd, "ceph-osd")

    def _has_osd(self) -> bool:
        return bool(json.loads(self._run("ceph", "osd", "stat", "-f", "json"))["num_up_osds"])

    def _run(self, program: str, *arguments: str) -> str:
        command = [program, *arguments]
        if program not in {"ceph-authtool", "monmaptool"}:
            command[1:1] = ["-c", str(self._folder / "ceph.conf")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-1000:]}")
        return done.stdout

    def _daemon(self, program: str, *arguments: str) -> None:
        with (self._folder / f"{program}.out").open("wb") as out:
            self._daemons[program] = subprocess.Popen(
                bound([program, "-c", str(self._folder / "ceph.conf"), *arguments, "-f"]),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={**os.environ, "HOME": str(self._folder)})


@functools.cache
def shared() -> Rgw:
    """One gateway for the whole process, started when first asked for."""
    rgw = Rgw()
    atexit.register(rgw.stop)
    return rgw
