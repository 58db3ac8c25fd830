// A plain HTTPS client that trusts one instance's own roots.
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** @returns {Promise<{status: number, headers: object, bytes: Buffer, text: string, json: any}>} */
export function request(instance, method, path, { body, headers = {}, token } = {}) {
  const payload = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = https.request(
      `${instance.url}${path}`,
      {
        method,
        ca: instance.anchors,
        agent: false,
        headers: {
          ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString();
          let json;
          try {
            json = JSON.parse(text);
          } catch {
            // Not every body is JSON.
          }
          resolve({ status: incoming.statusCode, headers: incoming.headers, bytes, text, json });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

/** An access token for an API key, by the client-credentials grant. */
export async function accessToken(instance, key) {
  const answer = await request(instance, 'POST', '/iot/v1/clients/token', {
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: key.client_id,
      client_secret: key.client_secret,
      audience: 'https://api2.arduino.cc/iot',
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`);
  return answer.json.access_token;
}

/**
 * The same calls with one token: `const api = await client(instance, key); await api('GET', '/iot/v2/things')`.
 * A key has a pace; who is over it waits as long as it is told, some times.
 */
export async function client(instance, key) {
  const token = await accessToken(instance, key);
  return async (method, path, body, headers) => {
    let answer = await request(instance, method, path, { body, token, headers });
    for (let i = 0; i < 30 && answer.status === 429 && answer.headers['retry-after'] === '1'; ++i) {
      await pause(1000);
      answer = await request(instance, method, path, { body, token, headers });
    }
    if (answer.status >= 400) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${answer.text}`), { answer });
    return answer.json;
  };
}
