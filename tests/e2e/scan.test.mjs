// Secrets of ours in files: found without a server, kept out of commits by git's hook, and ended at the server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { Person } from './support/cli.mjs';
import { bin, Instance } from './support/instance.mjs';

/** A repository of `person`, in their home directory. */
function repository(person) {
  const env = { ...person.env, PATH: `${bin}:${process.env.PATH}`, GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.c' };
  const git = (...args) => execFileSync('git', args, { cwd: person.home, env, stdio: 'pipe' }).toString();
  git('init', '--quiet');
  return git;
}

test('a key in a file is found, kept out of a commit, and ended where it is good', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const person = new Person(t);
  const git = repository(person);

  const clean = await person.run(['scan', '.']);
  assert.deepEqual([clean.status, clean.stdout, clean.stderr], [0, '', '']);
  assert.match(await person.ok('scan', '--install-hook'), /hooks\/pre-commit/);
  assert.ok(fs.statSync(person.file('.git/hooks/pre-commit')).mode & 0o100);
  const again = await person.run(['scan', '--install-hook']);
  assert.equal(again.status, 5);
  assert.match(again.stderr, /stays as it is/);

  person.file('readme', 'nothing\n');
  git('add', 'readme');
  git('commit', '--quiet', '-m', 'clean');
  fs.mkdirSync(path.join(person.home, 'a folder'));
  const leak = person.file('a folder/config.py', `# settings\nSECRET = "${key.client_secret}"\n`);
  git('add', '.');
  fs.writeFileSync(leak, 'not what is staged\n');
  assert.throws(() => git('commit', '--quiet', '-m', 'leak'), (error) => {
    const said = error.stdout + error.stderr;
    assert.match(said, /a folder\/config\.py:2: API key fastnessk1....\.\.\./);
    assert.ok(!said.includes(key.client_secret));
    return true;
  });

  fs.writeFileSync(leak, `SECRET = "${key.client_secret}"\n`);
  const nowhere = await person.run(['scan', '--report', '.']);
  assert.equal(nowhere.status, 4, 'nobody has said where');
  await api('GET', '/api/v1/devices');
  await person.logIn(instance, key);
  const reported = await person.run(['scan', '--report', 'a folder', '-o', 'json']);
  assert.equal(reported.status, 1);
  assert.deepEqual(JSON.parse(reported.stdout).map((each) => [each.line, each.kind]), [[1, 'API key']]);
  await assert.rejects(api('GET', '/api/v1/devices'), /401/);
});
