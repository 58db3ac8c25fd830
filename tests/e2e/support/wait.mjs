import { setTimeout as pause } from 'node:timers/promises';

/** Polls `probe` until it returns something true, which it returns. Fails after `seconds`. */
export async function waitFor(what, probe, { seconds = 30 } = {}) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(20);
  }
}
