// The inline policy `rolewarden-revoked` as the set of what it denies. A trust policy only keeps people from coming in;
// these end what they have once they were inside. [aws.md §6]
//
//   out        Deny * to saml:sub until then   [to sessions issued before, once she was let in again]
//   cutOff     Deny * to saml:sub from then on  her access ends then, and so do the sessions that live by then
//   everyone   Deny * to all sessions issued before, until then
//   closing    Deny * to all from then on       the policy itself ends then
//   foreign    any other Deny, verbatim
//
// Where the federation sends a source identity, each statement by `saml:sub` has a twin by `aws:SourceIdentity`, which
// follows her into roles that she assumes from this one.

import { isoSeconds } from './moment.ts';
import {
  type Condition,
  type Json,
  type JsonObject,
  canonicalDocument,
  compareText,
  parseConditions,
  parseDocument,
  parseMoment,
  renderDocument,
  scalarOrList,
  sidOf,
} from './statement.ts';

const minuteMs = 60_000;

/** A console session can mint credentials for 12 hours, each of which live for 12 more. */
export const denyForMs = 24 * 60 * minuteMs + 15 * minuteMs;

/** Ends are rounded up to this, so that people share statements. */
const sharedEndMs = 15 * minuteMs;

/** How long somebody may still enter after the trust policy was narrowed: IAM has to spread the word. */
const spreadingMs = minuteMs;

/**
 * Removed without proof, which the breaker counts; left, as Entra proves, which has a cap of its own; or ended, by a time or
 * a lockout that somebody set in advance.
 */
export type OutHow = 'removed' | 'left' | 'ended';

export interface Out {
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  /** Only sessions issued before are denied, since she was let in again; milliseconds since the epoch. */
  readonly issuedBeforeMs: number | undefined;
  readonly how: OutHow;
  /** When she was put out, or somebody with whom she shares a statement; milliseconds since the epoch. */
  readonly sinceMs: number;
}

export interface Denies {
  /** By the value of `saml:sub`, as are the cut-offs. */
  readonly outs: ReadonlyMap<string, Out>;
  /** From when on, milliseconds since the epoch. */
  readonly cutOffs: ReadonlyMap<string, number>;
  readonly everyone: { readonly issuedBeforeMs: number; readonly untilMs: number } | undefined;
  /** Milliseconds since the epoch. */
  readonly closingMs: number | undefined;
  readonly foreign: readonly JsonObject[];
}

export const noDenies: Denies = {
  outs: new Map(),
  cutOffs: new Map(),
  everyone: undefined,
  closingMs: undefined,
  foreign: [],
};

/** One step from one set of denies to another. Steps are about one person each, so that they hold on any set. */
export type DenyEdit =
  | { readonly kind: 'putOut'; readonly sub: string; readonly how: OutHow; readonly atMs: number }
  /** Old sessions of hers stay denied, new ones are not. */
  | { readonly kind: 'letIn'; readonly sub: string; readonly atMs: number }
  /** `fromMs` undefined: her access has no end. */
  | { readonly kind: 'cutOff'; readonly sub: string; readonly fromMs: number | undefined }
  /** Who left is no person, and cannot be told from others. */
  | { readonly kind: 'signOutEveryone'; readonly atMs: number }
  | { readonly kind: 'close'; readonly fromMs: number | undefined; readonly atMs: number }
  | { readonly kind: 'forgetPast'; readonly atMs: number };

/** When a deny that begins now ends. */
const endOf = (atMs: number): number => Math.ceil((atMs + denyForMs) / sharedEndMs) * sharedEndMs;

const later = (a: Denies['everyone'], b: Denies['everyone']): Denies['everyone'] =>
  a === undefined || b === undefined
    ? (a ?? b)
    : {
        issuedBeforeMs: Math.max(a.issuedBeforeMs, b.issuedBeforeMs),
        untilMs: Math.max(a.untilMs, b.untilMs),
      };

const edited = (denies: Denies, edit: DenyEdit): Denies => {
  const outs = new Map(denies.outs);
  const cutOffs = new Map(denies.cutOffs);
  switch (edit.kind) {
    case 'putOut': {
      const { sub, how, atMs } = edit;
      const sinceMs = Math.ceil(atMs / minuteMs) * minuteMs;
      outs.set(sub, { untilMs: endOf(atMs), issuedBeforeMs: undefined, how, sinceMs });
      cutOffs.delete(sub);
      return { ...denies, outs, cutOffs };
    }
    case 'letIn': {
      const { sub, atMs } = edit;
      const out = outs.get(sub);
      const cutMs = cutOffs.get(sub);
      const issuedBeforeMs = Math.floor(atMs / 1_000) * 1_000;
      if (out !== undefined) outs.set(sub, { ...out, issuedBeforeMs: out.issuedBeforeMs ?? issuedBeforeMs });
      // Sessions that her end has cut stay cut.
      if (cutMs !== undefined && cutMs <= atMs) {
        outs.set(sub, { untilMs: endOf(cutMs), issuedBeforeMs, how: 'ended', sinceMs: cutMs });
        cutOffs.delete(sub);
      }
      return { ...denies, outs, cutOffs };
    }
    case 'cutOff':
      if (edit.fromMs === undefined) cutOffs.delete(edit.sub);
      else cutOffs.set(edit.sub, edit.fromMs);
      return { ...denies, cutOffs };
    case 'signOutEveryone': {
      const issuedBeforeMs = Math.ceil(edit.atMs / minuteMs) * minuteMs + spreadingMs;
      return { ...denies, everyone: later(denies.everyone, { issuedBeforeMs, untilMs: endOf(edit.atMs) }) };
    }
    case 'close': {
      const { fromMs, atMs } = edit;
      const wasClosed = denies.closingMs !== undefined && denies.closingMs <= atMs;
      const reopens = wasClosed && (fromMs === undefined || fromMs > atMs);
      const everyone = reopens
        ? later(denies.everyone, {
            issuedBeforeMs: Math.floor(atMs / 1_000) * 1_000,
            untilMs: endOf(denies.closingMs),
          })
        : denies.everyone;
      return { ...denies, closingMs: fromMs, everyone };
    }
    case 'forgetPast': {
      const { atMs } = edit;
      for (const [sub, { untilMs }] of outs) if (untilMs <= atMs) outs.delete(sub);
      for (const [sub, fromMs] of cutOffs) if (endOf(fromMs) <= atMs) cutOffs.delete(sub);
      const isPast = denies.everyone !== undefined && denies.everyone.untilMs <= atMs;
      return { ...denies, outs, cutOffs, everyone: isPast ? undefined : denies.everyone };
    }
  }
};

export const editDenies = (denies: Denies, edits: readonly DenyEdit[]): Denies =>
  edits.reduce(edited, denies);

// Reading.

export type ReadDenies =
  | { readonly ok: true; readonly denies: Denies }
  | { readonly ok: false; readonly reason: string };

const howSids: Readonly<Record<OutHow, string>> = { removed: 'Removed', left: 'Left', ended: 'Ended' };
const hows = new Map(Object.entries(howSids).map(([how, sid]) => [sid, how as OutHow]));

/** What the Sid of an `out` tells: how she came to be out, and in which minute. */
const outSid = /^Rolewarden(Removed|Left|Ended)(\d{8})/;

interface Conditions {
  readonly subs: readonly string[] | undefined;
  readonly untilMs: number | undefined;
  readonly issuedBeforeMs: number | undefined;
  readonly fromMs: number | undefined;
}

const personKeys: ReadonlySet<string> = new Set(['saml:sub', 'aws:sourceidentity']);

/** undefined: not of our kind. */
const readConditions = (conditions: readonly Condition[]): Conditions | undefined => {
  const found: { -readonly [K in keyof Conditions]: Conditions[K] } = {
    subs: undefined,
    untilMs: undefined,
    issuedBeforeMs: undefined,
    fromMs: undefined,
  };
  for (const { operator, qualifier, ifExists, key, values } of conditions) {
    if (qualifier !== undefined || ifExists) return undefined;
    if (operator === 'StringEquals' && personKeys.has(key) && found.subs === undefined) {
      found.subs = values;
      continue;
    }
    const atMs = parseMoment(values[0] ?? '');
    if (values.length !== 1 || Number.isNaN(atMs)) return undefined;
    if (operator === 'DateLessThan' && key === 'aws:currenttime') found.untilMs = atMs;
    else if (operator === 'DateLessThan' && key === 'aws:tokenissuetime') found.issuedBeforeMs = atMs;
    else if (operator === 'DateGreaterThanEquals' && key === 'aws:currenttime') found.fromMs = atMs;
    else return undefined;
  }
  return found;
};

const isWhole = (value: Json | undefined): boolean =>
  value === '*' || (Array.isArray(value) && value.length === 1 && value[0] === '*');

const ownFields = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** The stricter of two denies of one person. */
const stricter = (a: Out | undefined, b: Out): Out =>
  a === undefined
    ? b
    : {
        untilMs: Math.max(a.untilMs, b.untilMs),
        issuedBeforeMs:
          a.issuedBeforeMs === undefined || b.issuedBeforeMs === undefined
            ? undefined
            : Math.max(a.issuedBeforeMs, b.issuedBeforeMs),
        how: a.how === b.how ? a.how : 'removed',
        sinceMs: Math.max(a.sinceMs, b.sinceMs),
      };

/** Adds what a statement says; false: it is not of our kind. */
const readStatement = (
  statement: JsonObject,
  denies: {
    readonly outs: Map<string, Out>;
    readonly cutOffs: Map<string, number>;
    everyone: Denies['everyone'];
    closingMs: number | undefined;
  },
): boolean => {
  const conditions = parseConditions(statement['Condition']);
  const read = conditions === undefined ? undefined : readConditions(conditions);
  const isOurs =
    Object.keys(statement).every((field) => ownFields.has(field)) &&
    isWhole(statement['Action']) &&
    isWhole(statement['Resource']);
  if (read === undefined || !isOurs) return false;
  const { subs, untilMs, issuedBeforeMs, fromMs } = read;
  if (subs !== undefined && untilMs !== undefined && fromMs === undefined) {
    const [, sid, minutes] = outSid.exec(sidOf(statement)) ?? [];
    const sinceMs = minutes === undefined ? untilMs - denyForMs : Number(minutes) * minuteMs;
    const out: Out = { untilMs, issuedBeforeMs, how: hows.get(sid ?? '') ?? 'removed', sinceMs };
    for (const sub of subs) denies.outs.set(sub, stricter(denies.outs.get(sub), out));
    return true;
  }
  if (untilMs !== undefined && issuedBeforeMs !== undefined && fromMs === undefined) {
    denies.everyone = later(denies.everyone, { issuedBeforeMs, untilMs });
    return true;
  }
  if (fromMs === undefined || untilMs !== undefined || issuedBeforeMs !== undefined) return false;
  if (subs === undefined) denies.closingMs = Math.min(denies.closingMs ?? fromMs, fromMs);
  for (const sub of subs ?? []) denies.cutOffs.set(sub, Math.min(denies.cutOffs.get(sub) ?? fromMs, fromMs));
  return true;
};

/** undefined: there is no such policy. An Allow in it is nothing that it denies, and is left out. */
export const readDenies = (document: string | undefined): ReadDenies => {
  if (document === undefined) return { ok: true, denies: noDenies };
  const parsed = parseDocument(document);
  if (!parsed.ok) return parsed;
  const read = {
    outs: new Map<string, Out>(),
    cutOffs: new Map<string, number>(),
    everyone: undefined,
    closingMs: undefined,
  };
  const foreign: JsonObject[] = [];
  for (const statement of parsed.statements) {
    if (statement['Effect'] === 'Allow') continue;
    if (statement['Effect'] !== 'Deny' || !readStatement(statement, read)) foreign.push(statement);
  }
  return { ok: true, denies: { ...read, foreign } };
};

/** The same, and nothing that we know of where the document cannot be read. */
export const deniesIn = (document: string | undefined): Denies => {
  const read = readDenies(document);
  return read.ok ? read.denies : noDenies;
};

// Writing.

const deny = (sid: string, condition: JsonObject): JsonObject => ({
  Sid: sid,
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: condition,
});

/** A statement by `saml:sub`, and its twin. */
const byPerson = (
  sid: string,
  subs: readonly string[],
  dates: JsonObject,
  withSourceIdentity: boolean,
): readonly JsonObject[] => {
  const sorted = scalarOrList([...subs].sort(compareText));
  const own = deny(sid, { StringEquals: { 'saml:sub': sorted }, ...dates });
  if (!withSourceIdentity) return [own];
  return [own, deny(`${sid}S`, { StringEquals: { 'aws:SourceIdentity': sorted }, ...dates })];
};

const grouped = <T>(items: Iterable<readonly [string, T]>): readonly (readonly [string, readonly T[]])[] => {
  const groups = new Map<string, T[]>();
  for (const [key, item] of items) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b));
};

const outStatements = (
  outs: ReadonlyMap<string, Out>,
  withSourceIdentity: boolean,
): readonly JsonObject[] => {
  const keyed = [...outs].map(([sub, out]): readonly [string, readonly [string, Out]] => [
    [out.how, out.untilMs, out.issuedBeforeMs ?? ''].join('|'),
    [sub, out],
  ]);
  return grouped(keyed).flatMap(([, people], index) => {
    const [first] = people;
    if (first === undefined) return [];
    const [, { untilMs, issuedBeforeMs, how }] = first;
    const minutes = Math.ceil(Math.max(...people.map(([, { sinceMs }]) => sinceMs)) / minuteMs);
    const sid = `Rolewarden${howSids[how]}${String(minutes).padStart(8, '0')}N${index + 1}`;
    const dates = {
      DateLessThan: {
        'aws:CurrentTime': isoSeconds(untilMs),
        ...(issuedBeforeMs === undefined ? {} : { 'aws:TokenIssueTime': isoSeconds(issuedBeforeMs) }),
      },
    };
    return byPerson(
      sid,
      people.map(([sub]) => sub),
      dates,
      withSourceIdentity,
    );
  });
};

const cutOffStatements = (
  cutOffs: ReadonlyMap<string, number>,
  withSourceIdentity: boolean,
): readonly JsonObject[] =>
  grouped(
    [...cutOffs].map(([sub, fromMs]): readonly [string, string] => [String(fromMs).padStart(15, '0'), sub]),
  ).flatMap(([fromMs, subs], index) =>
    byPerson(
      `RolewardenCutOff${index + 1}`,
      subs,
      { DateGreaterThanEquals: { 'aws:CurrentTime': isoSeconds(Number(fromMs)) } },
      withSourceIdentity,
    ),
  );

/** The document; undefined when nothing is denied. */
export const renderDenies = (denies: Denies, withSourceIdentity: boolean): string | undefined => {
  const { everyone, closingMs } = denies;
  const statements = [
    ...outStatements(denies.outs, withSourceIdentity),
    ...cutOffStatements(denies.cutOffs, withSourceIdentity),
    ...(everyone === undefined
      ? []
      : [
          deny('RolewardenEveryone', {
            DateLessThan: {
              'aws:CurrentTime': isoSeconds(everyone.untilMs),
              'aws:TokenIssueTime': isoSeconds(everyone.issuedBeforeMs),
            },
          }),
        ]),
    ...(closingMs === undefined
      ? []
      : [
          deny('RolewardenClosing', {
            DateGreaterThanEquals: { 'aws:CurrentTime': isoSeconds(closingMs) },
          }),
        ]),
  ];
  const used = new Set(statements.map(sidOf));
  // A Sid may stand once in a document. A foreign statement that carries one of ours loses it; its meaning stays.
  const foreign = denies.foreign.map((statement) => {
    const { Sid: sid, ...rest } = statement;
    return typeof sid === 'string' && used.has(sid) ? rest : statement;
  });
  const all = [...statements, ...foreign];
  return all.length === 0 ? undefined : renderDocument(all);
};

/** Whether two documents of denies mean the same. */
export const sameDenies = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalDocument(a) === canonicalDocument(b));

export interface FittedDenies {
  readonly denies: Denies;
  /** How many of those who are out share the deny of everyone, for want of room. */
  readonly shared: number;
}

/** Those who have been out the longest, first. */
const byAge = (outs: ReadonlyMap<string, Out>): readonly (readonly [string, Out])[] =>
  [...outs].sort(([a, one], [b, other]) => one.sinceMs - other.sinceMs || compareText(a, b));

const sharing = (denies: Denies, people: readonly (readonly [string, Out])[]): Denies => {
  const outs = new Map(denies.outs);
  for (const [sub] of people) outs.delete(sub);
  if (people.length === 0) return denies;
  const everyone = {
    issuedBeforeMs: Math.max(...people.map(([, { sinceMs }]) => sinceMs)) + spreadingMs,
    untilMs: Math.max(...people.map(([, { untilMs }]) => untilMs)),
  };
  return { ...denies, outs, everyone: later(denies.everyone, everyone) };
};

/**
 * The same denies in at most `maxChars`: whoever has been out the longest is denied with everyone whose session began before
 * she was out, so that colleagues have to sign in again. Cut-offs are never given up; they may take more than that.
 */
export const fitDenies = (denies: Denies, withSourceIdentity: boolean, maxChars: number): FittedDenies => {
  const people = byAge(denies.outs);
  const fits = (count: number): boolean =>
    (renderDenies(sharing(denies, people.slice(0, count)), withSourceIdentity)?.length ?? 0) <= maxChars;
  if (fits(0)) return { denies, shared: 0 };
  let [low, high] = [0, people.length];
  while (low < high - 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return { denies: sharing(denies, people.slice(0, high)), shared: high };
};
