// Identity providers at https://localhost: the real oidc-provider, and one that does as a test tells it.
import { createHash, createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import Provider from 'oidc-provider';

export const CLIENT = 'fastness';

async function listen(t, certificate, handle) {
  const server = https.createServer({ key: certificate.key, cert: certificate.cert }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** A POST of the provider's own, to a server whose certificate is of these authorities. */
async function post(url, { headers, body }, anchors) {
  const asked = https.request(url, { method: 'POST', ca: anchors, headers: Object.fromEntries(headers) });
  asked.end(String(body));
  const [answer] = await once(asked, 'response');
  answer.resume();
  return { status: answer.statusCode };
}

/**
 * A real provider, whose people sign in by typing who they are. `setUp` is for when it is known where the console is: where it
 * sends browsers back to, and where it says, by `logout` {url, anchors}, that somebody has signed out. What it is asked is in
 * `asked`, what it was answered there in `told`.
 */
export async function startProvider(t, certificate, secret) {
  let handle = (request, response) => response.end();
  const asked = [];
  const told = [];
  const server = await listen(t, certificate, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    handle(request, response);
  });
  const issuer = `https://localhost:${server.address().port}`;
  const setUp = (redirects, logout) => {
    const provider = new Provider(issuer, {
      clients: [{
        client_id: CLIENT, client_secret: secret, redirect_uris: redirects, grant_types: ['authorization_code'], response_types: ['code'],
        ...(logout && { backchannel_logout_uri: logout.url, backchannel_logout_session_required: true }),
      }],
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
      fetch: async (url, options) => {
        const answer = await post(url, options, logout.anchors);
        told.push(answer.status);
        return answer;
      },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
    handle = provider.callback();
  };
  return { issuer, port: server.address().port, anchors: certificate.cert, setUp, asked, told };
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs as JWS does (RFC 7515). */
function sign(key, header, claims) {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createSign('SHA256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/**
 * A provider that lies as `lies` says: each member replaces what an honest one would do. It sends browsers straight back.
 *   document(d), answer(params), claims(c), header(h), token(text), body(response): true if it answered
 */
export class Liar {
  lies = {};
  asked = [];
  #challenges = new Map();
  #nonces = new Map();

  static async start(t, certificate) {
    const liar = new Liar();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    liar.key = privateKey;
    liar.publicJwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' };
    liar.publicPem = publicKey.export({ type: 'spki', format: 'pem' });
    const server = await listen(t, certificate, (request, response) => liar.#serve(request, response));
    liar.port = server.address().port;
    liar.issuer = `https://localhost:${liar.port}`;
    return liar;
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.issuer);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    this.asked.push({ method: request.method, path: url.pathname, form, headers: request.headers });
    if (this.lies.body?.(url.pathname, response)) return;
    const json = (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname === '/.well-known/openid-configuration') return json(this.#document());
    if (url.pathname === '/keys') return json({ keys: [this.publicJwk] });
    if (url.pathname === '/token') return this.#token(form, json, response);
    response.writeHead(404).end();
  }

  #document() {
    const honest = {
      issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`, token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
    return { ...honest, ...this.lies.document };
  }

  /** What a browser brings back from `url`, as a query. */
  authorize(url) {
    const asked = new URL(url).searchParams;
    const code = randomBytes(8).toString('hex');
    this.#challenges.set(code, asked.get('code_challenge'));
    this.#nonces.set(code, asked.get('nonce'));
    const answer = { code, state: asked.get('state'), iss: this.issuer, ...this.lies.answer };
    return new URLSearchParams(Object.entries(answer).filter(([, value]) => value !== undefined)).toString();
  }

  /** What it would say of somebody who has signed out. */
  logoutToken({ claims = {}, header = {}, key = this.key } = {}) {
    const now = Math.floor(Date.now() / 1000);
    return sign(key, { alg: 'ES256', kid: 'k', typ: 'logout+jwt', ...header }, {
      iss: this.issuer, aud: CLIENT, sub: 'subject-9d41', jti: randomBytes(8).toString('hex'), iat: now, exp: now + 120,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, ...claims,
    });
  }

  /** The last ID token that it gave out. */
  idToken = '';

  #token(form, json, response) {
    const code = form.get('code');
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (!this.#challenges.has(code) || this.#challenges.get(code) !== challenge) return response.writeHead(400).end('{"error":"invalid_grant"}');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: CLIENT, sub: 'subject-9d41', nonce: this.#nonces.get(code), iat: now, exp: now + 60, ...this.lies.claims };
    const header = { alg: 'ES256', kid: 'k', ...this.lies.header };
    const token = this.lies.token?.(claims, this) ?? sign(this.key, header, claims);
    this.idToken = token;
    json({ access_token: 'x', token_type: 'Bearer', id_token: token });
  }
}

/** Tokens that nobody may believe. */
export const unsigned = (header) => (claims) => `${encode(header)}.${encode(claims)}.`;
export const byPublicKey = (claims, { publicPem }) => {
  const text = `${encode({ alg: 'HS256', kid: 'k' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`;
};
export const withoutSignature = (claims) => `${encode({ alg: 'ES256', kid: 'k' })}.${encode(claims)}`;
export const byAnotherKey = (claims) => sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, { alg: 'ES256', kid: 'k' }, claims);
