// A virtual board made of other people's software: OpenSSL for its key and request, MQTT.js for its
// connection, cborg for its payloads.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as cborg from 'cborg';
import mqtt from 'mqtt';
import { waitFor } from './wait.mjs';

const cbor = { encode: cborg.encode, decode: (bytes) => cborg.decode(bytes, { useMaps: true }) };

/** SenML in CBOR: `senml({temperature: 21.5})`. A value that is an object is one record an attribute. */
export function senml(values, { time } = {}) {
  const records = [];
  for (const [name, value] of Object.entries(values)) {
    const parts = typeof value === 'object' ? Object.entries(value).map(([key, part]) => [`${name}:${key}`, part]) : [[name, value]];
    for (const [label, part] of parts) {
      const record = new Map([[0, label]]);
      record.set({ boolean: 4, string: 3, number: 2 }[typeof part], part);
      if (time !== undefined) record.set(6, time);
      records.push(record);
    }
  }
  return cbor.encode(records);
}

/** The records of a SenML payload as one object. */
export function fromSenml(payload) {
  const values = {};
  for (const record of cbor.decode(payload)) {
    const name = record.get(0);
    values[name] = record.get(2) ?? record.get(3) ?? record.get(4);
  }
  return values;
}

export const commands = {
  thingBegin: 0x010300, thingUpdate: 0x010400, lastValuesBegin: 0x010500, lastValuesUpdate: 0x010600,
  deviceBegin: 0x010700, timezoneDown: 0x010900, thingDetach: 0x011000,
};

/** A command: a four-byte tag, then an array. */
export function command(tag, fields) {
  const head = Buffer.alloc(5);
  head[0] = 0xda;
  head.writeUInt32BE(tag, 1);
  return Buffer.concat([head, cbor.encode(fields)]);
}

export function fromCommand(payload) {
  if (payload[0] !== 0xda) throw new Error('not a command');
  return { tag: payload.readUInt32BE(1), fields: cbor.decode(payload.subarray(5)) };
}

/** A P-256 key and a certificate request for it, made by OpenSSL. */
export function keyAndRequest(directory, commonName) {
  const key = path.join(directory, `${commonName}.key`);
  const csr = path.join(directory, `${commonName}.csr`);
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key], { stdio: 'pipe' });
  execFileSync('openssl', ['req', '-new', '-sha256', '-key', key, '-subj', `/CN=${commonName}`, '-out', csr], { stdio: 'pipe' });
  return { key, csr: fs.readFileSync(csr, 'utf8') };
}

/** Registers a board over REST and enrols it: returns its id and the files of its identity. */
export async function enrol(instance, api, { name, type = 'mkrwifi1010' }) {
  const device = await api('PUT', '/iot/v2/devices', { name, type });
  const { key, csr } = keyAndRequest(instance.directory, device.id);
  const issued = await api('PUT', `/iot/v2/devices/${device.id}/certs`, { csr, enabled: true, ca: 'Arduino_v2' });
  const certificate = path.join(instance.directory, `${device.id}.pem`);
  fs.writeFileSync(certificate, issued.pem);
  return { id: device.id, key, certificate, issued };
}

/** Connects with a certificate; resolves once CONNACK has come. */
export function connect(instance, board, options = {}) {
  const client = mqtt.connect({
    host: 'localhost',
    port: instance.port('mqtts'),
    protocol: 'mqtts',
    ca: instance.anchors,
    key: fs.readFileSync(board.key),
    cert: fs.readFileSync(board.certificate),
    clientId: board.id,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...options,
  });
  const inbox = [];
  client.on('message', (topic, payload, packet) => inbox.push({ topic, payload, packet }));
  client.inbox = inbox;
  client.next = (what, match, options_) => waitFor(what, () => inbox.find(match), options_);
  return new Promise((resolve, reject) => {
    client.once('connect', (connack) => resolve(Object.assign(client, { connack })));
    client.once('error', reject);
    client.once('close', () => reject(new Error('the server closed the connection')));
  });
}
