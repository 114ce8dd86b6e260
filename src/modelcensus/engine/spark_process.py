"""The one Spark that a process can have: started, shared and stopped with all its sockets."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import weakref
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from modelcensus.errors import SettingsError
from modelcensus.files import writing
from modelcensus.settings import MIB, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CLUSTER = re.compile(r"spark://(?P<host>[^:/,\s]+):\d+(,[^:/,\s]+:\d+)*")
_SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
_STOP_SECONDS = 30


class SparkProcess:
    """A running Spark and how many engines use it.

    One that somebody else started in this process (a notebook) is joined and never stopped.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _running: ClassVar[SparkProcess | None] = None

    def __init__(self, master: str, settings: Settings) -> None:
        """Start Spark; use `join`.

        Raises:
            SettingsError: it cannot be started.
            StoreError: there is no place for temporary files.
        """
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        self.master = master
        self._users = 0
        self._is_ours = SparkContext._active_spark_context is None
        with writing(Path("the folder for temporary files (TMPDIR)")):
            self._folder = Path(tempfile.mkdtemp(prefix="modelcensus-spark-"))
        self._forget = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._partitions = str(int(settings.engine_threads))
        try:
            if self._is_ours:
                _start(_options(master, settings, self._folder), self._folder / "log")
            self._session = SparkSession.builder.getOrCreate()
        except Exception as error:
            said = _last_lines(self._folder / "log") or _last_lines(error)
            self._stop()
            raise SettingsError(
                "Spark could not be started",
                where=f"{master}: {said}",
                next_step="Java 17 or later is needed, and a reachable address for a cluster",
            ) from error

    @classmethod
    def join(cls, master: str, settings: Settings) -> SparkProcess:
        """Return the Spark of this process, started if need be, with one user more.

        Raises:
            SettingsError: PySpark is not installed, Spark cannot be started, or another
                address is in use.
        """
        _check(master)
        with cls._lock:
            running = cls._running or cls(master, settings)
            if running.master != master:
                raise SettingsError(
                    "this process uses Spark at another address already",
                    where=f"{running.master}, not {master}",
                    next_step="close what uses it first",
                )
            cls._running = running
            running._users += 1
        return running

    def leave(self) -> None:
        """Count one user less; without users Spark is stopped."""
        with SparkProcess._lock:
            self._users -= 1
            if not self._users:
                SparkProcess._running = None
                self._stop()

    def new_session(self) -> SparkSession:
        """Return a session with settings and views of its own."""
        session = self._session.newSession()
        for key, value in _SESSION.items():
            session.conf.set(key, value)
        session.conf.set("spark.sql.shuffle.partitions", self._partitions)
        return session

    def _stop(self) -> None:
        """Stop Spark, its Java process and the sockets to it, unless it is somebody else's."""
        from pyspark import SparkContext

        if self._is_ours:
            gateway: Any = SparkContext._gateway
            if SparkContext._active_spark_context is not None:
                SparkContext._active_spark_context.stop()
            SparkContext._gateway = SparkContext._jvm = None
            if gateway is not None:
                gateway.shutdown()
                _end(gateway.proc)
        self._forget()


def _start(options: dict[str, str], log: Path) -> None:
    """Start the Java process, what it says going to a file, and Spark's context in it."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf(loadDefaults=False).setAll(list(options.items()))
    with log.open("wb") as stream:
        output = {"stdout": stream, "stderr": stream}
        launch: Any = launch_gateway
        SparkContext._gateway = launch(conf, popen_kwargs=output)
    SparkContext._jvm = SparkContext._gateway.jvm
    SparkContext(conf=conf)


def _check(master: str) -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            "the Spark engine is not installed",
            next_step="pip install 'modelcensus[spark]' and have Java 17 or later",
        ) from error
    if master != "spark" and not _CLUSTER.fullmatch(master):
        raise SettingsError(
            f"{master!r} is not the address of a Spark cluster",
            next_step="use spark (on this machine) or spark://host:7077",
        )


def _options(master: str, settings: Settings, folder: Path) -> dict[str, str]:
    """Return what Spark is started with; on this machine it listens to the loopback only."""
    options = {
        "spark.master": f"local[{int(settings.engine_threads)}]" if master == "spark" else master,
        "spark.app.name": "modelcensus",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": f"{int(settings.engine_memory / MIB)}m",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
    }
    if master == "spark" or _is_loopback(master):
        options |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
        }
    return options


def _is_loopback(master: str) -> bool:
    match = _CLUSTER.fullmatch(master)
    host = match["host"] if match else ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _end(java: Any) -> None:
    """Wait for the Java process, which ends when its stdin is closed."""
    import subprocess  # nosec B404

    if java is None:
        return
    java.stdin.close()
    try:
        java.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        java.kill()
        java.wait()


def _last_lines(said: Path | Exception) -> str:
    if isinstance(said, Path):
        text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
    else:
        text = str(said)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines[-3:])[:300]
