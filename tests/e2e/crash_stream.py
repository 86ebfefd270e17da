# SPDX-License-Identifier: Apache-2.0
"""A client of an event stream: what came, with its ids."""
import json
import threading


class Stream(threading.Thread):
    """Reads until `wanted(event)` is true, the stream ends or `limit` events came."""

    def __init__(self, hub, path, last_event_id=None, wanted=lambda event: False, limit=1 << 30):
        super().__init__(daemon=True)
        head = {"Accept": "text/event-stream", "Accept-Language": "en"}
        if hub.key:
            head["Authorization"] = "Bearer " + hub.key
        if last_event_id is not None:
            head["Last-Event-ID"] = str(last_event_id)
        self.wanted, self.limit = wanted, limit
        self.events, self.last_event_id = [], last_event_id
        self.connection = hub.connection(timeout=20)
        self.connection.request("GET", path, headers=head)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.start()

    def run(self):
        try:
            while len(self.events) < self.limit:
                line = self.answer.fp.readline()
                if not line:
                    return
                if line.startswith(b"id: "):
                    self.last_event_id = int(line[4:])
                elif line.startswith(b"data: "):
                    self.events.append(json.loads(line[6:]))
                    if self.wanted(self.events[-1]):
                        return
        except (OSError, ValueError, AttributeError):
            pass
        finally:
            self.connection.close()

    def result(self, timeout=20):
        self.join(timeout)
        assert not self.is_alive(), f"the stream brought {len(self.events)} events and goes on waiting"
        return self.events
