// A small farm, as the API would tell it. Only tests and pictures use it. Times are relative to `now`.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** @typedef {import('../src/api/types.ts').Device} Device */
/** @typedef {import('../src/api/types.ts').Thing} Thing */
/** @typedef {import('../src/api/types.ts').Property} Property */
/** @typedef {import('../src/api/types.ts').Value} Value */

/** @param {number} time */
const iso = (time) => new Date(time).toISOString()

/** Ids that are the same on every run. @param {number} group @param {number} index */
export function id(group, index) {
  return `${group.toString(16).padStart(8, '0')}-8a4f-4f0b-9e53-${index.toString(16).padStart(12, '0')}`
}

/** Hex that looks like a hash and is the same on every run. @param {number} seed @param {number} bytes */
function hex(seed, bytes) {
  let state = seed * 2654435761
  let text = ''
  for (let index = 0; index < bytes; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += (state >>> 24).toString(16).padStart(2, '0')
  }
  return text
}

/** @param {number} time @param {number} seed */
function noise(time, seed) {
  const x = Math.sin(time * 12.9898 + seed * 78.233) * 43758.5453
  return x - Math.floor(x) - 0.5
}

/** @param {number} time */
const hourOf = (time) => (time / HOUR) % 24
/** @param {number} time */
const daylight = (time) => Math.max(0, Math.sin(((hourOf(time) - 6) / 12) * Math.PI))

/** The pump runs for six minutes every six hours; soil dries in between. @param {number} time */
const sincePump = (time) => (time + 1.9 * HOUR) % (5.6 * HOUR)

/** @type {Record<string, (time: number) => number>} */
const curves = {
  temperature: (time) => 15.5 + 8.5 * daylight(time - HOUR) ** 1.2 + noise(Math.floor(time / MINUTE), 1) * 0.5,
  humidity: (time) => 84 - 26 * daylight(time - HOUR) + noise(Math.floor(time / MINUTE), 2) * 1.6,
  soil: (time) => (sincePump(time) < 12 * MINUTE ? 37.5 + (sincePump(time) / (12 * MINUTE)) * 9 : 46.5 - (sincePump(time) / HOUR) * 1.6) + noise(Math.floor(time / MINUTE), 3) * 0.25,
  light: (time) => 41_000 * daylight(time) + 60 + noise(Math.floor(time / MINUTE), 4) * 80,
  core: (time) => -18.4 + Math.sin(time / (23 * MINUTE)) * 0.7 + noise(Math.floor(time / MINUTE), 5) * 0.2,
  flow: (time) => (Math.sin(time / (2.4 * HOUR)) > 0 ? 12.5 : 0.1) + noise(Math.floor(time / MINUTE), 6) * 0.3,
  pressure: (time) => 3.1 + noise(Math.floor(time / (20 * MINUTE)), 7) * 0.3,
  wind: (time) => 5.2 + Math.sin(time / (1.7 * HOUR)) * 1.9 + noise(Math.floor(time / MINUTE), 8) * 1.5,
  gust: (time) => 8.1 + Math.sin(time / (1.7 * HOUR)) * 2.6 + noise(Math.floor(time / MINUTE), 11) * 2.5,
  ammonia: (time) => 6 + noise(Math.floor(time / (10 * MINUTE)), 9) * 2,
  barn: (time) => 14.6 + 2 * daylight(time) + noise(Math.floor(time / MINUTE), 10) * 0.4,
  battery: (time) => 87 - ((time / HOUR) % 24) * 0.15,
}

/** The greenhouse board lost its Wi-Fi for a while last night. @param {number} time @param {number} now */
const wasAway = (time, now) => time > now - 9 * HOUR && time < now - 8.3 * HOUR

const viewing = ['devices:read', 'things:read', 'history:read']
const working = [...viewing, 'devices:write', 'devices:enrol', 'things:write', 'values:write']
const allScopes = [...working, 'security:read', 'audit:read']

export class Farm {
  /** @param {number} [now] */
  constructor(now = Date.now()) {
    this.now = now
    this.session = {
      user: { id: id(1, 1), email: 'ada@hillside.example' },
      organisation: { id: id(2, 1), name: 'Hillside Farm' },
      role: 'owner',
      viewing: false,
      operator: true,
      second_factor: 'nothing',
      scopes: [...allScopes],
      things: [],
      organisations: [
        { id: id(2, 1), name: 'Hillside Farm', role: 'owner', own: true },
        { id: id(2, 2), name: 'Valley School', role: 'member', own: false },
      ],
      environment: 'production',
      csrf: 'fixture-csrf',
      expires_at: iso(now + 12 * HOUR),
    }
    /** @type {Map<string, string>} */
    this.curveOf = new Map()
    this.things = this.makeThings()
    this.devices = this.makeDevices()
    this.keys = this.makeKeys()
    this.claimCodes = this.makeClaimCodes()
    this.claimCertificates = this.makeClaimCertificates()
    this.claims = this.makeClaims()
  }

  /** The session as somebody of a lesser role has it. @param {string} role */
  viewAs(role) {
    const scopes = role === 'viewer' ? viewing : role === 'member' ? working : allScopes
    this.session = { ...this.session, role, viewing: role !== 'owner', scopes: [...scopes] }
    return this.session
  }

  people() {
    const person = (number, email, role, days) => ({ user_id: id(1, number), email, role, since: iso(this.now - days * 24 * HOUR), things: [], you: number === 1 })
    return {
      people: [
        person(1, 'ada@hillside.example', 'owner', 212),
        person(2, 'grace.of.the.long.name.hopper@hillside.example', 'administrator', 120),
        person(3, 'tomas@hillside.example', 'member', 31),
        person(4, 'visitor@school.example', 'viewer', 2),
        { ...person(5, 'neighbour@hillside.example', 'guest', 1), things: this.things.slice(0, 3).map(({ id: thing_id, name }, index) => ({ thing_id, name, right: index === 0 ? 'operate' : 'view' })) },
      ],
      invitations: [{ id: id(8, 1), email: 'new@hillside.example', role: 'member', things: [], created_at: iso(this.now - HOUR), expires_at: iso(this.now + 6.9 * 24 * HOUR) }],
      mails: false,
    }
  }

  /** @returns {import('../src/api/types').AccessGrant[]} */
  grants() {
    /** @param {number} number @param {string} email @param {number} hours @param {Partial<import('../src/api/types').AccessGrant>} more */
    const grant = (number, email, hours, more) => ({
      id: id(14, number), organisation_id: id(2, 1), operator: { user_id: id(1, 20 + (email.length % 3)), email }, scopes: ['things:read', 'history:read', 'devices:read'],
      minutes: 60, reason: 'The pump of greenhouse north does not answer since the storm', state: 'waiting', asked_at: iso(this.now - hours * HOUR), until: iso(this.now + (24 - hours) * HOUR), ...more,
    })
    const ada = { user_id: id(1, 1), email: 'ada@hillside.example' }
    return [
      grant(1, 'anna.of.the.very.long.name@hosting.example', 0.4, {}),
      grant(2, 'ben@hosting.example', 2, { state: 'live', until: iso(this.now + 0.7 * HOUR), granted_by: 'organisation', granted_at: iso(this.now - 0.3 * HOUR), decided_by: ada, reason: 'You asked us to look at the gap in the history of the weather mast' }),
      grant(3, 'anna.of.the.very.long.name@hosting.example', 60, { state: 'ended', until: iso(this.now - 58 * HOUR), granted_by: 'operator', granted_at: iso(this.now - 59 * HOUR), decided_by: ada, minutes: 240 }),
      grant(4, 'ben@hosting.example', 400, { state: 'expired', until: iso(this.now - 390 * HOUR), granted_by: 'break_glass', granted_at: iso(this.now - 394 * HOUR) }),
      grant(5, 'ben@hosting.example', 500, { state: 'refused', until: iso(this.now - 499 * HOUR), decided_by: ada }),
    ]
  }

  /** @returns {import('../src/api/types').HostOrders} */
  orders() {
    const anna = { by: { user_id: id(1, 21), email: 'anna.of.the.very.long.name@hosting.example' }, at: iso(this.now - 0.2 * HOUR) }
    return {
      guarded_since: iso(this.now - 900 * HOUR),
      has_sealed_codes: true,
      orders: [
        { id: id(15, 1), action: 'ca.destroy', object: 'generation:1', words: "Destroy the key of generation 1 of the devices' authority for good; devices that still come in by it: 12", state: 'waiting', asked_at: iso(this.now - 0.5 * HOUR), until: iso(this.now + 23.5 * HOUR), approvals: [anna], by_codes: false },
        { id: id(15, 2), action: 'host.add_operator', object: `user:${id(1, 5)}`, words: 'Make cleo@hosting.example an operator of this server', state: 'approved', asked_at: iso(this.now - HOUR), until: iso(this.now + 0.6 * HOUR), approvals: [anna, { by: { user_id: id(1, 1), email: 'ada@hillside.example' }, at: iso(this.now - 0.4 * HOUR) }], by_codes: false },
      ],
    }
  }

  /** @returns {Thing[]} */
  makeThings() {
    let count = 0
    /** @param {string} thingId @param {string} name @param {string} variable @param {Partial<Property>} more @param {string} [curve] @returns {Property} */
    const property = (thingId, name, variable, more, curve) => {
      count += 1
      const made = {
        id: id(5, count), thing_id: thingId, name, variable_name: variable, type: 'FLOAT', kind: /** @type {const} */ ('number'),
        permission: /** @type {const} */ ('read_only'), update_strategy: /** @type {const} */ ('timed'), update_parameter: 30, persist: true, ...more,
      }
      if (curve) {
        this.curveOf.set(made.id, curve)
        made.value = Number(curves[curve](this.now).toFixed(2))
        made.value_updated_at ??= iso(this.now)
        made.value_source = 'device'
      }
      return made
    }
    const celsius = { type: 'TEMPERATURE_C', unit: '°C', min: -20, max: 60 }
    const percent = { type: 'PERCENTAGE', unit: '%', min: 0, max: 100 }
    /** @param {string} type @param {Value} value @param {number} ago @param {Partial<Property>} [more] @returns {Partial<Property>} */
    const onChange = (type, value, ago, more = {}) => ({
      type, kind: 'boolean', update_strategy: 'on_change', update_parameter: 0, value, value_updated_at: iso(this.now - ago), value_source: 'device', ...more,
    })
    /** @param {number} index @param {string} name @param {number} deviceIndex @param {string} deviceName @param {(thingId: string) => Property[]} properties @param {Partial<Thing>} [more] @returns {Thing} */
    const thing = (index, name, deviceIndex, deviceName, properties, more = {}) => ({
      id: id(4, index), name, timezone: 'Europe/Rome', tags: { site: 'hillside' }, device_id: id(3, deviceIndex), device_name: deviceName,
      device_status: 'online', created_at: iso(this.now - 300 * DAY), properties: properties(id(4, index)), ...more,
    })
    return [
      thing(1, 'Greenhouse north', 1, 'gh-north-1', (t) => [
        property(t, 'Temperature', 'temperature', celsius, 'temperature'),
        property(t, 'Humidity', 'humidity', { ...percent, type: 'PERCENTAGE_RELATIVE_HUMIDITY' }, 'humidity'),
        property(t, 'Soil moisture', 'soil', { ...percent, refused: { count: 2, last_reason: 'The value is above the property’s maximum.', last_at: iso(this.now - 3 * HOUR) } }, 'soil'),
        property(t, 'Light', 'light', { type: 'LUX', unit: 'lx', min: 0, max: 120_000 }, 'light'),
        property(t, 'Pump', 'pump', onChange('STATUS', false, 23 * MINUTE, { permission: 'read_write' })),
        property(t, 'Roof vent', 'vent', { ...percent, permission: 'read_write', update_strategy: 'on_change', update_parameter: 1, persist: false, value: 28, value_updated_at: iso(this.now - 40_000), value_source: 'device' }),
        property(t, 'Grow lamp', 'lamp', { type: 'HOME_COLORED_LIGHT', kind: 'composite', permission: 'read_write', update_strategy: 'on_change', persist: false, value: { swi: true, hue: 35, sat: 40, bri: 60 }, value_updated_at: iso(this.now - 7 * HOUR), value_source: 'device' }),
        property(t, 'Position', 'position', { type: 'LOCATION', kind: 'composite', update_strategy: 'on_change', persist: false, value: { lat: 45.4642, lon: 9.19 }, value_updated_at: iso(this.now - 200 * DAY), value_source: 'user' }),
      ]),
      thing(2, 'Cold store', 2, 'cold-1', (t) => [
        property(t, 'Core', 'core', { ...celsius, min: -40 }, 'core'),
        property(t, 'Door', 'door', onChange('HOME_CONTACT_SENSOR', false, 70 * MINUTE)),
      ]),
      thing(3, 'Well pump house', 3, 'well-1', (t) => [
        property(t, 'Flow', 'flow', { unit: 'L/min', min: 0, max: 40 }, 'flow'),
        property(t, 'Pressure', 'pressure', { unit: 'bar', min: 0, max: 10 }, 'pressure'),
      ]),
      thing(4, 'Orchard weather', 4, 'orchard-weather', (t) => [
        property(t, 'Wind', 'wind', { type: 'METER_PER_SECOND', unit: 'm/s' }, 'wind'),
        property(t, 'Gust', 'gust', { type: 'METER_PER_SECOND', unit: 'm/s' }, 'gust'),
      ]),
      thing(5, 'Goat barn', 5, 'barn-2', (t) => [
        property(t, 'Temperature', 'temperature', { ...celsius, value_updated_at: iso(this.now - 18 * MINUTE) }, 'barn'),
        property(t, 'Ammonia', 'ammonia', { unit: 'ppm', type: 'INT', kind: 'integer', value_updated_at: iso(this.now - 18 * MINUTE) }, 'ammonia'),
        property(t, 'Fan', 'fan', onChange('STATUS', true, 18 * MINUTE, { permission: 'read_write' })),
      ], { device_status: 'offline' }),
      thing(6, 'Front gate', 6, 'gate-2', (t) => [
        property(t, 'Battery', 'battery', { ...percent, type: 'PERCENTAGE_BATTERY_LEVEL' }, 'battery'),
        property(t, 'Gate', 'gate', onChange('HOME_CONTACT_SENSOR', false, 2 * HOUR)),
      ]),
    ]
  }

  /** @returns {Device[]} */
  makeDevices() {
    const { now } = this
    /** @param {number} index @param {Partial<Device>} [more] */
    const certificate = (index, more = {}) => ({
      state: /** @type {const} */ ('active'), auth: /** @type {const} */ ('certificate'),
      certificate: {
        fingerprint: hex(index, 32), key_fingerprint: hex(index + 90, 32), serial: hex(index + 40, 16), generation: 4, profile: /** @type {const} */ ('board'),
        not_before: iso(now - 290 * DAY), not_after: iso(now + 31 * 365 * DAY), ledger_index: 1200 + index, revoked: false,
      },
      ...more,
    })
    const secret = { state: /** @type {const} */ ('active'), auth: /** @type {const} */ ('secret') }
    /** @param {number} index @param {string} name @param {Partial<Device>} more @returns {Device} */
    const device = (index, name, more) => {
      const thing = this.things.find((candidate) => candidate.device_id === id(3, index))
      return {
        id: id(3, index), name, type: 'unor4wifi', label: 'Arduino UNO R4 WiFi', fqbn: 'arduino:renesas_uno:unor4wifi', serial: hex(index + 7, 8), tags: { site: 'hillside' },
        ...(thing && { thing_id: thing.id, thing_name: thing.name }),
        status: 'online', created_at: iso(now - 290 * DAY), last_seen: iso(now - 2000), connected_at: iso(now - 26 * MINUTE),
        last_disconnect: { time: iso(now - 40 * MINUTE), reason: 'keep_alive', detail: 'The board went silent: nothing arrived for 45 s, so its keep-alive of 30 s ran out.' },
        remote: '192.168.20.41:51034', tls: '1.2', dialect: 'arduino', lib_version: '2.7.1', identity: certificate(index), ...more,
      }
    }
    return [
      device(1, 'gh-north-1', { remote: '192.168.20.12:49822' }),
      device(2, 'cold-1', { type: 'mkrwifi1010', label: 'Arduino MKR WiFi 1010', last_seen: iso(now - 4000) }),
      device(3, 'well-1', { type: 'opta', label: 'Arduino Opta', last_seen: iso(now - 1000) }),
      device(4, 'orchard-weather', {
        type: 'mkrwifi1010', label: 'Arduino MKR WiFi 1010', last_seen: iso(now - 31_000),
        identity: certificate(4, /** @type {any} */ ({ certificate: { ...certificate(4).certificate, profile: 'standard', not_before: iso(now - 38 * DAY), not_after: iso(now + 21.5 * DAY), generation: 3 } })),
        attention: {
          kind: 'certificate_ends', title: 'orchard-weather can’t renew its own certificate', device_id: id(3, 4), deadline: iso(now + 21.5 * DAY),
          remedy: 'Its sketch is too old to renew by itself. Plug the board in and enrol it again: about two minutes. Its history stays, and until then it works as before.',
        },
      }),
      device(5, 'barn-2', {
        type: 'nano_nora', label: 'Arduino Nano ESP32', status: 'offline', connected_at: undefined, last_seen: iso(now - 18 * MINUTE), identity: secret,
        last_disconnect: { time: iso(now - 18 * MINUTE), reason: 'keep_alive', detail: 'Nothing arrived for 45 s, so its keep-alive of 30 s ran out. It lost power or Wi-Fi.' },
      }),
      device(6, 'gate-2', { identity: secret, type: 'login_and_secretkey_wifi', label: 'ESP32', last_seen: iso(now - 2 * MINUTE), dialect: 'plain', tls: '1.3' }),
      device(7, 'meter-bridge', { identity: { ...secret, state: 'suspended', reason: 'Sends nonsense since the update', since: iso(now - 3 * DAY) }, status: 'offline', connected_at: undefined, last_seen: iso(now - 3 * DAY), last_disconnect: { time: iso(now - 3 * DAY), reason: 'revoked' } }),
      device(8, 'bench-uno', { status: 'never', identity: { state: 'active', auth: 'none' }, connected_at: undefined, last_seen: undefined, last_disconnect: undefined, remote: undefined, tls: undefined, dialect: undefined, lib_version: undefined, created_at: iso(now - 2 * HOUR) }),
    ]
  }

  /** @returns {import('../src/api/types.ts').ApiKey[]} */
  makeKeys() {
    const { now } = this
    const live = { state: 'live', use: 'program', networks: [], things: [], unused_end: iso(now + 80 * DAY) }
    return [
      { ...live, id: id(6, 1), name: 'nightly-export', client_id: hex(61, 16), scopes: ['things:read', 'history:read'], created_at: iso(now - 362 * DAY), expires_at: iso(now + 2.6 * DAY), last_used_at: iso(now - 6 * HOUR) },
      { ...live, id: id(6, 2), name: 'home-assistant', client_id: hex(62, 16), scopes: ['things:read', 'history:read', 'devices:read', 'values:write'], networks: ['192.168.20.0/24'], created_at: iso(now - 100 * DAY), expires_at: iso(now + 265 * DAY), last_used_at: iso(now - 9000) },
      { ...live, id: id(6, 3), name: 'workshop laptop', client_id: hex(63, 16), scopes: ['things:read', 'things:write', 'values:write', 'history:read', 'devices:read', 'devices:write', 'devices:enrol'], created_at: iso(now - 12 * DAY), expires_at: iso(now + 353 * DAY) },
      { ...live, id: id(6, 4), name: 'grafana', client_id: hex(64, 16), scopes: ['history:read'], things: this.things.slice(0, 2).map((thing) => thing.id), state: 'leaked', leaked_at: iso(now - 2 * DAY), created_at: iso(now - 40 * DAY), expires_at: iso(now + 325 * DAY), last_used_at: iso(now - 2 * DAY) },
      { ...live, id: id(6, 5), name: 'old-backup.env', client_id: hex(65, 16), scopes: [], use: 'honey', tripped_at: iso(now - 5 * HOUR), tripped_from: '203.0.113.9', created_at: iso(now - 60 * DAY), expires_at: iso(now + 305 * DAY) },
    ]
  }

  makeClaimCodes() {
    const { now } = this
    return [
      { id: id(7, 1), label: 'shed', uses: 1, most_uses: 1, approval: 'owner', created_at: iso(now - 2 * HOUR), expires_at: iso(now + 6 * DAY) },
      { id: id(7, 2), label: 'lot-7', uses: 37, most_uses: 200, approval: 'none', created_at: iso(now - 3 * DAY), expires_at: iso(now + 11 * DAY) },
      { id: id(7, 3), label: '', hardware_id: 'b827eb4410c2', uses: 0, most_uses: 1, approval: 'owner', created_at: iso(now - 9 * DAY), expires_at: iso(now - 2 * DAY) },
    ]
  }

  makeClaimCertificates() {
    const { now } = this
    return [
      {
        id: id(7, 9), label: 'factory', fingerprint: hex(79, 32), key_sha256: hex(80, 32), hardware_ids: 0, uses: 12, most_uses: 500,
        approval: 'none', created_at: iso(now - 4 * DAY), expires_at: iso(now + 26 * DAY),
      },
    ]
  }

  makeClaims() {
    const { now } = this
    return [
      {
        id: id(8, 1), claim_code_id: id(7, 1), by: 'code', label: 'shed', hardware_id: 'b827eb01', key_sha256: hex(81, 32), device_id: id(3, 99),
        state: 'waiting', address: '192.0.2.17', made_at: iso(now - 40_000), expires_at: iso(now + 6 * DAY),
      },
    ]
  }

  limits() {
    const { now } = this
    return {
      reached: [
        { limit: 'mqtt_queued_messages', device_id: this.devices[3].id, count: 1240, first_at: iso(now - DAY), last_at: iso(now - 9000) },
        { limit: 'organisation_connections', count: 1, first_at: iso(now - 2 * DAY), last_at: iso(now - 2 * DAY) },
      ],
    }
  }

  home() {
    const { now } = this
    /** @param {string} status */
    const count = (status) => this.devices.filter((device) => device.status === status).length
    const board = this.devices[3].attention
    return {
      attention: [
        ...(board ? [board] : []),
        { kind: 'api_key_ends', title: 'API key nightly-export ends in 3 days', remedy: 'It was used 6 hours ago. Make a new one with the same scopes, and revoke this one when its program has changed over.', deadline: iso(now + 2.6 * DAY), api_key_id: id(6, 1) },
      ],
      things: this.things,
      devices: { total: this.devices.length, online: count('online'), offline: count('offline'), never: count('never') },
      storage: { bytes: 3_100_000_000, used_bytes: 3_100_000_000, cap_bytes: 20_000_000_000, disk_full: false },
      events: [
        { time: iso(now - 18 * MINUTE), text: 'barn-2 went quiet: its keep-alive ran out', device_id: id(3, 5) },
        { time: iso(now - 23 * MINUTE), text: 'Pump in Greenhouse north turned off', thing_id: id(4, 1) },
        { time: iso(now - 2 * HOUR), text: 'bench-uno was added', device_id: id(3, 8) },
        { time: iso(now - 26 * HOUR), text: 'API key workshop laptop was made' },
        { time: iso(now - 3 * DAY), text: 'meter-bridge was suspended: sends nonsense since the update', device_id: id(3, 7) },
      ],
    }
  }

  /** @param {string} propertyId @param {number} from @param {number} to @param {string} interval */
  history(propertyId, from, to, interval) {
    const until = Math.min(to, this.now)
    const range = { from: iso(from), to: iso(to) }
    const curve = this.curveOf.get(propertyId)
    if (!curve) return { ...range, interval: 0, points: this.switchPoints(from, until) }
    const silent = this.things[4].properties.some((property) => property.id === propertyId)
    const last = silent ? this.now - 18 * MINUTE : until
    const span = to - from
    const step = interval === 'auto' || interval === 'raw' ? [30, 60, 300, 900, 3600, 21_600, 86_400].find((seconds) => span / (seconds * 1000) <= 400) ?? 86_400 : Number(interval)
    const points = []
    for (let time = Math.ceil(from / (step * 1000)) * step * 1000; time <= last; time += step * 1000) {
      if (curve !== 'core' && wasAway(time, this.now)) continue
      const value = curves[curve](time)
      const spread = step > 60 ? Math.abs(noise(time, 20)) * 0.05 * Math.abs(value) + 0.2 : 0
      points.push([time, Number(value.toFixed(3)), Number((value - spread).toFixed(3)), Number((value + spread).toFixed(3))])
    }
    return { ...range, interval: step, aggregation: 'AVG', points }
  }

  /** @param {number} from @param {number} until */
  switchPoints(from, until) {
    const points = []
    const period = 5.6 * HOUR
    for (let start = Math.ceil((from + 1.9 * HOUR) / period) * period - 1.9 * HOUR; start < until; start += period) {
      points.push([start, true], [Math.min(until, start + 12 * MINUTE), false])
    }
    return points
  }

  /** @param {Device} device */
  connections(device) {
    if (device.status === 'never') return []
    const { now } = this
    const list = [
      { from: now - 26 * MINUTE, to: undefined, reason: '' },
      { from: now - 8.3 * HOUR, to: now - 40 * MINUTE, reason: 'keep_alive' },
      { from: now - 17 * HOUR, to: now - 9 * HOUR, reason: 'keep_alive' },
      { from: now - 60 * HOUR, to: now - 17.003 * HOUR, reason: 'taken_over' },
      { from: now - 120 * HOUR, to: now - 60.01 * HOUR, reason: 'server_stopped' },
      { from: now - 300 * HOUR, to: now - 120.1 * HOUR, reason: 'connection_lost' },
      { from: now - 400 * HOUR, to: now - 301 * HOUR, reason: 'client_left' },
    ]
    const shown = device.status === 'online' ? list : [{ ...list[0], from: now - 26 * MINUTE, to: now - 18 * MINUTE, reason: 'keep_alive' }, ...list.slice(1)]
    return shown.map(({ from, to, reason }) => ({ connected_at: iso(from), remote: device.remote, tls: device.tls, ...(to && { ended: { time: iso(to), reason } }) }))
  }

  /** @param {Device} device */
  certificates(device) {
    const { certificate } = device.identity
    if (!certificate) return []
    const earlier = [1, 2].map((age) => ({ ...certificate, fingerprint: hex(age + 300, 32), ledger_index: certificate.ledger_index - age * 211, not_before: iso(this.now - (290 + age * 60) * DAY), not_after: iso(this.now - (290 + age * 60 - 60) * DAY) }))
    return [certificate, ...earlier]
  }

  checks() {
    const { now } = this
    const found = (kind, number, name) => ({ kind, id: kind === 'device' ? id(3, number) : hex(number, 16), name })
    const passed = (check, title) => ({ id: check, title, state: 'passed', count: 0, subjects: [], why: '', remedy: '' })
    return {
      checked_at: iso(now),
      checks: [
        passed('forged-certificate', 'Forged certificates'),
        {
          id: 'device-cloned', title: 'Identities in two places', state: 'failed', count: 1, since: iso(now - 38 * MINUTE), subjects: [found('device', 3, 'gh-south-2')],
          why: "Somebody with a copy of a device's key or secret can send values in its name and read what is sent to it.",
          remedy: 'If the device was not moved and has one connection only, revoke it and enrol it with a new key; its list of connections shows both addresses.',
        },
        {
          id: 'revoked-device-trying', title: 'Taken back, and still trying', state: 'failed', count: 23, since: iso(now - 3 * DAY),
          subjects: Array.from({ length: 20 }, (_, index) => found('device', index + 1, `orchard-${String(index + 1).padStart(2, '0')}`)),
          why: 'Either a device was not told that it is out, or somebody else holds what was taken back.',
          remedy: 'Enrol the device anew or switch it off; if it is neither lost nor forgotten, somebody else has its credentials.',
        },
        passed('device-key-shared', 'Keys that devices share'),
        passed('plaintext-listener', 'MQTT without TLS'),
        {
          id: 'root-key-on-disk', title: "The vault's key beside the data", state: 'attention', count: 1, subjects: [{ kind: 'server', id: 'vault.key', name: "The vault's root key" }],
          why: 'Whoever steals the disk can open everything on it.', remedy: 'Encrypt the disk, or set vault.key to passphrase and run fastness host vault migrate.',
        },
        passed('recovery-kit', 'The recovery kit'),
        passed('distrusted-generation-in-use', 'Boards of a signing key that was given up'),
        passed('device-certificate-expiring', 'Device certificates near their end'),
        passed('device-cannot-renew', 'Devices that cannot take a new certificate'),
        passed('device-certificate-old', 'Device certificates older than a year'),
        passed('device-secret-chosen', 'Secret keys that a person chose'),
        {
          id: 'api-key-broad', title: 'API keys that may change everything', state: 'attention', count: 1, since: iso(now - 12 * DAY), subjects: [found('api_key', 63, 'workshop laptop')],
          why: 'Whoever finds such a key has all devices and things of the organisation.', remedy: 'Make a key with the scopes that its program needs, and revoke this one.',
        },
        passed('api-key-long-lived', 'API keys for more than a year'),
        { ...passed('api-key-unused', 'API keys that nobody has used for 90 days'), state: 'unknown', why: 'A key that nobody misses is one whose theft nobody notices.', remedy: 'Revoke it.' },
      ],
    }
  }

  audit() {
    const { now } = this
    const you = `user:${id(1, 1)}`
    /** @type {[number, string, string, string, string][]} */
    const lines = [
      [4 * MINUTE, you, 'session.create', you, 'ok'],
      [23 * MINUTE, you, 'value.write', `thing:${id(4, 1)}`, 'ok'],
      [50 * MINUTE, 'anonymous', 'session.create', '', 'unauthenticated'],
      [2 * HOUR, you, 'device.create', `device:${id(3, 8)}`, 'ok'],
      [6 * HOUR, `api_key:${id(6, 1)}`, 'api_key.create', `api_key:${id(6, 1)}`, 'ok'],
      [26 * HOUR, you, 'api_key.create', `api_key:${id(6, 3)}`, 'ok'],
      [3 * DAY, you, 'device.suspend', `device:${id(3, 7)}`, 'ok'],
      [9 * DAY, you, 'property.create', `property:${id(5, 3)}`, 'ok'],
      [12 * DAY, 'host', 'setup.use', you, 'ok'],
    ]
    return {
      entries: lines.map(([ago, actor, action, object, result], index) => ({ seq: 48_102 - index, time: iso(now - ago), actor, action, object, result, ...(actor !== 'host' && { address: '192.168.20.7' }) })),
      checkpoint: { size: 48_102, root: hex(77, 32), signature: hex(78, 64), signed_at: iso(now - 3 * MINUTE) },
    }
  }

  /** A rotation a while after its new key took over. @returns {import('../src/api/types.ts').Authority} */
  authority() {
    const { now } = this
    /** @param {number} number @param {import('../src/api/types.ts').Generation['state']} state @param {number} age in days @param {number} devices @param {number} boards @param {Partial<import('../src/api/types.ts').Generation>} [more] */
    const generation = (number, state, age, devices, boards, more = {}) => ({
      number, state, devices, boards, stragglers: [], created_at: iso(now - age * DAY), signs_until: iso(now + (30 - age) * DAY), fingerprint: hex(200 + number, 32),
      certificate_pem: '-----BEGIN CERTIFICATE-----\nMIIBfixture\n-----END CERTIFICATE-----\n', ...more,
    })
    return {
      generations: [
        generation(1, 'destroyed', 120, 0, 0, { distrusted_at: iso(now - 92 * DAY) }),
        generation(2, 'distrusted', 92, 4, 4, { distrusted_at: iso(now - 60 * DAY), board_cut_off: iso(now + 30.5 * DAY), stragglers: [{ reason: 'by_hand', devices: 4 }] }),
        generation(3, 'retiring', 60, 29, 22, { stragglers: [{ reason: 'not_seen', devices: 7 }, { reason: 'by_hand', devices: 22 }] }),
        generation(4, 'retiring', 30, 83, 0, {
          stragglers: [{ reason: 'due', devices: 74 }, { reason: 'not_seen', devices: 7 }, { reason: 'suspended', devices: 1 }, { reason: 'quarantined', devices: 1 }],
        }),
        generation(5, 'issuing', 0.04, 196, 9, { signs_since: iso(now - 50 * MINUTE), signs_until: iso(now + 30 * DAY - 50 * MINUTE) }),
      ],
      devices: { with_certificate: 312, without_certificate: 3, renewed: 196 },
      stragglers: [
        { reason: 'due', devices: 74 },
        { reason: 'not_seen', devices: 14 },
        { reason: 'suspended', devices: 1 },
        { reason: 'quarantined', devices: 1 },
        { reason: 'by_hand', devices: 26 },
      ],
      estimated_end: iso(now + 23 * MINUTE),
      rotation: { number: 3, kind: 'routine', from: 4, to: 5, step: 'renewing', began_at: iso(now - 110 * MINUTE), issue_at: iso(now - 50 * MINUTE) },
    }
  }

  status() {
    return {
      level: 'no-newcomers', explanation: 'Nobody gets a new identity, key or secret. All others go on.', since: iso(Date.now() - 2 * HOUR),
      switched_off: [{ component: 'downloads', while_off: 'No account and no history is given out as a file.', off_since: iso(Date.now() - HOUR) }],
      statements: [
        {
          incident: 1, closed_at: iso(Date.now() - 20 * DAY), published_at: iso(Date.now() - 19 * DAY),
          text: 'A key for reading backups was in a log that a contractor could see.\n\nNobody used it, as the trail shows. The key was ended within the hour, and logs have none of it any more.',
        },
      ],
      before: [
        { level: 'devices-only', explanation: 'People and programs are out. Devices go on.', since: iso(Date.now() - 3 * HOUR) },
        { level: 'normal', explanation: 'Everything goes on.', since: iso(Date.now() - 90 * DAY) },
      ],
    }
  }

  trust() {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIBfixture\n-----END CERTIFICATE-----\n'
    return { active_root_pem: pem, standby_root_pem: pem, fingerprints: { active_root: hex(81, 32), standby_root: hex(82, 32) }, names: ['iot.lan', 'wss.iot.lan', 'mqtts-up.iot.lan'] }
  }

  /** Values as they are a moment later. @param {number} time */
  tick(time) {
    return this.things
      .filter((thing) => thing.device_status === 'online')
      .flatMap((thing) => thing.properties)
      .flatMap((property) => {
        const curve = this.curveOf.get(property.id)
        if (!curve) return []
        return [{ property_id: property.id, thing_id: property.thing_id, value: Number(curves[curve](time).toFixed(2)), time: iso(time), source: 'device' }]
      })
  }
}
