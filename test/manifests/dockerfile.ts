// What the Dockerfile says, as far as tests can hold it to something.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const readText = (path: string): string => readFileSync(resolve(root, path), 'utf8');

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** The instructions of each stage, without comments; lines that go on are not used. */
export const stages: readonly (readonly Instruction[])[] = readText('Dockerfile')
  .split(/^(?=FROM )/m)
  .map((stage) =>
    stage
      .split('\n')
      .filter((line) => /^[A-Z]+ /.test(line))
      .map((line) => ({ name: line.slice(0, line.indexOf(' ')), value: line.slice(line.indexOf(' ') + 1) })),
  )
  .filter((stage) => stage.some(({ name }) => name === 'FROM'));

export const valuesOf = (stage: readonly Instruction[], name: string): readonly string[] =>
  stage.filter((one) => one.name === name).map(({ value }) => value);

/** An instruction in its exec form: a JSON array, which no shell comes between; throws for the shell form. */
export const execForm = (stage: readonly Instruction[], name: string): readonly string[] => {
  const value = valuesOf(stage, name).at(-1) ?? '';
  return JSON.parse(value.slice(value.indexOf('['))) as readonly string[];
};
