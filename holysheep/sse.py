"""Server-sent events from bytes, without I/O (WHATWG HTML, 9.2.6 "Interpreting an event stream")."""

from holysheep.errors import Garbled

#: A line longer than this is no chunk of a reply.
MAX_LINE = 1 << 20
MAX_EVENT = 4 << 20


class ErrorEvent(bytes):
    """The data of an event of the type ``error``: an error, whatever it says."""


class EventDecoder:
    """Bytes in, the data of whole events out. Any split of the bytes gives the same events."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._begun = False
        self._data: list[bytes] = []
        self._size = 0
        self._error = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of every event that ``chunk`` completes; raises Garbled past the size limits."""
        if not self._begun and chunk:
            self._rest += chunk
            if len(self._rest) < 3 and b"\xef\xbb\xbf".startswith(self._rest):
                return []
            chunk, self._rest, self._begun = self._rest.removeprefix(b"\xef\xbb\xbf"), b"", True
        if self._after_cr and chunk:
            chunk, self._after_cr = chunk.removeprefix(b"\n"), False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = (self._rest + chunk).split(b"\n")
        if len(self._rest) + len(chunk) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
            raise Garbled(f"a line of more than {MAX_LINE} bytes")
        self._rest = lines.pop()
        return self._events(lines)

    def flush(self) -> list[bytes]:
        """The event that the end of the stream leaves without its blank line."""
        lines, self._rest = [self._rest, b""], b""
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        for line in lines:
            if not line:
                if self._size:  # data that is empty makes no event
                    data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                    events.append(ErrorEvent(data) if self._error else data)
                self._data, self._size, self._error = [], 0, False
            elif line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
                self._data.append(value)
                self._size += len(value)
                if self._size > MAX_EVENT:
                    raise Garbled(f"an event of more than {MAX_EVENT} bytes")
            elif line.startswith(b'{"') and line.endswith(b"}"):
                events.append(line)  # a document with no field's name before it: some fail so, some stream so
            elif line.startswith(b"event:"):
                self._error = line[6:].strip() == b"error"
        return events
