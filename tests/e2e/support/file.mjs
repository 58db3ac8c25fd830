import { after } from 'node:test';

/** Stands in for a test where something is shared by all tests of a file: it ends when the last of them has. */
export function wholeFile() {
  const endings = [];
  after(async () => {
    for (const end of endings.reverse()) await end();
  });
  return { after: (end) => endings.push(end) };
}
