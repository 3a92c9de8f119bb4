"""Child processes of the demo and the command line: simulators that say where they listen."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tieout_providers import json_exact

STOP_TIMEOUT_S = 5


class Simulator:
    """One simulator in its own process, from its first line of output to its end."""

    def __init__(self, name: str, *, data: Path | None = None, port: int = 0, latency_ms: int = 0) -> None:
        self.name = name
        self._arguments = [name, "--port", str(port), "--latency-ms", str(latency_ms)]
        if data is not None:
            self._arguments += ["--data", str(data)]
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tieout_simulators", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        return self

    def ready(self) -> Self:
        """Wait for the line that says the address; simulators start side by side before any is waited for."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the {self.name} simulator did not start (exit code {self._process.wait()})")
        self.url = json.loads(line)["listening"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_TIMEOUT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    async def read(self, path: str) -> Any:
        """A control route's answer, amounts as Decimals."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as http:
            answer = await http.get(f"/_sim/{path}")
        answer.raise_for_status()
        return json_exact.loads(answer.content)

    async def tell(self, path: str, body: Any) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as http:
            (await http.post(f"/_sim/{path}", content=json_exact.dumps(body))).raise_for_status()
