// What may be unpacked, and what is refused before it is.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPack, type PackLimits } from '../../../src/policy/git/check-pack.ts';
import { describeWithGit, gitRepository } from './git-repository.ts';
import { entryBytes, type PackEntry, packOf, sizeBytes } from './pack-writer.ts';

const limits: PackLimits = { objects: 5, objectBytes: 1_000, unpackedBytes: 2_500 };

const blob = (bytes: number): PackEntry => ({ type: 3, content: new Uint8Array(bytes) });
/** A delta whose result has so many bytes. */
const delta = (resultBytes: number, base: Uint8Array): PackEntry => ({
  type: 6,
  base,
  content: Uint8Array.from([...sizeBytes(10), ...sizeBytes(resultBytes), 0x90, 10]),
});
const distanceTo = (entry: PackEntry): Uint8Array => Uint8Array.of(entryBytes(entry).byteLength);
const broken = (what: string) => ({ kind: 'broken', what: `the download is broken (${what})` });
const tooLarge = (what: string) => ({ kind: 'tooLarge', what: `it holds ${what}` });

interface Case {
  readonly title: string;
  readonly pack: Uint8Array;
  readonly expected: object | undefined;
}

const ten = blob(10);

const cases: readonly Case[] = [
  { title: 'a few small files', pack: packOf([blob(0), blob(1), blob(1_000)]), expected: undefined },
  { title: 'nothing', pack: packOf([]), expected: undefined },
  { title: 'a delta', pack: packOf([ten, delta(10, distanceTo(ten))]), expected: undefined },
  {
    title: 'a delta by id',
    pack: packOf([{ ...delta(10, new Uint8Array(20)), type: 7 }]),
    expected: undefined,
  },
  {
    title: 'more objects than are allowed',
    pack: packOf([blob(1)], { count: 6 }),
    expected: tooLarge('more than 5 files and folders'),
  },
  {
    title: 'an object that says it is too large',
    pack: packOf([blob(1_001)]),
    expected: tooLarge('a file of more than 1,000 bytes'),
  },
  {
    title: 'an object that says it is small, and is not',
    pack: packOf([{ ...blob(100_000_000), size: 10 }]),
    expected: broken('an object that cannot be unpacked'),
  },
  {
    title: 'an object that is smaller than it says',
    pack: packOf([{ ...blob(9), size: 10 }]),
    expected: broken('an object that cannot be unpacked'),
  },
  {
    title: 'objects that are too much together',
    pack: packOf([blob(900), blob(900), blob(900)]),
    expected: tooLarge('more than 2,500 bytes, unpacked'),
  },
  {
    title: 'a small delta that makes something large',
    pack: packOf([ten, delta(1_001, distanceTo(ten))]),
    expected: tooLarge('a file of more than 1,000 bytes'),
  },
  {
    title: 'small deltas that make too much together',
    pack: packOf([blob(1_000), blob(1_000), ten, delta(1_000, distanceTo(ten))]),
    expected: tooLarge('more than 2,500 bytes, unpacked'),
  },
  {
    title: 'a delta that is its own base',
    pack: packOf([ten, delta(10, Uint8Array.of(0))]),
    expected: broken('a delta without a base'),
  },
  {
    title: 'a delta whose base is before the beginning',
    pack: packOf([ten, delta(10, Uint8Array.of(0x80, 0x7f))]),
    expected: broken('a delta without a base'),
  },
  {
    title: 'a delta that does not say how large it becomes',
    pack: packOf([ten, { type: 6, base: distanceTo(ten), content: Uint8Array.of(0x80) }]),
    expected: broken('a delta without a size'),
  },
  {
    title: 'a size without end',
    pack: packOf([], { count: 1, after: new Uint8Array(40).fill(0xff) }),
    expected: broken('an object without a size'),
  },
  {
    title: 'data that is not compressed',
    pack: packOf([], { count: 1, after: Uint8Array.of(0x3a, 1, 2, 3, 4, 5, 6, 7) }),
    expected: broken('an object that cannot be unpacked'),
  },
  {
    title: 'fewer objects than it says',
    pack: packOf([ten], { count: 2 }),
    expected: broken('an object without a size'),
  },
  {
    title: 'something behind the last object',
    pack: packOf([ten], { after: Uint8Array.of(1) }),
    expected: broken('something behind the last object'),
  },
  {
    title: 'a wrong checksum',
    pack: Buffer.concat([packOf([ten]).subarray(0, -1), Uint8Array.of(0)]),
    expected: broken('its checksum is wrong'),
  },
  { title: 'no pack', pack: new Uint8Array(10), expected: broken('too short') },
];

describe('a pack', () => {
  test.for(cases)('$title', async ({ pack, expected }) => {
    expect(await checkPack(pack, limits)).toEqual(expected);
  });

  test('that lost or changed any part is broken', async () => {
    const pack = packOf([ten, blob(100), delta(10, Uint8Array.of(1))]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(pack.byteLength - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, change, isCut) => {
          const other = Buffer.from(isCut ? pack.subarray(0, at) : pack);
          if (!isCut) other.writeUInt8(other.readUInt8(at) ^ change, at);
          expect(await checkPack(other, limits)).toMatchObject({ kind: 'broken' });
        },
      ),
    );
  });

  test('with any content never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(20), async (after, count) => {
        const fault = await checkPack(packOf([], { count, after }), limits);
        expect(['broken', 'tooLarge', undefined]).toContain(fault?.kind);
      }),
    );
  });
});

describeWithGit('a pack that git wrote', () => {
  test('deltas and all, is measured to the byte', async () => {
    const repository = gitRepository();
    try {
      const lines = Array.from({ length: 300 }, (_, n) => `line ${(n * 7_919) % 10_007}`);
      const texts = [0, 100, 200].map((at) => lines.with(at, 'another').join('\n'));
      const id = repository.commit(Object.fromEntries(texts.map((text, n) => [`${n}.txt`, text])));
      const objects = repository.git('rev-list', '--objects', id).split('\n');
      const bytes = objects
        .map((line) => Number(repository.git('cat-file', '-s', line.slice(0, 40))))
        .reduce((sum, one) => sum + one, 0);
      const pack = repository.pack(objects);
      const check = (unpackedBytes: number) =>
        checkPack(pack, { objects: objects.length, objectBytes: 10_000, unpackedBytes });

      expect(pack.byteLength).toBeLessThan(texts.join('').length / 2);
      expect(await check(bytes)).toBeUndefined();
      expect(await check(bytes - 1)).toMatchObject({ kind: 'tooLarge' });
    } finally {
      repository.remove();
    }
  });
});
