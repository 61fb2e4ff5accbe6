import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/domain/change.ts';
import {
  deniesOf,
  hasAllow,
  isOwnStatement,
  mergeForeignDenies,
  ownStatements,
  permissionsEffect,
} from '../../src/domain/permissions.ts';
import { type JsonObject, renderDocument } from '../../src/domain/statement.ts';

const reads: JsonObject = { Effect: 'Allow', Action: ['ecs:DescribeTasks', 'ecs:ListTasks'], Resource: '*' };
const stops: JsonObject = { Effect: 'Allow', Action: 'ecs:StopTask', Resource: '*' };
const brake: JsonObject = { Sid: 'Brake', Effect: 'Deny', Action: '*', Resource: '*' };
const document = (...statements: readonly JsonObject[]): string => renderDocument(statements);

describe('our statements', () => {
  it('have a Sid of ours that carries the user’s, letters and digits only', () => {
    expect(ownStatements([reads, { ...stops, Sid: 'Stop tasks_2!' }])).toEqual([
      { Sid: 'Rolewarden1', ...reads },
      { ...stops, Sid: 'Rolewarden2Stoptasks2' },
    ]);
  });

  it('have Sids that are unique whatever Sids the user gave', () => {
    const sid = fc.option(fc.string({ unit: fc.constantFrom('1', '2', 'x', 'S', '-'), maxLength: 4 }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.array(sid, { minLength: 2, maxLength: 40 }), (sids) => {
        const own = ownStatements(sids.map((one) => (one === undefined ? reads : { ...reads, Sid: one })));
        expect(new Set(own.map((statement) => statement['Sid'])).size).toBe(sids.length);
        expect(own.every(isOwnStatement)).toBe(true);
      }),
    );
  });

  it.each([
    ['the first and its Sid with a digit', ['1x', ...Array<string>(9).fill('y'), 'x'], 'Rolewarden1S1x'],
    ['no Sid that is a text', [7], 'Rolewarden1'],
  ])('have these for %s', (_name, sids, first) => {
    expect(ownStatements(sids.map((Sid) => ({ ...reads, Sid })))[0]?.['Sid']).toBe(first);
  });
});

describe('merging keeps someone else’s denies', () => {
  const own = ownStatements([reads]);
  it.each<[string, string | undefined, readonly JsonObject[]]>([
    ['none where there was no document', undefined, []],
    ['one with a Sid', document(...own, brake), [brake]],
    ['one without a Sid', document({ Effect: 'Deny', Action: 'x' }), [{ Effect: 'Deny', Action: 'x' }]],
    [
      'one whose Sid begins as ours do',
      document({ ...brake, Sid: 'RolewardenStop' }),
      [{ ...brake, Sid: 'RolewardenStop' }],
    ],
    [
      'one with an effect that we do not know',
      document({ ...brake, Effect: 'deny' }),
      [{ ...brake, Effect: 'deny' }],
    ],
    ['none of our own', document({ ...brake, Sid: 'Rolewarden2Old' }), []],
    ['none that allow', document(stops), []],
    ['none of a document that cannot be read, which a guard holds', '{', []],
  ])('%s', (_name, observed, kept) => {
    expect(mergeForeignDenies(own, observed)).toBe(document(...own, ...kept));
  });
});

describe('what a document allows and denies', () => {
  it.each<[string, string, boolean | undefined, readonly JsonObject[] | undefined]>([
    ['both', document(reads, brake), true, [brake]],
    ['only denies', document(brake), false, [brake]],
    ['nothing', document(), false, []],
    ['an effect in lower case', document(brake, { ...reads, Effect: 'allow' }), undefined, undefined],
    ['no effect', document({ Action: '*' }), undefined, undefined],
    ['no JSON', 'x', undefined, undefined],
  ])('%s', (_name, text, allows, denies) => {
    expect(hasAllow(text)).toBe(allows);
    expect(deniesOf(text)).toEqual(denies);
  });
});

describe('the effect of a change of permissions', () => {
  const cases: Readonly<Record<string, readonly [string | undefined, string | undefined, Effect]>> = {
    'an Allow more widens': [document(reads), document(reads, stops), 'widens'],
    'a Deny less widens': [document(reads, brake), document(reads), 'widens'],
    'a first document widens': [undefined, document(reads), 'widens'],
    'an Allow less narrows': [document(reads, stops), document(reads), 'narrows'],
    'a Deny more narrows': [document(reads), document(reads, brake), 'narrows'],
    'an Allow less and a Deny more narrow': [document(reads, stops), document(stops, brake), 'narrows'],
    'no document any more narrows': [document(reads), undefined, 'narrows'],
    'an Allow and a Deny more are mixed': [document(), document(reads, brake), 'mixed'],
    'one Allow for another is mixed': [document(reads), document(stops), 'mixed'],
    'an action less is mixed, as showing more would take AWS': [
      document(reads),
      document({ ...reads, Action: 'ecs:DescribeTasks' }),
      'mixed',
    ],
    'another spelling is none': [
      document(reads, stops),
      JSON.stringify({
        Statement: [
          stops,
          { Sid: 'x', ...reads, Resource: ['*'], Action: ['ecs:listtasks', 'ecs:DescribeTasks'] },
        ],
      }),
      'none',
    ],
    'the same statement twice is none': [document(reads), document(reads, reads), 'none'],
    'nothing to nothing is none': [undefined, document(), 'none'],
    'what cannot be read is mixed': ['{', document(), 'mixed'],
    'another meaning of a variable is mixed': [
      JSON.stringify({ Statement: [{ ...reads, Resource: '${aws:userid}' }] }),
      document({ ...reads, Resource: '${aws:userid}' }),
      'mixed',
    ],
    'an effect in lower case is mixed': [
      document(reads),
      document(reads, { ...stops, Effect: 'allow' }),
      'mixed',
    ],
  };
  it.each(Object.entries(cases))('%s', (_name, [before, after, effect]) => {
    expect(permissionsEffect(before, after)).toBe(effect);
  });

  const arbitraryDocument = fc.option(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.subarray([reads, stops, brake, { ...brake, Action: 'ecs:*' }]).map(renderDocument),
      },
      { weight: 1, arbitrary: fc.constant('{') },
    ),
    { nil: undefined },
  );
  const mirrored: Readonly<Record<Effect, Effect>> = {
    widens: 'narrows',
    narrows: 'widens',
    mixed: 'mixed',
    none: 'none',
  };

  it('back is the mirror of the effect there', () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (a, b) => {
        expect(permissionsEffect(b, a)).toBe(mirrored[permissionsEffect(a, b)]);
      }),
    );
  });

  it('of what can be read, on itself, is none', () => {
    fc.assert(
      fc.property(arbitraryDocument, (a) => {
        fc.pre(a !== '{');
        expect(permissionsEffect(a, a)).toBe('none');
      }),
    );
  });

  it('of adding one statement shows in its effect', () => {
    fc.assert(
      fc.property(fc.subarray([reads, brake]), (statements) => {
        const before = renderDocument(statements);
        expect(permissionsEffect(before, renderDocument([...statements, stops]))).toBe('widens');
        expect(permissionsEffect(before, renderDocument([...statements, { ...brake, Action: 'x' }]))).toBe(
          'narrows',
        );
      }),
    );
  });
});
