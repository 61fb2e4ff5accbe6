import { describe, expect, it } from 'vitest';
import type { OtherMember, Person } from '../../src/domain/directory.ts';
import { type Member, mergeMembers, readMember } from '../../src/entra/members.ts';
import { uuid } from './contoso.ts';

const id = uuid('a', 1);
const ana: Person = {
  id,
  userPrincipalName: 'ana@contoso.com',
  mail: 'ana@contoso.com',
  accountEnabled: true,
  userType: 'Member',
};
const asUser = (properties: object) => ({ '@odata.type': '#microsoft.graph.user', ...ana, ...properties });

describe('a user', () => {
  it.each<[string, object, Partial<Person>]>([
    ['keeps what can be read', {}, {}],
    ['has her id in lower case', { id: id.toUpperCase() }, {}],
    ['has null for what is null', { mail: null, accountEnabled: null }, { mail: null, accountEnabled: null }],
    ['has null for what is absent', { userPrincipalName: undefined }, { userPrincipalName: null }],
    ['has null for an empty name', { userPrincipalName: '' }, { userPrincipalName: null }],
    ['is not enabled by a word', { accountEnabled: 'true' }, { accountEnabled: null }],
    ['is not disabled by a number', { accountEnabled: 0 }, { accountEnabled: null }],
    ['is a guest', { userType: 'Guest' }, { userType: 'Guest' }],
    ['has null for a type we do not know', { userType: 'Robot' }, { userType: null }],
  ])('%s', (_name, properties, change) => {
    expect(readMember(asUser(properties))).toEqual({ kind: 'person', person: { ...ana, ...change } });
  });
});

describe('somebody who is known', () => {
  const known: Member = { kind: 'person', person: ana };
  const byId = new Map([[id, known]]);

  it('is the same value while the same is told of her', () => {
    expect(readMember(asUser({}), byId)).toBe(known);
    expect(readMember(asUser({ id: id.toUpperCase() }), byId)).toBe(known);
  });

  it.each<[string, object, Partial<Person>]>([
    [
      'has a new name',
      { userPrincipalName: 'ana.b@contoso.com' },
      { userPrincipalName: 'ana.b@contoso.com' },
    ],
    ['has a new address', { mail: null }, { mail: null }],
    ['is disabled', { accountEnabled: false }, { accountEnabled: false }],
    ['may or may not be enabled', { accountEnabled: undefined }, { accountEnabled: null }],
    ['is a guest now', { userType: 'Guest' }, { userType: 'Guest' }],
  ])('is told anew when she %s', (_how, properties, change) => {
    expect(readMember(asUser(properties), byId)).toEqual({ kind: 'person', person: { ...ana, ...change } });
  });

  it('is not taken for a group that has her id', () => {
    const group = { '@odata.type': '#microsoft.graph.group', id };
    expect(readMember(group, byId)).toEqual({ kind: 'other', other: { id, kind: 'group' } });
    expect(readMember({ ...asUser({}), '@odata.type': undefined }, byId)).toBeTypeOf('string');
  });
});

describe('another member', () => {
  it.each<[string, OtherMember['kind']]>([
    ['#microsoft.graph.group', 'group'],
    ['#microsoft.graph.servicePrincipal', 'servicePrincipal'],
    ['#microsoft.graph.device', 'device'],
    ['#microsoft.graph.orgContact', 'orgContact'],
    ['#microsoft.graph.administrativeUnit', 'unknown'],
    ['#microsoft.graph.User', 'unknown'],
  ])('of type %s is %s', (type, kind) => {
    expect(readMember({ '@odata.type': type, id })).toEqual({ kind: 'other', other: { id, kind } });
  });
});

describe('one member told twice', () => {
  const person = (change: Partial<Person> = {}): Member => ({
    kind: 'person',
    person: { ...ana, ...change },
  });
  const group: Member = { kind: 'other', other: { id, kind: 'group' } };
  const device: Member = { kind: 'other', other: { id, kind: 'device' } };

  it.each<[string, Member, Member, Member]>([
    ['the same way is the same', person(), person(), person()],
    [
      'enabled and disabled is unknown',
      person(),
      person({ accountEnabled: false }),
      person({ accountEnabled: null }),
    ],
    [
      'disabled and unknown is unknown',
      person({ accountEnabled: false }),
      person({ accountEnabled: null }),
      person({ accountEnabled: null }),
    ],
    [
      'under two names has none',
      person(),
      person({ userPrincipalName: 'x@contoso.com' }),
      person({ userPrincipalName: null }),
    ],
    ['as a group is a group', group, group, group],
  ])('%s, in either order', (_name, one, two, merged) => {
    expect(mergeMembers(one, two)).toEqual(merged);
    expect(mergeMembers(two, one)).toEqual(merged);
  });

  it.each([
    ['a person and a group', person(), group],
    ['a group and a device', group, device],
  ])('as %s cannot be relied on', (_name, one, two) => {
    expect(mergeMembers(one, two)).toBe(`tells two different things about member ${id}`);
    expect(mergeMembers(two, one)).toBe(`tells two different things about member ${id}`);
  });
});
