// Privileged Identity Management: from when to when she is assigned, and what she said when she activated it.

import { minuteOf } from '../../domain/moment.ts';
import type { Assignment } from '../../domain/directory.ts';
import type { Link } from '../../domain/explanation.ts';
import { info, ok, stops, unknown } from './link.ts';
import { isGone } from './look-up.ts';
import type { Scene } from './scene.ts';
import { type WayIn, isMember } from './ways-in.ts';

const startOf = ({ startMs }: Assignment): number => startMs ?? 0;

const activationText = ({ activation }: Assignment): string => {
  if (activation === undefined) return '';
  const { justification, ticketNumber, ticketSystem, requestedAtMs } = activation;
  const ticket = [ticketSystem, ticketNumber].filter((part) => part !== null && part !== '').join(' ');
  const why = [
    ...(justification === null || justification === '' ? [] : [`"${justification}"`]),
    ...(ticket === '' ? [] : [`ticket ${ticket}`]),
  ];
  return `, activated at ${minuteOf(requestedAtMs)}${why.length === 0 ? '' : `: ${why.join(', ')}`}`;
};

const activeText = ({ label, assignments, path }: WayIn, atMs: number): string => {
  const active = (assignments ?? [])
    .filter((row) => startOf(row) <= atMs && atMs < (row.endMs ?? Infinity))
    .sort((a, b) => (b.endMs ?? Infinity) - (a.endMs ?? Infinity))[0];
  if (active === undefined) return label;
  const from = active.startMs === undefined ? '' : ` from ${minuteOf(active.startMs)}`;
  const to = active.endMs === undefined ? ', without an end' : ` until ${minuteOf(active.endMs)}`;
  const untilMs = path.kind === 'open' ? path.untilMs : undefined;
  const bounded =
    untilMs === undefined || untilMs === active.endMs ? '' : ` (AWS is told ${minuteOf(untilMs)})`;
  return `the assignment to ${label} is active${from}${to}${bounded}${activationText(active)}`;
};

const noAssignment = ({ label }: WayIn, { isFuture }: Scene): string =>
  isFuture
    ? `no assignment of hers to ${label} is known for then: one shows up within seconds of an activation, and not before`
    : `no assignment of hers to ${label} is active; one shows up within seconds of an activation`;

const inactive = (way: WayIn, scene: Scene): Link => {
  const { atMs } = scene;
  const rows = way.assignments ?? [];
  const { label, subject } = way;
  const next = rows.find((row) => startOf(row) > atMs);
  if (next?.startMs !== undefined)
    return stops(
      'assignment',
      `the assignment to ${label} begins at ${minuteOf(next.startMs)}${next.endMs === undefined ? '' : `, until ${minuteOf(next.endMs)}`}`,
      `wait until ${minuteOf(next.startMs)}; --at ${new Date(next.startMs).toISOString().slice(0, 16)}Z tells how it is then`,
    );
  const again = `have her activate her assignment to ${label} (${subject.id}) in Privileged Identity Management`;
  const last = rows.map(({ endMs }) => endMs ?? 0).sort((a, b) => b - a)[0];
  return last === undefined
    ? stops('assignment', noAssignment(way, scene), again)
    : stops(
        'assignment',
        `the assignment to ${label} ${last <= atMs ? `ended at ${minuteOf(last)}` : 'ends within minutes; ends are rounded down to five'}`,
        again,
      );
};

/** Rows of people whom no group shows: hers may be among them, when only her name is known. */
const mayBeAmong = ({ snapshot, found, knownSubs }: Scene, { subject }: WayIn): boolean => {
  const rows = snapshot.assignments.get(subject.id);
  return (
    found.id === undefined &&
    rows?.state === 'present' &&
    rows.value.some(({ principalId }) => !knownSubs.has(principalId))
  );
};

export const assignmentLink = (scene: Scene): Link => {
  const { ways, atMs, isFuture, found } = scene;
  const managed = ways.filter(({ subject }) => subject.pim);
  const none = ok('assignment', 'no group of the policy is under Privileged Identity Management');
  if (managed.length === 0) return none;
  if (isGone(scene)) return info('assignment', 'who is not in the directory has no assignment');
  const active = managed.filter((way) => way.isAssigned && way.path.kind === 'open');
  if (active.length > 0) return ok('assignment', active.map((way) => activeText(way, atMs)).join('; '));
  const free = ways.find((way) => !way.subject.pim && isMember(way, isFuture) && way.path.kind === 'open');
  if (free !== undefined) return info('assignment', `none is needed for ${free.label}`);
  const hidden = managed.find((way) => mayBeAmong(scene, way));
  if (hidden !== undefined)
    return unknown(
      'assignment',
      `assignments to ${hidden.label} name people by object id, and hers is not known`,
      'ask again with her object id',
    );
  const [other] = managed;
  const first = managed.find((way) => way.isListed) ?? other;
  if (first === undefined) return none;
  if (first.assignments === undefined && found.id !== undefined && first.path.kind === 'unsure')
    return unknown('assignment', first.path.because, first.path.because);
  // Standing access that is forbidden has a link of its own.
  if (first.isAssigned && first.path.kind === 'closed') return info('assignment', activeText(first, atMs));
  return inactive(first, scene);
};
