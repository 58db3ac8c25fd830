// A fleet of other people's software: keys and requests by OpenSSL, connections by MQTT.js, renewals
// over EST with Node's own HTTPS client. Each device publishes without a pause, and what was not
// acknowledged it sends again.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect, keyAndRequest, senml } from './board.mjs';

const run = promisify(execFile);

/** What a device posts to renew: the base64 of a request for its own key. */
async function renewalRequest(device) {
  const { stdout } = await run('openssl', ['req', '-new', '-sha256', '-key', device.key, '-subj', `/CN=${device.id}`, '-outform', 'DER'], { encoding: 'buffer' });
  return stdout.toString('base64');
}

/** The certificate of a certs-only answer, PEM. */
async function certificateIn(text) {
  const child = run('openssl', ['pkcs7', '-inform', 'DER', '-print_certs']);
  child.child.stdin.end(Buffer.from(text, 'base64'));
  return /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec((await child).stdout)[0];
}

/** Renews over EST with the certificate it has; the file of its certificate has the new one then. */
export async function renewByEst(instance, device) {
  const body = await renewalRequest(device);
  const answer = await new Promise((resolve, reject) => {
    const outgoing = https.request(`${instance.url}/.well-known/est/simplereenroll`, {
      method: 'POST', ca: instance.anchors, agent: false, key: fs.readFileSync(device.key), cert: fs.readFileSync(device.certificate),
      headers: { 'content-type': 'application/pkcs10', 'content-length': body.length },
    }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk) => (text += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  assert.equal(answer.status, 200, answer.text);
  fs.writeFileSync(device.certificate, await certificateIn(answer.text));
}

/** A thing of the device and its property that counts, of which history keeps every value. */
export async function countingThing(api, name, id) {
  const thing = await api('PUT', '/iot/v2/things', { name, device_id: id });
  const counter = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'counter', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE',
  });
  return { thing, counter };
}

/** A device with a thing that counts; `profile` says whether it renews by itself. */
export async function countingDevice(instance, api, name, profile) {
  const { id } = await api('POST', '/api/v1/devices', { name, type: 'generic_device_secretkey' });
  const { key, csr } = keyAndRequest(instance.directory, id);
  const issued = await api('POST', `/api/v1/devices/${id}/enrol`, { csr_pem: csr, profile });
  const certificate = path.join(instance.directory, `${id}.pem`);
  fs.writeFileSync(certificate, issued.certificate_pem);
  return { id, name, profile, key, certificate, ...(await countingThing(api, name, id)), acknowledged: 0, connections: 0 };
}

/** The life of a device until `signal.stopped`: it publishes, and is back after whatever cut it off. */
export async function live(instance, device, signal) {
  while (!signal.stopped) {
    try {
      const session = await connect(instance, device);
      ++device.connections;
      device.session = session;
      await publishUntilTheEnd(session, device, signal);
      session.end(true);
    } catch (error) {
      device.trouble = error;
      if (signal.stopped) return;
      if (device.renew) await device.renew(instance, device).catch((again) => (device.trouble = again));
      await pause(20);
    }
  }
}

async function publishUntilTheEnd(session, device, signal) {
  const end = once(session, 'close').then(() => 'closed');
  while (!signal.stopped) {
    const value = device.acknowledged + 1;
    const sent = session.publishAsync(`/a/t/${device.thing.id}/e/o`, senml({ counter: value }), { qos: 1 }).then(() => 'acknowledged', () => 'closed');
    if ((await Promise.race([sent, end])) === 'closed') throw new Error('cut off');
    device.acknowledged = value;
    await pause(50);
  }
}

/** The values up to the last acknowledged one that history does not have. */
export async function lostBy(api, device, from) {
  const { responses } = await api('POST', '/iot/v2/series/batch_query_raw', {
    resp_version: 1,
    requests: [{ q: `property.${device.counter.id}`, from, to: new Date(Date.now() + 60_000), sort: 'ASC', series_limit: 1000 }],
  });
  const there = new Set(responses[0].values);
  return Array.from({ length: device.acknowledged }, (_, i) => i + 1).filter((value) => !there.has(value));
}
