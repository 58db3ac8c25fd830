// Looks for values that were planted in whatever a server wrote.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { files } from './files.mjs';

/** Every spelling in which a value could lie in a file. */
export function spellings(text) {
  const utf8 = Buffer.from(text);
  // Base64 depends on where in a group of three the text begins, so its middle is searched for.
  const base64 = [0, 1, 2].flatMap((shift) => {
    const middle = Buffer.concat([Buffer.alloc(shift), utf8]).toString('base64').slice(shift ? 4 : 0, -4);
    return [[`base64+${shift}`, middle], [`base64url+${shift}`, middle.replaceAll('+', '-').replaceAll('/', '_')]];
  });
  return {
    plain: utf8,
    hex: Buffer.from(utf8.toString('hex')),
    HEX: Buffer.from(utf8.toString('hex').toUpperCase()),
    utf16: Buffer.from(text, 'utf16le'),
    utf16be: Buffer.from(text, 'utf16le').swap16(),
    ...Object.fromEntries(base64.map(([name, spelled]) => [name, Buffer.from(spelled)])),
  };
}

/** Fails if one of `planted` (what: value) is in a regular file below a directory. Returns how many bytes were searched. */
export function assertNowhere(directory, planted, when = '') {
  const sought = Object.entries(planted).flatMap(([what, value]) => Object.entries(spellings(value)).map(([how, bytes]) => [what, how, bytes]));
  let searched = 0;
  for (const file of files(directory)) {
    const content = fs.readFileSync(file);
    searched += content.length;
    assert.ok(!content.subarray(0, 16).equals(Buffer.from('SQLite format 3\0')), `${file} is a plain database`);
    for (const [what, how, bytes] of sought) {
      assert.ok(!content.includes(bytes), `${what} is in ${path.relative(directory, file)} (${how}) ${when}`);
    }
  }
  return searched;
}
