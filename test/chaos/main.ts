// `npm run chaos`: random schedules against the whole controller, until one fails. `-- --schedules N` for more of them,
// `--from N` to begin at another seed, `--all` to go on after a failure, `--seed N` for a single one.

import { parseArgs } from 'node:util';
import { firstSeed } from './seeds.ts';
import { render, trySeed } from './schedule.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string', default: '300' },
    all: { type: 'boolean', default: false },
    from: { type: 'string', default: String(firstSeed) },
  },
});

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.schedules) : 1;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const beganMs = performance.now();
const failed: number[] = [];
for (let seed = first; seed < first + count; seed += 1) {
  const found = await trySeed(seed);
  if (found !== undefined) {
    failed.push(seed);
    say(render(seed, found));
  }
  const done = seed - first + 1;
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
  const isEnd = done === count || (failed.length > 0 && !values.all);
  if (done % 50 === 0 || isEnd)
    say(`${done} schedules from seed ${first} on, ${failed.length} failed, ${seconds} s`);
  if (isEnd) break;
}
process.exit(failed.length === 0 ? 0 : 1);
