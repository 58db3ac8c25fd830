// The pages that are looked at, by name.
import { id } from '../test/fixture.mjs'

export const pages = {
  home: { path: '/', ready: '.tile .spark path' },
  things: { path: '/things', ready: '.tile .spark path' },
  thing: { path: `/things/${id(4, 1)}`, ready: '.plot canvas' },
  'thing-offline': { path: `/things/${id(4, 5)}`, ready: '.plot canvas' },
  'thing-two': { path: `/things/${id(4, 4)}`, ready: '.plot canvas' },
  devices: { path: '/devices', ready: 'tbody [data-row]' },
  device: { path: `/devices/${id(3, 4)}`, ready: '.up i' },
  'device-new': { path: `/devices/${id(3, 8)}`, ready: '.idcard' },
  'add-device': { path: '/devices?add', ready: 'dialog' },
  authority: { path: '/authority', ready: '.wall .set' },
  claims: { path: '/claims', ready: 'tbody [data-row]' },
  'make-codes': { path: '/claims?add', ready: 'dialog' },
  keys: { path: '/keys', ready: 'tbody [data-row]' },
  'add-key': { path: '/keys?add', ready: 'dialog' },
  audit: { path: '/audit', ready: 'tbody [data-row]' },
  checks: { path: '/check-up', ready: '.needs li' },
  settings: { path: '/settings' },
  trust: { path: '/trust' },
  'trust-signed-out': { path: '/trust', signedIn: false },
  guard: { path: '/guard' },
  more: { path: '/more' },
  'not-found': { path: '/nowhere' },
  'sign-in': { path: '/sign-in', signedIn: false },
  setup: { path: '/setup#good', signedIn: false },
}
