// Every rule about the content of files, as a file that breaks it. A new case needs no code.

import { describe, expect, test } from 'vitest';
import type { CaseFile } from './case-file.ts';
import { caseFiles, inOneLine, surroundings } from './case-file.ts';
import { loadPolicies } from '../../src/policy/load-policies.ts';
import { rules } from '../../src/policy/rules.ts';

const load = ({ file, alone, content }: CaseFile) =>
  loadPolicies([{ path: file, content }, ...(alone ? [] : surroundings)], { baseDirectory: '/policies' });

/** Rules about files as such, which robustness.test.ts and the tests of collecting and reading hold. */
const rulesOfFiles = [
  'missingPath',
  'unreadableFile',
  'notAFile',
  'linkLoop',
  'linkOutside',
  'submodule',
  'noPolicyFiles',
  'tooManyFiles',
  'fileTooLarge',
  'notUtf8',
  'nestedTooDeep',
  'missingConfig',
  'tooManyProblems',
];

describe('cases', () => {
  for (const one of caseFiles) {
    test(`${one.file}: ${one.title}`, () => {
      const set = load(one);

      expect(set.problems.map(inOneLine)).toEqual(one.expected);
      const spoils = one.expected.some((line) => / error: /.test(line) && !line.endsWith('[roleNameClash]'));
      expect(set.complete).toBe(!spoils);
    });
  }

  test('every rule has a case', () => {
    const shown = new Set(
      caseFiles.flatMap(({ expected }) => expected.map((line) => /\[(\w+)\]$/.exec(line)?.[1])),
    );

    expect(Object.keys(rules).filter((rule) => !shown.has(rule) && !rulesOfFiles.includes(rule))).toEqual([]);
  });
});
