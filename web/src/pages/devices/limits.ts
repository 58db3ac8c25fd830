/** What a limit did, by its name in docs/limits.md. */
const words: Record<string, string> = {
  device_connects_per_second: 'Connected too often, and was refused',
  organisation_connects_per_second: 'All devices together connected too often',
  organisation_connections: 'Too many connections at once',
  organisation_sessions: 'Too many sessions of all devices',
  'mqtt.sessions_of_identity': 'Too many sessions of one device',
  mqtt_subscriptions: 'Too many subscriptions of one session',
  organisation_subscriptions: 'Too many subscriptions of all devices',
  mqtt_packet_bytes: 'Sent a message that is too large',
  mqtt_receive_maximum: 'Sent more messages than may wait for an answer',
  mqtt_messages_per_second: 'Sent messages too fast, and was slowed',
  mqtt_bytes_per_second: 'Sent too many bytes, and was slowed',
  organisation_messages_per_second: 'All devices together sent messages too fast, and were slowed',
  organisation_bytes_per_second: 'All devices together sent too many bytes, and were slowed',
  mqtt_queued_messages: 'Its queue was full; messages were dropped',
  mqtt_queued_bytes: 'Its queue took too much memory; messages were dropped',
  organisation_queued_bytes: 'All queues together were full; messages were dropped',
  'mqtt.unread_bytes': 'Read too slowly; messages were dropped',
  device_retained_messages: 'Set too many retained messages; more were not kept',
  retained_messages: 'Too many retained messages',
  retained_bytes: 'Retained messages take too much memory',
}

/** A newer server may know limits that this page does not: their names must do. */
export function limitWords(limit: string): string {
  return words[limit] ?? 'A limit was reached'
}
