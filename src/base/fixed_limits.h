// Every bound that no setting moves, in one table: what a caller, a message, an object or an
// organisation may take. The code that enforces a bound asks for it by name, docs/limits.md is made
// of the same rows, and tests/limits.tsv names the test that holds each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fastness {

struct FixedLimit {
  std::string_view name;  // "part.what_unit"
  std::int64_t value;
  std::string_view help;  // what it bounds, and what happens past it unless that is a refusal
};

inline constexpr auto kFixedLimits = std::to_array<FixedLimit>({
    // --- what is stored for an organisation ---
    {"things.name_bytes", 64, "A name of a device, thing, property or tag, or a tag's value."},
    {"things.properties", 200, "Properties of one thing."},
    {"things.tags", 64, "Tags of one thing or device."},
    {"things.fqbn_bytes", 128, "The name of a board's type."},
    {"things.webhook_bytes", 1'024, "A thing's webhook address."},
    {"things.time_zone_bytes", 64, "The name of a time zone."},
    {"devices.connections", 100, "Past connections kept of one device; the oldest goes."},
    {"devices.reported_bytes", 64, "What a board says of its firmware or network; longer is cut."},
    {"devices.reason_bytes", 200, "Why a connection ended; longer is cut."},
    {"values.text_bytes", 4'096, "A value that is a text."},
    {"values.attributes", 32, "Attributes of one value."},
    {"values.unknown_names", 16, "Names kept of values that match no property of a thing."},
    {"history.intervals", 100'000, "Intervals of one aggregated query."},
    {"audit.text_bytes", 256, "A text in the audit trail; longer is cut."},

    // --- messages of boards ---
    {"senml.records", 1'024, "Records of one message."},
    {"senml.name_bytes", 256, "A name in a record."},
    {"senml.text_bytes", 16'384, "A text in a record."},
    {"cbor.depth", 8, "Nesting of a CBOR item."},
    {"commands.text_bytes", 255, "A text in a command of a board."},
    {"commands.values_bytes", 65'535, "The last values in a command to a board."},
    {"plain.value_bytes", 65'536, "The JSON of a value over MQTT."},
    {"plain.value_depth", 4, "Its nesting."},
    {"json.document_bytes", 1'048'576, "A JSON document, wherever nothing narrower is said."},
    {"json.depth", 16, "Its nesting."},

    // --- MQTT ---
    {"mqtt.topic_bytes", 1'024, "A topic or filter."},
    {"mqtt.topic_levels", 64, "Its levels."},
    {"mqtt.client_id_bytes", 256, "A client identifier."},
    {"mqtt.unread_bytes", 1'048'576,
     "Sent and not taken by a connection; beyond it QoS 0 messages are dropped."},
    {"mqtt.unreleased", 1'000, "QoS 2 messages of a client that it has not released."},
    {"mqtt.sessions_of_identity", 100, "Sessions of one device or person."},
    {"mqtt.close_seconds", 5, "For the last bytes to leave a connection that ends."},
    {"mqtt.vanished_seconds", 240,
     "For a client without keep-alive to be silent and unreachable; then it is gone."},

    // --- proxies before us ---
    {"proxies.header_bytes", 1'024,
     "A PROXY header; beyond it the connection of the proxy is closed."},
    {"proxies.header_seconds", 5, "For it to arrive whole; then the connection is closed."},
    {"proxies.waiting", 256, "Connections of a listener that wait for theirs; more are closed."},

    // --- HTTP and WebSockets ---
    {"http.header_fields", 100, "Fields of a request's header."},
    {"http.target_bytes", 8'192, "A request's target: path and query."},
    {"http.path_bytes", 2'048, "Its path."},
    {"http.path_segments", 16, "Segments of the path."},
    {"http.query_pairs", 256, "Parameters of the query."},
    {"http.requests_at_once", 512, "Requests being answered, over all connections; more get 503."},
    {"http.requests_of_connection", 10'000, "Requests on one connection, which is then closed."},
    {"http.answer_seconds", 60, "For an answer to be made; then it is 503."},
    {"http.write_seconds", 30, "For a slice of an answer to be taken; then the connection is cut."},
    {"live.watchers", 1'000, "WebSockets that watch live values."},
    {"live.command_bytes", 65'536, "A command on one of them."},
    {"live.things", 1'000, "Things that one of them names; it may watch all."},
    {"live.unsent_bytes", 1'048'576, "Sent and not taken; then it is closed with 1013."},
    {"live.alarms", 50, "Alarms shown; the oldest goes."},

    // --- what we send to others ---
    {"outgoing.seconds", 30, "A request or mail of ours, from its begin to the answer."},
    {"outgoing.answer_bytes", 65'536, "What is read of an answer; beyond it the request failed."},
    {"outgoing.mail_address_bytes", 254, "A mail address (RFC 5321)."},
    {"outgoing.fetch_seconds", 5, "For an answer that is read whole to be there."},
    {"outgoing.body_bytes", 1'048'576, "Such an answer; beyond it the request failed."},

    // --- the API ---
    {"api.key_requests_a_second", 50, "Requests of one API key in the long run."},
    {"api.key_request_burst", 200, "Requests of one API key at once, before that pace holds."},
    {"api.batch_values", 1'000, "Values published in one request."},
    {"api.series", 100, "Series in one query."},
    {"api.series_points", 1'000, "Points of one series of a query; more are left out."},
    {"api.series_thing_points", 10'000, "The same for a query of a whole thing."},
    {"api.series_interval_seconds", 86'400,
     "An interval of such a query; longer is taken as this."},
    {"api.last_values", 1'000, "Last values asked for in one request."},
    {"api.history_points", 10'000, "Points in one answer of history."},
    {"api.history_interval_seconds", 31'622'400, "An interval of history: 366 days."},
    {"api.audit_entries", 500, "Entries in one answer of the audit trail."},
    {"api.csr_bytes", 4'096, "A certificate request, as PEM."},

    // --- people and keys ---
    {"accounts.email_bytes", 254, "An e-mail address (RFC 5321)."},
    {"accounts.organisation_bytes", 64, "An organisation's name."},
    {"accounts.password_least_bytes", 12, "The shortest password."},
    {"accounts.password_bytes", 1'024, "The longest password."},
    {"accounts.passwords_waiting", 16, "Passwords being checked at once."},
    {"accounts.attempts_of_network", 20,
     "Sign-ins from one network at once; one more every 5 seconds."},
    {"accounts.attempts_of_account", 10,
     "Sign-ins to one account at once; one more every 30 seconds."},
    {"accounts.wrong_passwords", 15,
     "Wrong passwords for an account, and one more every 4 minutes; past it its person is told."},
    {"accounts.wrong_codes", 5,
     "Wrong codes of a factor, and one more every 12 minutes; past it its person is told."},
    {"accounts.news_mails_an_hour", 6,
     "Mails to one person about their own account; what comes after waits and goes in one."},
    {"accounts.sessions", 50, "Sessions of one person; the one unused longest ends."},
    {"accounts.session_idle_hours", 12, "A session without a request."},
    {"accounts.session_hours", 168, "A session, however much used."},
    {"accounts.setup_link_minutes", 30, "The life of a set-up link."},
    {"accounts.passkeys", 20, "Passkeys of one person."},
    {"webauthn.client_data_bytes", 4'096, "What a browser says of the use of a passkey."},
    {"webauthn.authenticator_data_bytes", 4'096, "What an authenticator says of it."},
    {"accounts.linked_sign_ins", 10, "Sign-ins by others that one person has linked."},
    {"oidc.providers", 16, "Providers of sign-ins that the configuration names."},
    {"oidc.keys", 100, "Keys that a provider publishes."},
    {"oidc.token_bytes", 16'384, "A provider's ID token."},
    {"oidc.code_bytes", 4'096, "A provider's code for it."},
    {"oidc.subject_bytes", 255, "What a provider calls a person."},
    {"people.of_organisation", 1'000, "People in one organisation."},
    {"people.invitations", 100, "Invitations of one organisation that nobody has used yet."},
    {"people.invitation_days", 7, "The life of an invitation."},
    {"people.invitations_at_once", 20,
     "Invitations that one organisation makes at once; one more every 6 minutes."},
    {"people.things", 64, "Things that one person, invitation or API key is given by name."},
    {"staff.operators", 20, "Operators of an instance."},
    {"staff.grant_minutes", 240, "Access of an operator to an organisation."},
    {"staff.waiting_hours", 24, "A request for it that nobody answers."},
    {"staff.waiting_grants", 20, "Requests of one operator that wait."},
    {"staff.reason_bytes", 300, "Why an operator asks."},
    {"orders.waiting", 16, "Orders of the host that wait for two people."},
    {"orders.waiting_hours", 24, "One that nobody answers."},
    {"orders.good_minutes", 60, "One that was approved, until it is given again."},
    {"api_keys.name_bytes", 64, "The name of an API key."},
    {"api_keys.of_organisation", 1'000, "API keys of one organisation."},
    {"api_keys.life_days", 1'830, "The life of an API key."},
    {"api_keys.unused_days", 90, "An API key that nobody uses; then it ends."},
    {"api_keys.overlap_hours", 24,
     "The secret of an API key after it was given a new one; then it ends."},
    {"api_keys.seen_networks", 16,
     "Networks remembered of one API key's uses; the one unused longest goes."},
    {"api_keys.networks", 16, "Networks that an API key is limited to."},
    {"reads.hour_bytes", 16'777'216,
     "Data that an API key, or a person in their sessions, reads within an hour, however little is "
     "usual; past it, and past ten times what is usual, their person is told."},
    {"reads.first_day_hour_bytes", 1'073'741'824,
     "The same on their first day, when nothing is usual yet."},
    {"reads.readers_in_memory", 4'096,
     "Keys and people whose reading is counted in memory; past it all are looked up anew."},
    {"leaks.bytes", 65'536, "A report of leaked keys."},
    {"leaks.keys", 32, "API keys in one report."},
    {"leaks.reports_of_network", 20,
     "Reports of leaked keys from one network at once; one more every 10 seconds."},
    {"browser_reports.bytes", 16'384, "A browser's report of what it refused."},
    {"browser_reports.page_bytes", 200, "The path of a page that such a report is about."},
    {"browser_reports.of_network", 10,
     "Such reports from one network at once; one more every 10 seconds."},
    {"browser_reports.logged", 20, "Such reports in the log at once; one more every minute."},
    {"tokens.life_seconds", 300, "The life of an access token."},
    {"tokens.bytes", 1'000, "An access token; small boards read the answer into 1024 bytes."},
    {"tokens.failures_of_network", 30,
     "Wrong keys from one network at once; one more every second."},

    // --- devices and the vault ---
    {"device_secrets.least_bytes", 16, "The shortest secret key that a person may choose."},
    {"device_secrets.bytes", 256, "The longest."},
    {"certificates.bytes", 4'096, "A device's certificate, as DER."},
    {"certificates.checked_bytes", 65'536,
     "A certificate that nothing but its signature is asked of, to tell a forgery."},
    {"certificates.request_bytes", 2'048, "A certificate request, as DER."},
    {"certificates.name_bytes", 64, "A name in a certificate (RFC 5280)."},
    {"certificates.pem_bytes", 65'536, "A file of the server's own certificates or key."},
    {"certificates.status_bytes", 16'384,
     "A file with what an authority says of the server's certificate, as DER."},
    {"claims.label_bytes", 32, "The label of a claim code."},
    {"claims.hardware_id_bytes", 64, "What a device that claims calls itself."},
    {"claims.codes_at_once", 1'000, "Claim codes made in one request."},
    {"claims.codes_of_organisation", 10'000, "Claim codes of one organisation."},
    {"claims.uses", 10'000, "Devices that one claim code admits."},
    {"claims.code_days", 366, "The life of a claim code."},
    {"claims.waiting_shown", 500, "Claims shown that wait for their owner; the oldest come first."},
    {"claims.failures_of_network", 30,
     "Wrong claim codes from one network at once; one more every second."},
    {"claims.requests_of_key", 10,
     "Requests with one claiming key at once; one more every 5 seconds."},
    {"renewals.grace_days", 30,
     "After the end of a certificate, for its device to renew it by its key."},
    {"renewals.request_bytes", 4'096, "A certificate request over EST, as base64."},
    {"renewals.message_bytes", 512, "A message of a renewal over MQTT, either way."},
    {"renewals.of_device", 10, "Renewals of one device at once; one more every minute."},
    {"renewals.connection_seconds", 120,
     "An MQTT connection of a device that came to renew, and for nothing else."},
    {"renewals.connections_of_device", 4, "Such connections of one device at once."},
    {"status.request_bytes", 2'048, "A question about certificates by OCSP, as DER."},
    {"status.certificates", 16, "Certificates in one such question."},
    {"status.requests_of_network", 60,
     "Such questions from one network at once; one more every second."},
    {"status.requests", 500, "The same from everybody; 50 more every second."},
    {"tls.peer_certificates_bytes", 16'384, "The certificates of a client's handshake."},
    {"tls.ticket_hours", 24, "The life of a session ticket."},
    {"tls.saved_sessions", 100'000, "TLS 1.3 sessions that may resume, for each kind of listener."},
    {"tls.idle_records", 32, "Records in a row without data, with our own record layer."},
    {"vault.issued_burst", 2'000,
     "Device certificates issued at once, besides those in place of a given-up generation's."},
    {"vault.issued_an_hour", 36'000, "Device certificates in the long run."},
    {"vault.unwraps_of_organisation", 4'096,
     "Days of history opened at once for one organisation, and an hour after that."},
    {"vault.unwraps", 16'384, "The same for all organisations together."},
    {"roots.document_bytes", 10'000, "A root set that its predecessors signed."},
    {"roots.ceremony_bytes", 32'768, "A file of the ceremony by which a root signs."},
    {"vault.violations", 3, "Requests out of turn in a minute; then the process ends."},
    {"vault.server_names", 32, "Names in the server's certificate."},
    {"vault.ledger_entries", 4'096, "Ledger entries in one answer of the vault."},
    {"vault.kit_shares", 16, "Shares that the secret of a recovery kit is split into."},
    {"vault.passphrase_least_bytes", 12, "The shortest new passphrase."},
    {"vault.passphrase_bytes", 4'096, "The longest passphrase."},

    // --- inside one machine ---
    {"ipc.message_bytes", 1'048'576, "A message between two processes."},
    {"ipc.descriptors", 8, "Descriptors handed over with one."},
    {"journal.record_bytes", 1'048'576, "One record of the journal."},
    {"journal.append_bytes", 8'388'608, "Records appended together."},
    {"journal.queued_bytes", 33'554'432,
     "What waits to be written; past it messages wait or come again."},
    {"metrics.token_least_bytes", 16, "The shortest token in `metrics.token_file`."},
    {"metrics.token_bytes", 1'024, "The longest."},

    // --- the command line ---
    {"client.answer_bytes", 16'777'216, "An answer of a server."},
    {"client.answer_depth", 32, "Nesting of its JSON."},
    {"client.message_bytes", 1'048'576, "A message on a WebSocket."},
    {"client.credentials_bytes", 16'777'216, "A file of credentials."},
    {"client.admin_answer_bytes", 1'048'576, "An answer of the instance's own socket."},
});

// The bound of this name. A name that is not in the table does not compile.
template <typename T = std::size_t>
consteval T fixed_limit(std::string_view name) {
  for (const FixedLimit& limit : kFixedLimits) {
    if (limit.name == name) return static_cast<T>(limit.value);
  }
  throw "no such limit";
}

}  // namespace fastness
