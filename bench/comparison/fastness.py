"""A whole Fastness: enrolled once, copied for each start, so that every start is the same."""
import http.client
import json
import secrets
import shutil
import signal
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from .machine import family, of_cores, pin, wait_for

# The peers have no limits of these kinds, or have them switched off.
UNLIMITED = {f"limits.{name}": value for name, value in {
    "connections_per_address": "10000000", "accepts_per_second": "1000000", "accept_burst": "1000000",
    "address_connects_per_second": "1000000", "address_connect_burst": "10000000",
    "device_connects_per_second": "1000000", "device_connect_burst": "1000000",
    "organisation_connects_per_second": "1000000", "organisation_connect_burst": "10000000",
    "organisation_messages_per_second": "100000000", "organisation_bytes_per_second": "1099511627776",
    "organisation_queued_bytes": "1099511627776", "mqtt_bytes_per_second": "1073741824",
    "mqtt_messages_per_second": "1000000", "mqtt_message_burst": "1000000",
    "mqtt_unanswered": "65535", "mqtt_in_flight": "65535", "mqtt_subscriptions": "100000",
    "mqtt_queued_messages": "1000000", "mqtt_queued_bytes": "1073741824",
    "device_retained_messages": "100000000", "retained_messages": "100000000", "retained_bytes": "1099511627776",
    "http_requests_per_second": "1000000", "http_request_burst": "1000000"}.items()}
LOOPBACK = {f"listen.{name}": '["127.0.0.1:0"]' for name in
            ("https", "mqtts", "mqtts_secret", "mqtts_certificate")}
# What the vault issues at once, and again after each start: see docs/limits.md.
ISSUED_AT_ONCE = 2000


class Instance:
    """fastnessd on a data directory."""

    def __init__(self, programs, data, settings):
        self.programs = programs
        self.data = data
        (data / "run/listeners.json").unlink(missing_ok=True)
        options = [text for key, value in (LOOPBACK | UNLIMITED | settings).items()
                   for text in ("--set", f"{key}={value}")]
        with open(data.with_suffix(".log"), "ab") as log:
            self.process = subprocess.Popen([programs / "fastnessd", "--data-dir", data, *options], stderr=log)
        self.listeners = wait_for(lambda: json.loads((data / "run/listeners.json").read_text()),
                                  f"its listeners (see {data.with_suffix('.log')})", self.process)

    def port(self, listener):
        return int(self.listeners[listener][0].rsplit(":", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Caller:
    """Somebody who may enrol devices of an organisation, on one connection that is kept."""

    def __init__(self, instance):
        context = ssl.create_default_context(cafile=instance.data / "trust/server-anchors.pem")
        self.connection = http.client.HTTPSConnection("localhost", instance.port("https"), context=context)
        self.headers = {}

    def _send(self, method, path, body, media_type="application/json"):
        text = json.dumps(body) if media_type == "application/json" else urlencode(body)
        self.connection.request(method, path, text, self.headers | {"content-type": media_type})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        if cookie := answer.headers.get("set-cookie"):
            self.headers["cookie"] = cookie.split(";")[0]
        return json.loads(text)

    def enrol(self, name, request, profile):
        device = self._send("POST", "/api/v1/devices", {"name": name, "type": "generic_device"})
        path = f"/api/v1/devices/{device['id']}/enrol"
        return self._send("POST", path, {"csr_pem": request, "profile": profile})["certificate_pem"]


class Owner(Caller):
    """The person of the first organisation, who is signed in."""

    def __init__(self, instance, password):
        super().__init__(instance)
        self.headers["sec-fetch-site"] = "same-origin"
        link = instance.data / "setup-link"
        if link.exists():
            answer = self._send("POST", "/api/v1/setup", {
                "token": urlsplit(link.read_text().strip()).fragment.rsplit("=", 1)[-1],
                "email": "bench@example.org", "password": password, "organisation": "Bench"})
        else:
            answer = self._send("POST", "/api/v1/session", {"email": "bench@example.org", "password": password})
        self.headers["x-fastness-csrf"] = answer["csrf"]

    def revoke(self, device):
        self._send("POST", f"/api/v1/devices/{device}/revoke", {"reason": "benchmark"})


class Neighbour(Caller):
    """The API key of one more organisation, which is made for it."""

    def __init__(self, instance, name):
        super().__init__(instance)
        made = subprocess.run(
            [instance.programs / "fastnessd", "host", "init", "--data-dir", instance.data, "--organisation", name,
             "--email", f"{name}@example.org", "--api-key", "--json"], check=True, capture_output=True, text=True)
        key = json.loads(made.stdout)
        token = self._send("POST", "/iot/v1/clients/token", {
            "grant_type": "client_credentials", "client_id": key["client_id"], "client_secret": key["client_secret"],
            "audience": "https://api2.arduino.cc/iot"}, "application/x-www-form-urlencoded")
        self.headers["authorization"] = f"Bearer {token['access_token']}"


class Enrolment:
    """A data directory with enrolled devices, and their identities. Kept between runs if it has a
    directory that is kept. Pair by pair the devices are of one organisation or the next."""

    def __init__(self, programs, directory, profile_of=lambda number: "board", organisations=1):
        self.programs = programs
        self.profile_of = profile_of
        self.organisations = organisations
        self.data = directory / "enrolled"
        self.identities = directory / "identities"
        self.password_file = directory / "password"

    def grow_to(self, count):
        """Enrols what is missing, as many at once as the vault issues after a start."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.identities.mkdir(exist_ok=True)
        if not self.password_file.exists():
            self.password_file.touch(0o600)
            self.password_file.write_text(secrets.token_urlsafe(32))
        done = len(list(self.identities.glob("*.pem")))
        if done >= count:
            return
        subprocess.run([self.programs / "fastness_identities", self.identities, "--from", str(done),
                        "--count", str(count - done)], check=True)
        while done < count:
            enough = min(count, done + ISSUED_AT_ONCE)
            self._enrol(range(done, enough))
            done = enough

    def _enrol(self, numbers):
        instance = Instance(self.programs, self.data, {"durability.journal": "none"})
        try:
            callers = [Owner(instance, self.password_file.read_text())]
            callers += [Neighbour(instance, f"bench-{numbers[0]}-{i}") for i in range(1, self.organisations)]
            for number in numbers:
                request = (self.identities / f"{number}.csr").read_text()
                caller = callers[number // 2 % len(callers)]
                (self.identities / f"{number}.pem").write_text(caller.enrol(f"bench-{number}", request, self.profile_of(number)))
        finally:
            instance.stop()


class Fastness:
    """One way to run it; its CPU time is the hub's, journal and all."""

    def __init__(self, enrolment, directory, durability, record_layer, cores, more=()):
        self.name = f"Fastness ({', '.join([f'{record_layer} records', durability, *more])}){of_cores(cores)}"
        self.durability = durability
        self.enrolment = enrolment
        self.identities = enrolment.identities
        self.anchors = enrolment.data / "trust/server-anchors.pem"
        self.directory = directory
        self.cores = cores
        self.settings = {"durability.journal": durability, "tls.record_layer": record_layer,
                         "gateway.threads": str(len(cores)), **dict(each.split("=", 1) for each in more)}

    def start(self):
        data = self.directory / "data"
        shutil.rmtree(data, ignore_errors=True)
        self.directory.mkdir(exist_ok=True)
        # By cp, which keeps who owns what.
        subprocess.run(["cp", "--archive", self.enrolment.data, data], check=True)
        self.instance = Instance(self.enrolment.programs, data, self.settings)
        self.port = self.instance.port("mqtts_certificate")
        self.pid = next(pid for pid in self.pids()
                        if Path(f"/proc/{pid}/comm").read_text().startswith("fastness-hub"))
        pin(self.pid, self.cores)

    def pids(self):
        return family(self.instance.process.pid)

    def stop(self):
        self.instance.stop()
