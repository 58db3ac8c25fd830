"""docs/security/log-events.md: every event of the log is on it, once, in one form, and none can carry a secret."""
import re
import sys
import unittest
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import log_events  # noqa: E402

# What may be in no field: the word in its name, or in the name of anything that its value is made from.
SECRET = re.compile(r"passw|passphrase|secret|credential|cookie|authori[sz]ation|token|private|csrf|cipher|\bseed|\bpin\b|\bsalt|reveal|"
                    r"(?:api|claim|recovery|set_?up)_?(?:key|code|link)\b|(?:^|_)(?:code|key|link|body|payload|session)(?:$|s$)", re.IGNORECASE)

# Names that sound so, and what the value is.
NO_SECRETS = {
    ("sessions_not_forgotten", "sessions"): "what came of removing them", ("claim_codes_not_forgotten", "codes"): "what came of removing them",
    ("not_set_up_yet", "setup_link"): "the path of the file that it is in", ("api_key_alarm", "key"): "whose id is written",
}


@cache
def catalogue():
    return log_events.catalogue()


def fields_of(source):
    """Of every call in a source: names of fields, and the identifiers that their values are made from."""
    for event, _, fields, call in log_events.events_in(source):
        values = log_events.LITERAL.sub('""', log_events.split(call)[1])
        yield event, fields, re.findall(r"[A-Za-z_]\w*", values)


def secrets(source):
    return [(event, word) for event, fields, values in fields_of(source) for word in (*fields, *values) if SECRET.search(word) and (event, word) not in NO_SECRETS]


class Found(unittest.TestCase):
    def test_every_event_is_a_constant_in_a_folder_with_a_logger(self):
        self.assertEqual(catalogue()[1], [])
        self.assertGreater(len(catalogue()[0]), 120)

    def test_every_form_of_a_call_is_read(self):
        for source, found in (
                ('log.info("started", {{"port", port}});', [("started", {"info"}, ("port",))]),
                ('parts_.log.error(\n    "a_b",\n    {{"x", f(1, "y, {")}, {"z", g("{\\"q\\", ")}});', [("a_b", {"error"}, ("x", "z"))]),
                ('state_->log->warning(is_on ? "on" : "off");', [("on", {"warning"}, ()), ("off", {"warning"}, ())]),
                ('diary_.debug("writes_again"); // log.info("no");', [("writes_again", {"debug"}, ())]),
                ('log_.info(name, {{"x", 1}});', [(None, {"info"}, ("x",))]), ('log.info("a" + what);', [(None, {"info"}, ())]),
                ('auto w = bad ? &telemetry::Log::error : &Log::debug;\n(core_->log.*w)("request", {{"id", id}});',
                 [("request", {"error", "debug"}, ("id",))]),
                ("if (!log.error()) return;", []), ('answer.error("no");', [])):
            with self.subTest(source):
                self.assertEqual([each[:3] for each in log_events.events_in(source)], found)

    def test_whoever_has_a_log_says_events_in_a_way_that_is_read(self):
        """Nothing passes a log's methods on, or calls a log something else: then its events would be on no page."""
        for path in log_events.program_files():
            text = log_events.without_comments(path.read_text())
            if path.is_relative_to(ROOT / "src/telemetry"):
                continue
            self.assertNotRegex(text, r"LogRecord\b|\bLogSink\b", path)
            self.assertEqual(bool(log_events.POINTERS.search(text)), bool(log_events.POINTED.search(text)), path)
            named = re.findall(r"\btelemetry::Log\b&?\s+(\w+)\s*[;,){=]|\bLog& (\w+)[;,)]", text)
            self.assertEqual([name for pair in named for name in pair if name and not re.fullmatch(r"\w*log_?|diary_?", name)], [], path)

    def test_loggers_are_those_that_are_named(self):
        named = set()
        for path in log_events.program_files():
            text = log_events.without_comments(path.read_text())
            named |= set(re.findall(r'\bnamed\("(\w+)"\)', text)) | set(re.findall(r'\bto_stderr\([^;]*?"(\w+)"', text))
            named |= set(re.findall(r'Log::to_stderr\([^;]*?"(\w+)"', text))
        self.assertEqual(set(log_events.LOGGERS.values()) | {"host"}, named)


class Page(unittest.TestCase):
    def test_it_is_current(self):
        self.assertEqual(log_events.PAGE.read_text(), log_events.page(), "run: tools/log_events.py --write")

    def test_it_has_each_event_once(self):
        rows = re.findall(r"^\| (\w+) \| `(\w+)` \|", log_events.PAGE.read_text(), re.MULTILINE)
        self.assertEqual([row for row, count in Counter(rows).items() if count > 1], [])
        self.assertEqual(set(rows), set(catalogue()[0]))

    def test_it_says_of_each_when_it_is_written(self):
        said = log_events.sentences()
        self.assertEqual(set(said), set(catalogue()[0]), "docs/security/log-events.tsv has a row for each event, and no other")
        lines = [line for line in log_events.SENTENCES.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual(len(lines), len(said), "twice")
        for event, sentence in said.items():
            with self.subTest(event):
                self.assertRegex(sentence, r"^[A-Z][^|\t]+\.$")


class Form(unittest.TestCase):
    def test_events_and_fields_are_of_one_form(self):
        for (logger, event), (severities, fields) in catalogue()[0].items():
            with self.subTest(logger, event=event):
                for name in (event, *fields):
                    self.assertRegex(name, r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")
                self.assertEqual(fields & {"time", "level", "logger", "event"}, set(), "what every line has: it would be there twice")

    def test_no_field_is_a_secret_or_made_from_one(self):
        found = {str(path.relative_to(ROOT)): bad for path in log_events.program_files() if (bad := secrets(path.read_text()))}
        self.assertEqual(found, {})
        said = {(event, word) for path in log_events.program_files() for event, fields, values in fields_of(path.read_text())
                for word in (*fields, *values)}
        self.assertEqual(NO_SECRETS.keys() - said, set(), "is not there any more")

    def test_a_secret_is_found_out(self):
        for source in ('log.info("a", {{"password", x}});', 'log.info("a", {{"user", password}});', 'log.info("a", {{"x", key.reveal()}});',
                       'log.info("a", {{"x", request.header("x")}, {"authorization", y}});', 'log.error("a", {{"x", to_text(access_token)}});',
                       'log.error("a", {{"x", session_cookie}});', 'log.warning("a", {{"api_key", x}});', 'log.warning("a", {{"x", claim_code}});',
                       'log_.debug("a", {{"payload", text}});'):
            with self.subTest(source):
                self.assertNotEqual(secrets(source), [])

    def test_what_is_public_passes(self):
        self.assertEqual(secrets('log.info("a", {{"client_id", key_id}, {"remote", peer.address}, {"why", "a wrong password"}});'), [])


if __name__ == "__main__":
    unittest.main()
