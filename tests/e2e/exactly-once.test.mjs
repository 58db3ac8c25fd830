// QoS 2 from one end to the other, by clients that keep their half of the state: whatever dies in the middle of an
// exchange, each message arrives once, in order.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import mqtt from 'mqtt';
import { client } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { random } from './support/random.mjs';
import { Relay } from './support/relay.mjs';
import { waitFor } from './support/wait.mjs';

const kills = Number(process.env.FASTNESS_KILLS ?? 8);
const cuts = 24;
const seed = Number(process.env.FASTNESS_SEED ?? Date.now() % 1_000_000);
const window = 32; // messages that the publisher has under way
const ahead = 512; // messages that it may be ahead of the subscriber, whose queue has room for more
const topic = 'exactly/once';

// Every packet of an exchange, as each client sees it go or come: what happens then happens in the middle of it.
const publisherMoments = [['packetsend', 'publish'], ['packetreceive', 'pubrec'], ['packetsend', 'pubrel'], ['packetreceive', 'pubcomp']];
const subscriberMoments = [['packetreceive', 'publish'], ['packetsend', 'pubrec'], ['packetreceive', 'pubrel'], ['packetsend', 'pubcomp']];

/** Calls `act` as soon as such a packet goes or comes, or so many milliseconds later, when what it led to is on its way. */
function at(session, [event, packet], delay, act) {
  return new Promise((resolve) => {
    const listener = ({ cmd }) => {
      if (cmd !== packet) return;
      session.off(event, listener);
      if (delay === 0) resolve(act());
      else setTimeout(() => resolve(act()), delay);
    };
    session.on(event, listener);
  });
}
const delay = (next) => (next() < 0.5 ? 0 : next() * 5);

/** Connects for good: the session outlives its connections on both sides, and comes back by itself. */
async function connect(t, instance, relay, board, options) {
  const session = mqtt.connect({
    host: 'localhost',
    port: relay.port,
    protocol: 'mqtts',
    ca: instance.anchors,
    key: fs.readFileSync(board.key),
    cert: fs.readFileSync(board.certificate),
    clientId: board.id,
    clean: false,
    resubscribe: false,
    incomingStore: new mqtt.Store({ clean: false }),
    outgoingStore: new mqtt.Store({ clean: false }),
    reconnectPeriod: 50,
    ...options,
  });
  t.after(() => session.end(true));
  session.on('error', () => {}); // nobody there, for a moment
  session.sessions = 0; // of which the server remembered
  session.on('packetreceive', ({ cmd, sessionPresent }) => {
    if (cmd === 'connack' && sessionPresent) ++session.sessions;
  });
  // What waited from before is through when `connect` comes, and not before.
  session.on('connect', () => (session.isReady = true));
  session.on('close', () => (session.isReady = false));
  await waitFor('CONNACK', () => session.isReady);
  return session;
}

/** Publishes 1, 2, 3, … whenever it is connected, `window` of them at a time, until `stop`. */
function publish(session, subscriber, received) {
  const state = { sent: 0, acknowledged: 0, stopped: false, failures: [] };
  const may = () => session.isReady && state.sent - state.acknowledged < window && state.sent - received.length < ahead;
  const more = () => {
    while (!state.stopped && may()) {
      session.publish(topic, String(++state.sent), { qos: 2 }, (error) => {
        if (error) state.failures.push(error.message);
        ++state.acknowledged;
        more();
      });
    }
  };
  session.on('connect', more);
  subscriber.on('message', more);
  more();
  state.stop = async () => {
    state.stopped = true;
    await waitFor('every acknowledgement', () => state.acknowledged === state.sent, { seconds: 30 });
  };
  return state;
}

/** An instance, a publisher and a subscriber whose messages flow. */
async function flow(t) {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const [speaker, listener] = [await enrol(instance, api, { name: 'speaker' }), await enrol(instance, api, { name: 'listener' })];
  const [here, there] = [await Relay.start(t, instance, 'mqtts'), await Relay.start(t, instance, 'mqtts_certificate')];
  const subscriber = await connect(t, instance, there, listener, { protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } });
  const received = [];
  subscriber.on('message', (_, payload) => received.push(Number(payload)));
  await subscriber.subscribeAsync('exactly/#', { qos: 2 });
  const publisher = await connect(t, instance, here, speaker, { protocolVersion: 4 });
  return { instance, here, there, publisher, subscriber, received, sending: publish(publisher, subscriber, received) };
}

/** Lets what is under way come to its end, and compares the ends. */
async function check({ sending, received }) {
  await sending.stop();
  await waitFor('the last message', () => received.length >= sending.sent, { seconds: 30 }).catch(() => {});
  await pause(200); // for what should not come
  assert.deepEqual(sending.failures, []);
  const wrong = received.findIndex((value, index) => value !== index + 1);
  assert.equal(wrong, -1, `after ${wrong} came ${received[wrong]}, not ${wrong + 1} (seed ${seed})`);
  assert.equal(received.length, sending.sent, `of ${sending.sent} acknowledged messages (seed ${seed})`);
}

/** Waits until both are back and messages flow again. */
async function flowing({ publisher, subscriber, received }) {
  await waitFor('both clients', () => publisher.isReady && subscriber.isReady, { seconds: 30 });
  const before = received.length;
  await waitFor('a message', () => received.length > before, { seconds: 30 });
}

test(`${kills} kills of the hub: each message arrives once, in order (seed ${seed})`, { timeout: kills * 15_000 + 60_000 }, async (t) => {
  const next = random(seed);
  const parts = await flow(t);
  const { instance, publisher, subscriber, sending } = parts;
  const moments = [...publisherMoments.map((moment) => [publisher, moment]), ...subscriberMoments.map((moment) => [subscriber, moment])];
  let interrupted = 0;
  for (let round = 0; round < kills; ++round) {
    await flowing(parts);
    await pause(next() * 200);
    const [session, moment] = moments[round % moments.length];
    await at(session, moment, delay(next), () => {
      interrupted += sending.sent - sending.acknowledged;
      return instance.kill();
    });
    await instance.start();
  }
  await flowing(parts);
  await check(parts);
  assert.ok(interrupted >= kills, `only ${interrupted} messages were under way when the hub died: no load`);
  assert.ok(sending.sent > kills * window, `only ${sending.sent} messages were sent: no load`);
  assert.ok(publisher.sessions >= kills && subscriber.sessions >= kills, 'the server had forgotten a session');
  t.diagnostic(`${sending.sent} messages over ${kills} kills, ${interrupted} of them under way at one`);
});

test(`${cuts} cut connections: each message arrives once, in order (seed ${seed})`, { timeout: 120_000 }, async (t) => {
  const next = random(seed + 1);
  const parts = await flow(t);
  const { here, there, publisher, subscriber, sending } = parts;
  const moments = [...publisherMoments.map((moment) => [publisher, here, moment]), ...subscriberMoments.map((moment) => [subscriber, there, moment])];
  for (let round = 0; round < cuts; ++round) {
    await flowing(parts);
    await pause(next() * 20);
    const [session, relay, moment] = moments[round % moments.length];
    await at(session, moment, delay(next), () => relay.cut());
    await waitFor('the cut to be felt', () => !session.isReady);
  }
  await flowing(parts);
  await check(parts);
  assert.ok(publisher.sessions >= cuts / 2 && subscriber.sessions >= cuts / 2, 'the server had forgotten a session');
  t.diagnostic(`${sending.sent} messages over ${cuts} cuts`);
});
