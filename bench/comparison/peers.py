"""Mosquitto and FlashMQ, each with one configuration file and a CA of the benchmark's own."""
import subprocess

from .machine import free_port, of_cores, pin, raise_descriptor_limit, wait_for_port


class Peer:
    """A broker of one process. `start` is a fresh one; nothing of an earlier start is left."""
    durability = "none: nothing is synced before an acknowledgement"

    def __init__(self, program, directory, identities, cores):
        self.program = program
        self.directory = directory
        self.identities = identities
        self.anchors = identities / "ca.pem"
        self.cores = cores
        self.name = f"{self.kind} {self._version()}{of_cores(cores)}"
        directory.mkdir(parents=True, exist_ok=True)

    def start(self):
        self.port = free_port()
        configuration = self.directory / "broker.conf"
        configuration.write_text(self._configuration())
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen([*self._command(), configuration], stdout=log, stderr=log)
        wait_for_port(self.port, self.process)
        self.pid = self.process.pid
        pin(self.pid, self.cores)

    def pids(self):
        return [self.pid]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Mosquitto(Peer):
    kind = "Mosquitto"

    def _version(self):
        words = subprocess.run([self.program, "-h"], capture_output=True, text=True).stdout.split()
        return words[words.index("version") + 1] if "version" in words else "of unknown version"

    def _command(self):
        return [self.program, "-c"]

    def _configuration(self):
        return (f"listener {self.port} 127.0.0.1\ncafile {self.anchors}\n"
                f"certfile {self.identities}/server.pem\nkeyfile {self.identities}/server.key\n"
                "require_certificate true\nallow_anonymous true\nset_tcp_nodelay true\nuser root\n"
                "max_queued_messages 0\nmax_inflight_messages 0\n")


class FlashMq(Peer):
    kind = "FlashMQ"

    def _version(self):
        out = subprocess.run([self.program, "--version"], capture_output=True, text=True)
        words = (out.stdout + out.stderr).split()
        return next((word for word in words if word[0].isdigit()), "of unknown version")

    def _command(self):
        return [self.program, "--config-file"]

    def _configuration(self):
        return (f"thread_count {len(self.cores)}\nallow_anonymous true\nlog_level warning\n"
                f"log_file {self.directory}/flashmq.log\n"
                "max_qos_msg_pending_per_client 65535\nmax_qos_bytes_pending_per_client 1073741824\n"
                f"retained_messages_node_limit 4294967295\nrlimit_nofile {raise_descriptor_limit()}\n"
                f"listen {{\n  protocol mqtt\n  inet_protocol ip4\n  inet4_bind_address 127.0.0.1\n"
                f"  port {self.port}\n  tcp_nodelay true\n"
                f"  fullchain {self.identities}/server.pem\n  privkey {self.identities}/server.key\n"
                f"  client_verification_ca_file {self.anchors}\n}}\n")
