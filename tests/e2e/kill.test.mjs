// Pulling the plug: no acknowledged message is lost, nothing is corrupted, and it is back in seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { random } from './support/random.mjs';

const kills = Number(process.env.FASTNESS_KILLS ?? 20);
const seed = Number(process.env.FASTNESS_SEED ?? Date.now() % 1_000_000);
const perRound = 900; // what one raw query returns whole

/** Publishes counted values until the connection dies; records which ones were acknowledged. */
async function publishUntilKilled(session, topic, first, acknowledged) {
  let sent = 0;
  const lane = async () => {
    while (sent < perRound && session.connected) {
      const value = first + sent++;
      try {
        await session.publishAsync(topic, senml({ counter: value }), { qos: 1 });
      } catch {
        return;
      }
      acknowledged.push(value);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

test(`${kills} kills under load lose nothing that was acknowledged (seed ${seed})`, { timeout: kills * 15_000 + 60_000 }, async (t) => {
  const next = random(seed);
  const instance = await Instance.start(t);
  const key = await instance.init();
  let api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  const counter = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'counter', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE',
  });

  let first = 1;
  let slowest = 0;
  let total = 0;
  for (let round = 0; round < kills; ++round) {
    const from = new Date(Date.now() - 1000);
    const session = await connect(instance, board);
    session.on('error', () => {});
    const acknowledged = [];
    const done = publishUntilKilled(session, `/a/t/${thing.id}/e/o`, first, acknowledged);
    await pause(20 + next() * 500);
    await instance.kill();
    session.end(true);
    await Promise.race([done, pause(500)]);

    const begun = performance.now();
    await instance.start();
    slowest = Math.max(slowest, performance.now() - begun);
    api = await client(instance, key);
    const { responses } = await api('POST', '/iot/v2/series/batch_query_raw', {
      resp_version: 1,
      requests: [{ q: `property.${counter.id}`, from, to: new Date(Date.now() + 60_000), sort: 'DESC', series_limit: 1000 }],
    });
    const kept = new Set(responses[0].values);
    const lost = acknowledged.filter((value) => !kept.has(value));
    assert.deepEqual(lost, [], `round ${round}: lost ${lost.length} of ${acknowledged.length} acknowledged (seed ${seed})`);
    assert.equal(kept.size, responses[0].values.length, `round ${round}: a reading is there twice`);
    total += acknowledged.length;
    first += perRound;
  }
  assert.ok(total > kills * 10, `only ${total} messages were acknowledged: no load`);
  assert.ok(slowest < 5000, `the slowest restart took ${Math.round(slowest)} ms`);
  t.diagnostic(`${total} acknowledged messages over ${kills} kills; slowest restart ${Math.round(slowest)} ms`);
});
