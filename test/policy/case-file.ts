// A case is a YAML file that says in its first comments what must be found in it:
//
//   # The sentence that names the case.
//   # alone                                    (optional: without the accounts and federations of fixtures/valid)
//   # expect case.yaml:12:5: error: spec.mode: "enforced" is not allowed; … [notAllowedValue]

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../../src/domain/policy.ts';
import type { SourceFile } from '../../src/policy/decode-file.ts';

export interface CaseFile {
  readonly file: string;
  readonly title: string;
  readonly alone: boolean;
  readonly expected: readonly string[];
  readonly content: Uint8Array;
}

const folderOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const filesIn = (folder: string): readonly SourceFile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ path: name, content: readFileSync(`${folder}/${name}`) }));

/** Valid files of every kind, named without a folder. */
export const validFiles = filesIn(folderOf('fixtures/valid'));

/** The accounts and federations that the cases refer to. */
export const surroundings = validFiles.filter(({ path }) => /^(accounts|federations)/.test(path));

const readCase = ({ path, content }: SourceFile): CaseFile => {
  const comments = new TextDecoder()
    .decode(content)
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2));
  return {
    file: path,
    title: comments[0] ?? path,
    alone: comments.includes('alone'),
    expected: comments
      .filter((line) => line.startsWith('expect '))
      .map((line) => line.replace('expect ', '').replaceAll('case.yaml', path)),
    content,
  };
};

export const caseFiles = filesIn(folderOf('cases')).map(readCase);

/** One problem in one line, as the cases write it. */
export const inOneLine = ({ severity, rule, file, line, column, path, message }: Problem): string =>
  `${file}:${line}:${column}: ${severity}: ${path === '' ? '' : `${path}: `}${message} [${rule}]`;
