// The bulk read's own reader against the SDK's: what both make of the same pages must be the same.

import { Readable } from 'node:stream';
import {
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  ListRolesCommand,
  type Role,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRolesApart } from '../../src/aws/bulk-pages.ts';
import { dateMs } from '../../src/aws/documents.ts';
import { takeElement } from '../../src/aws/plain-xml.ts';

/** A client whose every answer is this body, in pieces of `pieceBytes`. */
const clientOf = (body: string, pieceBytes: number): IAMClient => {
  const bytes = Buffer.from(body, 'utf8');
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return new IAMClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: Readable.from(pieces) },
        }),
    } as never,
  });
};

type Read = (client: IAMClient) => Promise<unknown>;

const detailFields = ({
  RoleName,
  RoleId,
  Path,
  Arn,
  CreateDate,
  AssumeRolePolicyDocument,
  Tags,
  PermissionsBoundary,
  RolePolicyList,
  AttachedManagedPolicies,
  RoleLastUsed,
}: RoleDetail) => ({
  RoleName,
  RoleId,
  Path,
  Arn,
  createdAtMs: dateMs(CreateDate),
  lastUsedAtMs: dateMs(RoleLastUsed?.LastUsedDate),
  AssumeRolePolicyDocument,
  Tags: Tags?.map(({ Key, Value }) => ({ Key, Value })),
  boundary: PermissionsBoundary?.PermissionsBoundaryArn,
  RolePolicyList: RolePolicyList?.map(({ PolicyName, PolicyDocument }) => ({ PolicyName, PolicyDocument })),
  attached: AttachedManagedPolicies?.map(({ PolicyArn }) => PolicyArn),
});

const listedFields = ({ RoleName, RoleId, Description, MaxSessionDuration }: Role) => ({
  RoleName,
  RoleId,
  Description,
  MaxSessionDuration,
});

const readDetails: Read = async (client) => {
  const page = await client.send(new GetAccountAuthorizationDetailsCommand({}));
  const { IsTruncated, Marker, RoleDetailList, UserDetailList } = page;
  return { IsTruncated, Marker, UserDetailList, roles: RoleDetailList?.map(detailFields) };
};

const readListing: Read = async (client) => {
  const { IsTruncated, Marker, Roles } = await client.send(new ListRolesCommand({}));
  return { IsTruncated, Marker, roles: Roles?.map(listedFields) };
};

/** What came of it, failures too, but for the wording of failures. */
const outcome = async (read: Read, client: IAMClient): Promise<unknown> => {
  try {
    return await read(client);
  } catch {
    return 'failed';
  }
};

const bothReaders = async (
  read: Read,
  body: string,
  pieceBytes = 64,
): Promise<{ readonly sdk: unknown; readonly own: unknown }> => {
  const fast = clientOf(body, pieceBytes);
  readRolesApart(fast);
  return { sdk: await outcome(read, clientOf(body, pieceBytes)), own: await outcome(read, fast) };
};

const page = (action: string, inside: string): string =>
  `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${inside}</${action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${action}Response>`;

const detailsPage = (roles: string, more = '<IsTruncated>true</IsTruncated><Marker>m1</Marker>'): string =>
  page('GetAccountAuthorizationDetails', `<UserDetailList/>${roles}${more}`);
const listingPage = (roles: string): string => page('ListRoles', `<IsTruncated>false</IsTruncated>${roles}`);

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const textArb = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'é', '漢', '😀', ' ', '&', '<', '>', '"', "'", '%', '{', ';', '#'),
  }),
  fc.string({ minLength: 10, maxLength: 40 }).map((text) => text.replaceAll(/[^ -~]/g, '')),
);
const element = (name: string, texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: texts.map((text) => `<${name}>${escape(text)}</${name}>`) },
    { weight: 1, arbitrary: fc.constant(`<${name}/>`) },
    { weight: 1, arbitrary: fc.constant('') },
  );
const together = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts)
    .chain((texts) => fc.shuffledSubarray(texts, { minLength: texts.length }))
    .map((texts) => texts.join(''));
const listOf = (name: string, item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(item, { maxLength: 3 })
    .map((items) =>
      items.length === 0
        ? `<${name}/>`
        : `<${name}>${items.map((one) => `<member>${one}</member>`).join('\n  ')}</${name}>`,
    );

/** AWS writes dates in whole seconds; an empty one would fail the SDK's whole page. */
const dateArb = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    fc
      .integer({ min: 0, max: 4_102_444_800 })
      .map((second) => new Date(second * 1_000).toISOString().replace('.000', ''))
      .map((text) => `<${name}>${text}</${name}>`),
  );

const detailArb = together(
  element('RoleName', textArb),
  element('RoleId', textArb),
  element('Path', textArb),
  element('Arn', textArb),
  dateArb('CreateDate'),
  element('AssumeRolePolicyDocument', fc.json().map(encodeURIComponent)),
  listOf('Tags', together(element('Key', textArb), element('Value', textArb))),
  element('PermissionsBoundary', fc.constant('')).map((text) =>
    text.replace(
      '></',
      '><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>arn:x</PermissionsBoundaryArn></',
    ),
  ),
  listOf(
    'RolePolicyList',
    together(element('PolicyName', textArb), element('PolicyDocument', fc.json().map(encodeURIComponent))),
  ),
  listOf('AttachedManagedPolicies', together(element('PolicyName', textArb), element('PolicyArn', textArb))),
  fc.oneof(
    fc.constantFrom('', '<RoleLastUsed/>'),
    dateArb('LastUsedDate').map((date) => `<RoleLastUsed>${date}<Region>eu-west-1</Region></RoleLastUsed>`),
  ),
  fc.constant(
    '<InstanceProfileList><member><Roles><member><RoleName>x</RoleName></member></Roles></member></InstanceProfileList>',
  ),
);
const listedArb = together(
  element('RoleName', textArb),
  element('RoleId', textArb),
  element('Description', textArb),
  fc
    .integer({ min: 3_600, max: 43_200 })
    .map((seconds) => `<MaxSessionDuration>${seconds}</MaxSessionDuration>`),
  element('AssumeRolePolicyDocument', fc.json().map(encodeURIComponent)),
);

describe('roles read apart', () => {
  it('say of any page of details what the SDK says', async () => {
    await fc.assert(
      fc.asyncProperty(
        listOf('RoleDetailList', detailArb),
        fc.integer({ min: 1, max: 500 }),
        async (roles, pieces) => {
          const { sdk, own } = await bothReaders(readDetails, detailsPage(roles), pieces);
          expect(own).toEqual(sdk);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('say of any page of the listing what the SDK says', async () => {
    await fc.assert(
      fc.asyncProperty(
        listOf('Roles', listedArb),
        fc.integer({ min: 1, max: 500 }),
        async (roles, pieces) => {
          const { sdk, own } = await bothReaders(readListing, listingPage(roles), pieces);
          expect(own).toEqual(sdk);
        },
      ),
      { numRuns: 150 },
    );
  });

  const role = '<RoleName>one</RoleName><RoleId>AROA1</RoleId><Path>/x/</Path>';
  const odd: readonly (readonly [string, string])[] = [
    ['an attribute', `<RoleDetailList><member a="1">${role}</member></RoleDetailList>`],
    ['a comment', `<RoleDetailList><!-- <member> --><member>${role}</member></RoleDetailList>`],
    ['CDATA', `<RoleDetailList><member><RoleName><![CDATA[a<b]]></RoleName></member></RoleDetailList>`],
    [
      'an entity by number',
      '<RoleDetailList><member><RoleName>&#65;&#x1F600;</RoleName></member></RoleDetailList>',
    ],
    ['a lone ampersand', '<RoleDetailList><member><RoleName>a & b</RoleName></member></RoleDetailList>'],
    ['an unknown entity', '<RoleDetailList><member><RoleName>a&bogus;b</RoleName></member></RoleDetailList>'],
    ['line breaks of Windows', `<RoleDetailList>\r\n<member>${role}</member>\r\n</RoleDetailList>`],
    ['a field twice', `<RoleDetailList><member>${role}<RoleName>two</RoleName></member></RoleDetailList>`],
    ['an item that is no member', `<RoleDetailList><entry>${role}</entry></RoleDetailList>`],
    ['text between the roles', `<RoleDetailList>x<member>${role}</member></RoleDetailList>`],
    ['two lists', `<RoleDetailList><member>${role}</member></RoleDetailList><RoleDetailList/>`],
    ['no list', ''],
    [
      'a field that is new to us',
      `<RoleDetailList><member>${role}<New><a>1</a></New></member></RoleDetailList>`,
    ],
    [
      'a role named as the prototype is',
      '<RoleDetailList><member><__proto__>x</__proto__></member></RoleDetailList>',
    ],
    ['half a body', `<RoleDetailList><member>${role}`],
    [
      'tags that do not close in turn',
      `<RoleDetailList><member><RoleName>x</member></RoleName></RoleDetailList>`,
    ],
  ];
  it.each(odd)('leave %s to the SDK, or read it the same', async (_, roles) => {
    const { sdk, own } = await bothReaders(readDetails, detailsPage(roles));
    expect(own).toEqual(sdk);
  });

  it.each(['a&amp', '&', '&#65', '&bogus;', '&#x1F600;'])('leave the text %s to the SDK', (text) => {
    const xml = `<A><Roles><member><RoleName>${text}</RoleName></member></Roles></A>`;
    expect(takeElement(xml, 'Roles', { list: { fields: { RoleName: 'text' } } })).toBeUndefined();
  });

  it('are taken out of a plain page, so that the SDK has nothing to read', () => {
    const shape = { list: { fields: { RoleName: 'text' } } } as const;
    expect(
      takeElement('<A><Roles><member><RoleName>x</RoleName></member></Roles></A>', 'Roles', shape),
    ).toEqual({
      value: [{ RoleName: 'x' }],
      rest: '<A><Roles/></A>',
    });
    expect(takeElement('<A><Roles><member b="1"/></Roles></A>', 'Roles', shape)).toBeUndefined();
  });
});
