"""What is measured: how the generator is run, and which figures its marks give."""
import json
import os
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Callable

from .machine import cpu_seconds, pin, resident_bytes, run_before_others, settled


class Refused(Exception):
    """The generator gave up: the broker did not do what the case asks."""


@dataclass
class Mark:
    """A moment of a run: what the generator says, and the broker's CPU time and memory then."""
    figures: dict
    cpu: float
    resident: int      # of the process with the gateway
    resident_all: int  # of all its processes

    def __getitem__(self, name):
        return self.figures[name]


class Run:
    """The generator against one broker, from mark to mark."""

    def __init__(self, broker, programs, arguments, cores=None):
        self.broker = broker
        options = [text for name, value in arguments.items() for text in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [programs / "fastness_load", "--port", str(broker.port), "--anchors", broker.anchors,
             "--identities", broker.identities, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        pin(self.process.pid, cores or {os.cpu_count() - 1})

    def next_mark(self):
        """Waits for the next mark, then for the broker's memory to settle if the load is over."""
        line = self.process.stdout.readline()
        if not line:
            return None
        figures = json.loads(line)
        cpu = cpu_seconds(self.broker.pid)
        resident = lambda: resident_bytes(self.broker.pid)
        is_over = figures["mark"] == "closed"
        return Mark(figures, cpu, settled(resident) if is_over else resident(),
                    sum(map(resident_bytes, self.broker.pids())))

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def marks(self):
        """All marks to the end, by name."""
        found = {}
        while mark := self.next_mark():
            found[mark["mark"]] = mark
            self.go_on()
        error = self.process.communicate()[1]
        if self.process.returncode != 0:
            raise Refused(error.strip().split("\n")[0])
        return found

    def refuse(self):
        raise Refused(self.process.communicate()[1].strip().split("\n")[0])

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate()


@dataclass
class Plan:
    """What a case is given: the sizes that were asked for."""
    programs: object
    clients: int
    size: int
    tls: str
    share: int
    rate: int
    messages: int
    filters: int
    qos: int

    def arguments(self, **more):
        return {"clients": self.clients, "size": self.size, "tls": self.tls, "share": self.share} | more

    def for_cores(self, count):
        """As much by the clock for each core of the broker."""
        return replace(self, rate=self.rate * count, messages=self.messages * count) if self.rate else self

    def run(self, broker, **more):
        """All marks of one run of the generator."""
        run = Run(broker, self.programs, self.arguments(**more))
        try:
            return run.marks()
        finally:
            run.end()


def per_million(marks, first, last):
    return (marks[last].cpu - marks[first].cpu) / max(marks[last]["delivered"], 1) * 1e6


def traffic(shape):
    """Counted messages, in a closed loop or, with a rate, by the clock."""
    def measure(broker, plan):
        marks = plan.run(broker, shape=shape, qos=plan.qos, messages=plan.messages, rate=plan.rate)
        done = marks["round-1"]
        figures = {"CPU-s / million delivered": per_million(marks, "ready", "round-1")}
        if not plan.rate:
            return figures | {"delivered / s": done["delivered"] / done["seconds"]}
        return figures | {"latency p50, µs": done["latency_p50_us"], "latency p99, µs": done["latency_p99_us"],
                          "generator late p99, µs": done["late_p99_us"]}
    return measure


def idle(broker, plan):
    """What a connection costs that has a session and one subscription, and does nothing."""
    marks = plan.run(broker, shape="idle", concurrency=32)
    begin, opened, closed = (marks[name] for name in ("begin", "open", "closed"))
    count = opened["connections"]
    return {
        "resident bytes / connection, gateway": (opened.resident - begin.resident) / count,
        "resident bytes / connection, all processes": (opened.resident_all - begin.resident_all) / count,
        "resident at the start, MB, gateway": begin.resident / 1e6,
        "resident after all closed, MB, gateway": closed.resident / 1e6,
        "kept after close, bytes / connection": (closed.resident - begin.resident) / count,
        "CPU-ms / connection and subscription": (opened.cpu - begin.cpu) / count * 1e3,
        "connections / s": count / opened["seconds"]}


def connect(broker, plan):
    """TCP, handshake, CONNECT, CONNACK and close: all of it, for full handshakes and with tickets."""
    marks = plan.run(broker, shape="connect", messages=plan.messages)
    figures, before = {}, marks["begin"].cpu
    for name in ("full", "resumed"):
        mark = marks[name]
        if mark["connected"] > 0:
            figures[f"CPU-ms / connection, {name}"] = (mark.cpu - before) / mark["connected"] * 1e3
            figures[f"connections / s, {name}"] = mark["connected"] / mark["seconds"]
        if name == "resumed":
            figures["resumed, share of those that offered a ticket"] = (
                mark["resumed"] / (mark["connected"] + mark["failed"]))
        before = mark.cpu
    return figures


def retained(broker, plan):
    """Messages that stay: what each takes, and what it costs to send them to a new subscriber."""
    marks = plan.run(broker, shape="retained", messages=plan.messages, qos=plan.qos)
    begin, stored, replayed = (marks[name] for name in ("begin", "stored", "replayed"))
    count = stored["messages"]
    return {
        "bytes beyond the payload, gateway": (stored.resident - begin.resident) / count - plan.size,
        "CPU-µs to store one": (stored.cpu - begin.cpu) / count * 1e6,
        "CPU-µs to send one again": (replayed.cpu - stored.cpu) / max(replayed["messages"], 1) * 1e6,
        "sent again, share": replayed["messages"] / count}


def match(broker, plan):
    """Publishing past many filters."""
    marks = plan.run(broker, shape="match", messages=plan.messages, filters=plan.filters)
    begin, subscribed = marks["begin"], marks["subscribed"]
    count = subscribed["filters"]
    figures = {"bytes / filter, gateway": (subscribed.resident - begin.resident) / count,
               "CPU-µs / filter subscribed": (subscribed.cpu - begin.cpu) / count * 1e6}
    before = subscribed
    for name, what in (("missed-root", "no such first level"), ("missed-leaf", "no such last level"),
                       ("matched", "matching")):
        mark = marks[name]
        figures[f"CPU-µs / publish, {what}"] = (mark.cpu - before.cpu) / mark["messages"] * 1e6
        before = mark
    return figures | {"deliveries / matching publish": marks["matched"]["delivered"] / marks["matched"]["messages"]}


# The devices beside a storm, who have nothing to do with it: pairs of them, and all their messages a second.
LIVE_PAIRS = 100
LIVE_RATE = 1_000


class LiveTraffic:
    """Messages at a fixed rate beside whatever else happens; each second's latencies, and when it ended."""

    def __init__(self, broker, plan):
        arguments = plan.arguments(shape="pairs", qos=plan.qos, rate=LIVE_RATE, messages=LIVE_RATE, rounds=100_000)
        self.run = Run(broker, plan.programs, arguments | {"clients": LIVE_PAIRS})
        # Others shake hands on its core, which stand for thousands of machines: nobody's message waits for them
        # there. Its own delay is measured all the same.
        run_before_others(self.run.process.pid)
        self.seconds = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while line := self.run.process.stdout.readline():
            figures = json.loads(line)
            if figures["mark"] != "ready":
                self.seconds.append((time.monotonic(), figures))
            try:
                self.run.go_on()
            except OSError:
                return  # it was ended

    def since(self, begun):
        """The medians of what was measured by second, of the seconds that touch the time since then."""
        ended = time.monotonic()
        while not self.seconds or self.seconds[-1][0] < ended:
            if not self.reader.is_alive():
                self.run.refuse()
            time.sleep(0.05)
        seconds = [figures for at, figures in self.seconds if at > begun]
        return {name: statistics.median(second[name] for second in seconds)
                for name in ("latency_p50_us", "latency_p99_us", "late_p50_us", "late_p99_us")}

    def end(self):
        self.run.process.terminate()
        self.reader.join()
        self.run.process.wait()


def storm(broker, plan):
    """Devices that all go at once and call again at once, beside live traffic: with full handshakes, then with
    tickets."""
    live = LiveTraffic(broker, plan)
    crowd = Run(broker, plan.programs, plan.arguments(shape="storm", first=2 * LIVE_PAIRS, concurrency=64))
    try:
        crowd.next_mark() or crowd.refuse()
        calm_since = time.monotonic()
        time.sleep(plan.messages / LIVE_RATE)
        calm = live.since(calm_since)
        figures = {"latency p50 calm, µs": calm["latency_p50_us"], "latency p99 calm, µs": calm["latency_p99_us"]}
        for name in ("full", "resumed"):
            begun = time.monotonic()
            crowd.go_on()
            back = crowd.next_mark() or crowd.refuse()
            stormy = live.since(begun)
            figures |= {
                f"{name}: seconds until half are back": back["half_back"],
                f"{name}: seconds until all are back": back["all_back"],
                f"{name}: refused": back["failed"],
                f"{name}: resumed, share": back["resumed"] / max(back["connected"], 1),
                f"{name}: latency p50, µs": stormy["latency_p50_us"],
                f"{name}: p50 storm / calm": stormy["latency_p50_us"] / calm["latency_p50_us"],
                f"{name}: latency p99, µs": stormy["latency_p99_us"],
                f"{name}: generator late p50, µs": stormy["late_p50_us"],
                f"{name}: generator late p99, µs": stormy["late_p99_us"]}
            time.sleep(2)
    finally:
        live.end()
        crowd.end()
    return figures


@dataclass
class Case:
    measure: Callable
    messages: int                # published, or connections made, unless asked otherwise
    qos: tuple = (0, 1)
    identities: Callable = field(default=lambda clients: clients)
    rate: int = 0                # if it cannot be without


CASES = {
    "fan-in": Case(traffic("fan-in"), 300_000, identities=lambda clients: clients + 1),
    "fan-out": Case(traffic("fan-out"), 20_000, identities=lambda clients: clients + 1),
    "pairs": Case(traffic("pairs"), 300_000, identities=lambda clients: 2 * clients),
    "idle": Case(idle, 0, qos=(0,)),
    "connect": Case(connect, 2_000, qos=(0,)),
    "retained": Case(retained, 100_000, qos=(0,), identities=lambda clients: clients + 1),
    "match": Case(match, 100_000, qos=(0,), identities=lambda clients: clients + 1),
    "storm": Case(storm, 10_000, qos=(1,), identities=lambda clients: clients + 2 * LIVE_PAIRS),
}
