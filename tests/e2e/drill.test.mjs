// The drill of a stolen authority key, and that it leaves nothing behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Person } from './support/cli.mjs';

test('the drill of a stolen authority passes, and says what it saw', async (t) => {
  const person = new Person(t);
  person.env.TMPDIR = person.home;

  const { status, stdout, stderr } = await person.run(['drill', 'ca-compromise', '--boards', '5']);

  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /A thief has the authority's key[^]*refused: the signature is right/);
  assert.match(stdout, /The owner is told[^]*never issued here/);
  assert.match(stdout, /no connection lost, no board touched/);
  assert.match(stdout, /Passed in \d+\.\d s/);
  assert.doesNotMatch(stdout, / NO /);
  assert.deepEqual(fs.readdirSync(person.home).filter((name) => name.startsWith('fastness-drill')), []);
});

test('as a document it has every step', async (t) => {
  const person = new Person(t);
  person.env.TMPDIR = person.home;
  const report = await person.json('drill', 'ca-compromise', '--boards', '1');
  assert.equal(report.passed, true);
  assert.equal(report.steps.length, 8);
  assert.ok(report.steps.every((step) => step.held && step.detail && step.seconds >= 0));
  assert.ok(report.seconds < 60);
});

test('without a place for its instance it says so, and how many boards there may be', async (t) => {
  const person = new Person(t);
  person.env.TMPDIR = '/proc';
  const nowhere = await person.run(['drill', 'ca-compromise']);
  assert.notEqual(nowhere.status, 0);
  assert.match(nowhere.stderr, /cannot make a directory/);
  assert.equal((await person.run(['drill', 'ca-compromise', '--boards', '0'])).status, 2);
});
