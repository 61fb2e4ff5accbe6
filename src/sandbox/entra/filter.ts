// The part of OData's `$filter` that the sandbox understands: comparisons joined by `and` or by `or`.

import { badRequest } from './graph-exchange.ts';
import type { Entity } from './properties.ts';

type Test = (entity: Entity) => boolean;

const literal = (text: string): unknown => {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return text.slice(1, -1).replaceAll("''", "'");
};

/** Graph compares strings without regard to case. */
const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

const value = String.raw`('(?:[^']|'')*'|true|false|null)`;
const comparison = new RegExp(String.raw`^\s*(\w+)\s+(eq|ne)\s+${value}\s*`);
const call = new RegExp(String.raw`^\s*(startswith|endswith)\(\s*(\w+)\s*,\s*${value}\s*\)\s*`, 'i');
const conjunction = /^(and|or)\s+/;

const parseTest = (text: string): { readonly test: Test; readonly rest: string } => {
  const compared = comparison.exec(text);
  if (compared !== null) {
    const [all, name = '', operator, right = ''] = compared;
    const wanted = fold(literal(right));
    const test: Test = (entity) => (fold(entity[name]) === wanted) === (operator === 'eq');
    return { test, rest: text.slice(all.length) };
  }
  const called = call.exec(text);
  if (called === null) throw badRequest(`Invalid filter clause: near '${text}'.`);
  const [all, verb = '', name = '', right = ''] = called;
  const wanted = literal(right);
  const test: Test = (entity) => {
    const subject = fold(entity[name]);
    if (typeof subject !== 'string' || typeof wanted !== 'string') return false;
    return verb.toLowerCase() === 'startswith'
      ? subject.startsWith(wanted.toLowerCase())
      : subject.endsWith(wanted.toLowerCase());
  };
  return { test, rest: text.slice(all.length) };
};

/** Whether the filter uses operators that Graph serves from its index only. */
export const needsIndex = (text: string): boolean =>
  /\sne\s|endswith\(/i.test(text.replaceAll(/'(?:[^']|'')*'/g, "''"));

/** A predicate for the text of `$filter`. Anything outside the grammar is a 400, as a wrong filter is with Graph. */
export const parseFilter = (text: string): Test => {
  const tests: Test[] = [];
  const joins = new Set<string>();
  let rest = text;
  for (;;) {
    const parsed = parseTest(rest);
    tests.push(parsed.test);
    if (parsed.rest === '') break;
    const join = conjunction.exec(parsed.rest);
    if (join === null) throw badRequest(`Invalid filter clause: near '${parsed.rest}'.`);
    joins.add(join[1] ?? '');
    rest = parsed.rest.slice(join[0].length);
  }
  if (joins.size > 1) throw badRequest("Invalid filter clause: the sandbox does not mix 'and' with 'or'.");
  return (entity) =>
    joins.has('or') ? tests.some((test) => test(entity)) : tests.every((test) => test(entity));
};

/** The ids of `id eq '…' or id eq '…'`, the only filter that delta queries allow; undefined for any other. */
export const parseIdFilter = (text: string): readonly string[] | undefined => {
  const parts = text
    .split(/\s+or\s+/)
    .map((part) => /^\s*id\s+eq\s+'([^']*)'\s*$/.exec(part)?.[1]?.toLowerCase());
  return parts.every((part) => part !== undefined) ? parts : undefined;
};
