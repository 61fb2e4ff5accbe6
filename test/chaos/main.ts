// `npm run chaos`: random schedules against the whole controller. `-- --schedules N` for more of them, `--from N` to begin
// at another seed, `--seed N` for one, with all that happens in it.

import { parseArgs } from 'node:util';
import { firstSeed } from './seeds.ts';
import { render, trySeed } from './schedule.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string', default: '300' },
    from: { type: 'string', default: String(firstSeed) },
  },
});

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.schedules) : 1;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const beganMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const found = await trySeed(seed);
  if (found !== undefined) {
    failed += 1;
    say(render(seed, found));
    if (failed >= 3) break;
  }
  const done = seed - first + 1;
  if (done % 50 === 0)
    say(`${done} schedules, ${failed} failed, ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`);
}
say(failed === 0 ? `all of ${count} schedules kept every invariant` : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
