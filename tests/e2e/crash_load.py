# SPDX-License-Identifier: Apache-2.0
"""Front desks that never give up: each submits with an idempotency key until it has an answer, whatever
happens to the hub meanwhile, and sometimes asks again as if the answer had been lost."""
import http.client
import json
import random
import threading
import time
from urllib.parse import urlparse


class Load:
    """Clients submit bodies made by make_body(random) at `rate` a second together until stop()."""

    def __init__(self, hub, make_body, seed, clients=8, rate=60):
        self.hub, self.make_body, self.rate, self.seed = hub, make_body, rate, seed
        self.acknowledged = {}   # key -> number
        self.bodies = {}         # key -> body
        self.broken = []         # what must never happen
        self.retries = self.replays = 0
        self.until = float("inf")
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i, clients), daemon=True) for i in range(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self, timeout=60):
        """Every key that was begun is seen through to its answer."""
        self.is_over.set()
        self.until = time.monotonic() + timeout
        for thread in self.threads:
            thread.join()

    def run(self, index, clients):
        dice = random.Random(self.seed * 1000 + index)
        connection = Door(self.hub)
        count = 0
        while not self.is_over.is_set():
            key, body = f"desk-{index}-{count}", self.make_body(dice)
            with self.lock:
                self.bodies[key] = body
            number = self.submit(connection, key, body)
            if dice.random() < 0.1 and number is not None:
                self.ask_again(connection, key, body, number)
            count += 1
            self.is_over.wait(dice.uniform(0.5, 1.5) * clients / self.rate)

    def submit(self, connection, key, body):
        data = json.dumps(body).encode()
        while True:
            status, answer = connection.post("/v1/applications", data, key)
            if status == 201:
                with self.lock:
                    self.acknowledged[key] = answer["number"]
                return answer["number"]
            if status not in (None, 503):
                self.broken.append(f"{key}: {status} {answer}")
                return None
            if time.monotonic() > self.until:
                self.broken.append(f"{key} never got an answer")
                return None
            self.retries += 1
            time.sleep(0.02)

    def ask_again(self, connection, key, body, number):
        again = self.submit(connection, key, body)
        self.replays += 1
        if again != number:
            self.broken.append(f"{key}: acknowledged as {number}, later as {again}")


class Door:
    """One kept connection, opened anew after an error at the address that the hub has then."""

    def __init__(self, hub):
        self.hub, self.connection = hub, None

    def post(self, path, data, key):
        """(status, parsed body), or (None, None) when the connection failed."""
        try:
            if self.connection is None:
                url = urlparse(self.hub.address)
                self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            head = {"Content-Type": "application/json", "Authorization": "Bearer " + self.hub.key, "Idempotency-Key": key}
            self.connection.request("POST", path, data, head)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return None, None
