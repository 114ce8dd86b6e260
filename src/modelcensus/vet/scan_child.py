"""The child process that looks at files of models; started by files.py, never by people.

The request comes as one line of JSON on stdin. Limits on memory, time and written bytes are set
before anything is opened. Lines of JSON go back: `{"at": name}` before each file, `{"found": ...}`
for what is said of it, and last `{"end": true}` or `{"exceeded": "files"}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from modelcensus.snapshots.reader_child import impose
from modelcensus.vet.file_scan import Limits, Scan, TooManyFiles


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    impose(request["process"])
    scan = Scan(Limits(**request["limits"]), lambda name: _send({"at": name}))
    try:
        for found in scan.look(Path(request["path"])):
            _send({"found": vars(found)})
    except TooManyFiles:
        _send({"exceeded": "files"})
        return
    _send({"end": True})


def _send(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
