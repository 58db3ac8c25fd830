import fs from 'node:fs';
import path from 'node:path';

/** Every regular file below a directory; links are not followed. */
export function* files(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* files(name);
    else if (entry.isFile()) yield name;
  }
}
