// Serves the built console with the headers of the real server and answers its API from the fixture.
// Only tests and pictures use it: nothing is stored, and anyone is signed in who says so.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { Farm, id } from './fixture.mjs'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** As src/http_server/security_headers.cc, with policies shut altogether. */
export const contentSecurityPolicy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'",
  "manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ')

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8' }

function file(response, urlPath) {
  const wanted = path.join(dist, path.normalize(urlPath))
  const inside = wanted.startsWith(dist) && fs.existsSync(wanted) && fs.statSync(wanted).isFile()
  const name = inside ? wanted : path.join(dist, 'index.html')
  response.writeHead(200, {
    'content-type': types[path.extname(name)] ?? 'application/octet-stream',
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  })
  response.end(fs.readFileSync(name))
}

function body(request) {
  return new Promise((resolve) => {
    let text = ''
    request.on('data', (part) => (text += part))
    request.on('end', () => resolve(text ? JSON.parse(text) : {}))
  })
}

const problem = (status, code, message, field) => ({ status, json: { error: { code, message, ...(field && { field }) } } })

/** The routes: each gets the match and the body, and answers { status, json }. */
function routes(farm, live) {
  const uuid = '([0-9a-f-]{36})'
  const ok = (json) => ({ status: 200, json })
  const device = (wanted) => farm.devices.find((candidate) => candidate.id === wanted)
  const thing = (wanted) => farm.things.find((candidate) => candidate.id === wanted)
  const missing = problem(404, 'not_found', 'There is no such object.')
  const withDevice = (answer) => (match, input) => (device(match[1]) ? answer(device(match[1]), input) : missing)
  const withThing = (answer) => (match, input) => (thing(match[1]) ? answer(thing(match[1]), input, match) : missing)
  const state = (name) => withDevice((found, input) => {
    found.identity = { ...found.identity, state: name, reason: input.reason, since: new Date().toISOString() }
    live.device(found)
    return ok(found)
  })
  return [
    ['GET', '/setup/status', () => ok({ open: farm.fresh === true, environment: 'production' })],
    ['POST', '/setup/link', (_, input) => (input.token === 'good' ? ok({ has_password: false }) : problem(401, 'unauthenticated', 'This link was used, or its thirty minutes are over.', 'token'))],
    ['POST', '/setup', (_, input) => (input.token === 'good' ? { status: 201, json: farm.session } : problem(400, 'invalid_request', 'This link was used or is older than 30 minutes.', 'token'))],
    ['POST', '/session', (_, input) => (input.password === 'wrong' ? problem(401, 'unauthenticated', 'Wrong.') : input.password === 'suspended' ? problem(403, 'account_suspended', 'Whoever runs this server suspended this account. Ask them: nothing was deleted.') : { status: 201, json: farm.session })],
    ['GET', '/session', () => ok(farm.session)],
    ['DELETE', '/session', () => ({ status: 204 })],
    ['PUT', '/session/view', (_, input) => ok(farm.viewAs(input.role))],
    ['DELETE', '/session/view', () => ok(farm.viewAs('owner'))],
    ['PUT', '/session/organisation', () => ok(farm.session)],
    ['GET', '/support-access', () => ok({ grants: farm.grants() })],
    ['DELETE', `/support-access/${uuid}`, () => ({ status: 204 })],
    ['GET', '/operator/grants', () => ok({ grants: farm.grants(), has_passkey: true, has_sealed_codes: true })],
    ['GET', '/operator/orders', () => ok(farm.orders())],
    ['DELETE', `/operator/orders/${uuid}`, () => ({ status: 204 })],
    ['GET', '/people', () => ok(farm.people())],
    ['PUT', `/people/${uuid}`, () => ({ status: 204 })],
    ['DELETE', `/people/${uuid}`, () => ({ status: 204 })],
    ['POST', '/invitations', (_, input) => ({ status: 201, json: { id: id(8, 2), email: input.email, expires_at: farm.people().invitations[0].expires_at, mailed: false, link: 'https://farm.local:8443/invitation#' + 'Il1O0'.repeat(8) + 'S5B' } })],
    ['POST', '/invitations/look-up', (_, input) => (input.token === 'good' ? ok({ email: 'new@hillside.example', organisation: 'Hillside Farm', role: 'member', expires_at: farm.people().invitations[0].expires_at, has_account: false }) : problem(401, 'unauthenticated', 'This invitation was used.', 'token'))],
    ['GET', '/account', () => ok({ email: farm.session.user.email, language: 'en', factor: true, factor_since: '2026-01-12T09:00:00Z', recovery_codes: 9 })],
    ['PUT', '/account/language', () => ({ status: 204 })],
    ['GET', '/account/passkeys', () => ok({
      host: 'localhost',
      passkeys: [
        { id: '00000000-0000-4000-8000-0000000000a1', name: 'Phone', host: 'localhost', backed_up: true, created_at: '2026-01-12T09:00:00Z', last_used_at: '2026-02-08T07:30:00Z' },
        { id: '00000000-0000-4000-8000-0000000000a2', name: 'Key ring', host: 'iot.lan', backed_up: false, created_at: '2026-01-20T09:00:00Z', doubted_at: '2026-02-07T22:10:00Z' },
      ],
    })],
    ['GET', '/account/sign-ins', () => ok({
      sign_ins: [
        { id: '00000000-0000-4000-8000-0000000000b1', provider: 'Google', issuer: 'https://accounts.google.com', created_at: '2026-01-14T09:00:00Z', last_used_at: '2026-02-08T07:30:00Z' },
        { id: '00000000-0000-4000-8000-0000000000b2', provider: 'Hillside', issuer: 'https://id.hillside.example/realms/farm', created_at: '2026-01-20T09:00:00Z' },
      ],
      providers: [{ id: 'google', name: 'Google' }, { id: 'github', name: 'GitHub' }],
    })],
    ['GET', '/session/providers', () => ok({ providers: [{ id: 'google', name: 'Google' }, { id: 'github', name: 'GitHub' }] })],
    ['POST', '/session/providers/google', () => problem(503, 'unavailable', 'Google does not answer as it should. Sign in otherwise, or try later.')],
    ['POST', '/session/answer', () => problem(401, 'unauthenticated', 'Nobody here has linked this sign-in by Google. Sign in otherwise, then link it on the page Account.')],
    ['POST', '/session/passkey/options', () => ok({ challenge: 'A'.repeat(43), host: 'localhost', credentials: [], expires_at: '2026-02-09T12:05:00Z' })],
    ['GET', '/sessions', () => ok({
      sessions: [
        { id: 'aa', current: true, created_at: '2026-02-10T08:00:00Z', last_used_at: '2026-02-10T14:25:00Z', expires_at: '2026-02-17T08:00:00Z', address: '192.0.2.17', browser: 'Firefox on Linux' },
        { id: 'bb', current: false, created_at: '2026-02-09T19:12:00Z', last_used_at: '2026-02-10T07:40:00Z', expires_at: '2026-02-16T19:12:00Z', address: '203.0.113.5', browser: 'Safari on iPhone' },
      ],
    })],
    ['GET', '/home', () => ok(farm.home())],
    ['GET', '/limits', () => ok(farm.limits())],
    ['GET', '/devices', () => ok({ devices: farm.devices })],
    ['POST', '/devices', (_, input) => {
      const made = { ...farm.devices[7], ...input, id: id(3, 100 + farm.devices.length), label: undefined }
      farm.devices.push(made)
      return { status: 201, json: made }
    }],
    ['GET', `/devices/${uuid}`, withDevice(ok)],
    ['PATCH', `/devices/${uuid}`, withDevice((found, input) => ok(Object.assign(found, input)))],
    ['POST', `/devices/${uuid}/secret`, withDevice((found) => ({ status: 201, json: { device_id: found.id, secret: 'Kf3Il1O0@S5B8x!vQ2mZ7pTc' } }))],
    ['POST', `/devices/${uuid}/enrol`, withDevice((found, input) => {
      if (!input.csr_pem.includes('BEGIN CERTIFICATE REQUEST')) return problem(400, 'invalid_request', 'This is not a certificate request in PEM.', 'csr_pem')
      found.identity = farm.devices[0].identity
      return { status: 201, json: { certificate: farm.devices[0].identity.certificate, certificate_pem: 'PEM\n', chain_pem: 'PEM\nPEM\n' } }
    })],
    ['POST', `/devices/${uuid}/suspend`, state('suspended')],
    ['POST', `/devices/${uuid}/resume`, state('active')],
    ['POST', `/devices/${uuid}/revoke`, state('revoked')],
    ['GET', `/devices/${uuid}/certificates`, withDevice((found) => ok({ certificates: farm.certificates(found) }))],
    ['GET', `/devices/${uuid}/connections`, withDevice((found) => ok({ connections: farm.connections(found) }))],
    ['GET', '/things', () => ok({ things: farm.things })],
    ['POST', '/things', (_, input) => {
      const made = { ...farm.things[0], ...input, id: id(4, 100 + farm.things.length), properties: [], device_id: undefined, device_name: undefined, device_status: undefined, tags: {} }
      farm.things.push(made)
      return { status: 201, json: made }
    }],
    ['GET', `/things/${uuid}`, withThing(ok)],
    ['PATCH', `/things/${uuid}`, withThing((found, input) => ok(Object.assign(found, input)))],
    ['POST', `/things/${uuid}/properties`, withThing((found, input) => {
      const made = { ...input, id: id(5, 100 + found.properties.length), thing_id: found.id, kind: input.type === 'STATUS' ? 'boolean' : 'number' }
      found.properties.push(made)
      return { status: 201, json: made }
    })],
    ['DELETE', `/things/${uuid}/properties/${uuid}`, withThing((found, _, match) => {
      found.properties = found.properties.filter((property) => property.id !== match[2])
      return { status: 204 }
    })],
    ['PUT', `/things/${uuid}/properties/${uuid}/value`, withThing((found, input, match) => {
      live.write(found, match[2], input.value)
      return { status: 202, json: { requested_at: new Date().toISOString() } }
    })],
    ['GET', `/properties/${uuid}/history`, (match, _, query) => {
      const to = Date.parse(query.get('to') ?? '') || farm.now
      const from = Date.parse(query.get('from') ?? '') || to - 86_400_000
      return ok(farm.history(match[1], from, to, query.get('interval') ?? 'auto'))
    }],
    ['GET', '/property-types', () => ok({ types: [{ type: 'FLOAT', name: 'FLOAT', kind: 'number' }, { type: 'ELECTRIC_POTENTIAL', name: 'ELECTRIC_POTENTIAL', kind: 'number', unit: 'V' }] })],
    ['GET', '/api-keys', () => ok({ api_keys: farm.keys })],
    ['POST', '/api-keys', (_, input) => ({ status: 201, json: { api_key: { ...farm.keys[0], ...input }, client_id: 'a'.repeat(32), client_secret: 'Il1O0'.repeat(12) + 'S5B8' } })],
    ['POST', `/api-keys/${uuid}/rotate`, () => ({ status: 200, json: { api_key: farm.keys[0], client_id: 'a'.repeat(32), client_secret: 'Il1O0'.repeat(12) + 'S5B8' } })],
    ['DELETE', `/api-keys/${uuid}`, () => ({ status: 204 })],
    ['GET', '/claim-codes', () => ok({ claim_codes: farm.claimCodes })],
    ['POST', '/claim-codes', (_, input) => ({ status: 201, json: { claim_codes: Array.from({ length: input.codes }, () => ({ claim_code: { ...farm.claimCodes[0], ...input, most_uses: input.uses, uses: 0 }, code: 'FC-7M3K-0PXV-9ZDB-WH52-J' })) } })],
    ['DELETE', `/claim-codes/${uuid}`, () => ({ status: 204 })],
    ['GET', '/claim-certificates', () => ok({ common_name: '0c1d2e3f-4a5b-4c6d-8e7f-901234567890', claim_certificates: farm.claimCertificates })],
    ['POST', '/claim-certificates', (_, input) => ({ status: 201, json: { ...farm.claimCertificates[0], label: input.label, most_uses: input.uses ?? 1, uses: 0 } })],
    ['DELETE', `/claim-certificates/${uuid}`, () => ({ status: 204 })],
    ['GET', '/claims', () => ok({ claims: farm.claims })],
    ['POST', `/claims/${uuid}/(?:approve|refuse)`, () => {
      const [claim] = farm.claims
      farm.claims = []
      return ok(claim)
    }],
    ['GET', '/checks', () => ok(farm.checks())],
    ['GET', '/audit', () => ok(farm.audit())],
    ['GET', '/retention', () => ok({ disposed: [{ kind: 'history_age', day: '2026-02-09T00:00:00Z', count: 4 }, { kind: 'session', day: '2026-02-08T00:00:00Z', count: 1 }] })],
    ['GET', '/access', () => ok({ accesses: [{ actor: 'host', verb: 'read', data: 'history', hour: new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString(), count: 3 }] })],
    ['GET', '/ca', () => ok(farm.authority())],
    ['GET', '/trust', () => ok(farm.trust())],
    ['GET', '/status', () => ok(farm.status())],
  ].map(([method, pattern, answer]) => ({ method, pattern: new RegExp(`^${pattern}$`), answer }))
}

/** The live link: ticks once a second; a board that is online echoes a write, unless its name says that it is deaf. */
class Live {
  constructor(farm) {
    this.farm = farm
    this.sockets = new Set()
    this.timer = setInterval(() => this.send({ type: 'values', values: farm.tick(Date.now()) }), 1000)
    this.deaf = false
  }
  send(message) {
    const text = JSON.stringify(message)
    for (const socket of this.sockets) socket.send(text)
  }
  device(device) {
    this.send({ type: 'device', device })
  }
  write(thing, propertyId, value) {
    const say = (source) => this.send({ type: 'values', values: [{ property_id: propertyId, thing_id: thing.id, value, time: new Date().toISOString(), source }] })
    say('user')
    if (!this.deaf) setTimeout(() => say('device'), 400)
  }
  stop() {
    clearInterval(this.timer)
    for (const socket of this.sockets) socket.terminate()
  }
}

/** Gives `use` a server of its own, which is gone afterwards, whatever happens. */
export async function withServer(use) {
  const server = await startServer()
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

/** Starts on a free port of the loopback interface. */
export async function startServer({ farm = new Farm(), port = 0 } = {}) {
  const live = new Live(farm)
  const table = routes(farm, live)
  const answerApi = async (request, response, url) => {
    const input = request.method === 'GET' ? undefined : await body(request)
    const apiPath = url.pathname.slice('/api/v1'.length)
    for (const { method, pattern, answer } of table) {
      const match = method === request.method && pattern.exec(apiPath)
      if (!match) continue
      if (server.failing?.test(apiPath)) break
      const { status, json } = answer(match, input, url.searchParams)
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(json === undefined ? undefined : JSON.stringify(json))
      return
    }
    response.writeHead(server.failing?.test(apiPath) ? 503 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code: 'unavailable', message: 'History can’t be read right now.' } }))
  }
  const listener = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    if (url.pathname.startsWith('/api/')) void answerApi(request, response, url)
    else file(response, url.pathname)
  })
  const sockets = new WebSocketServer({ server: listener, path: '/api/v1/live' })
  sockets.on('connection', (socket) => {
    live.sockets.add(socket)
    socket.on('close', () => live.sockets.delete(socket))
  })
  await new Promise((resolve) => listener.listen(port, '127.0.0.1', resolve))
  const server = {
    farm,
    live,
    /** API paths that are to fail, as a pattern. */
    failing: undefined,
    url: `http://localhost:${listener.address().port}`,
    stop: () => {
      live.stop()
      sockets.close()
      return new Promise((resolve) => {
        listener.close(resolve)
        listener.closeAllConnections()
      })
    },
  }
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startServer({ port: Number(process.env.PORT ?? 8090) })
  console.log(server.url)
}
