// A SAML response, taken apart. Its signature is not checked: whoever runs doctor saved it herself, and asks what Entra sends,
// not whether Entra sent it.

import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../domain/errors.ts';

export interface SamlResponse {
  /** The last part of the status code: `Success`. */
  readonly status: string;
  readonly issuer: string;
  readonly nameId: string;
  /** A URI; empty where none is given. */
  readonly nameIdFormat: string;
  /** Of every subject confirmation. */
  readonly recipients: readonly string[];
  readonly audiences: readonly string[];
  /** Values of the attributes, by name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly isSigned: boolean;
  /** Milliseconds since the epoch; undefined: it does not say. */
  readonly issuedAtMs: number | undefined;
}

type Node = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  alwaysCreateTextNode: true,
});

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const asList = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const children = (node: unknown, name: string): readonly Node[] =>
  isNode(node) ? asList(node[name]).filter(isNode) : [];
const child = (node: unknown, name: string): Node | undefined => children(node, name)[0];
const textOf = (node: Node | undefined): string => {
  const text = node?.['#text'];
  return typeof text === 'string' ? text.trim() : '';
};
const attributeOf = (node: Node | undefined, name: string): string => {
  const value = node?.[`@${name}`];
  return typeof value === 'string' ? value : '';
};

const attributesOf = (assertion: Node): ReadonlyMap<string, readonly string[]> => {
  const all = new Map<string, readonly string[]>();
  for (const attribute of children(assertion, 'AttributeStatement').flatMap((one) =>
    children(one, 'Attribute'),
  )) {
    const name = attributeOf(attribute, 'Name');
    const values = children(attribute, 'AttributeValue').map(textOf);
    all.set(name, [...(all.get(name) ?? []), ...values]);
  }
  return all;
};

const timeOf = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};

const parse = (xml: string, invalid: (message: string) => AppError): unknown => {
  // Entities of a document's own are never needed, and can be made to explode.
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw invalid('has a document type, which no SAML response has');
  try {
    return parser.parse(xml, true);
  } catch (cause) {
    throw new AppError('invalid', 'is no well-formed XML: save it again, whole', { cause });
  }
};

/** Throws `invalid` where there is not exactly one readable assertion. Messages are about "the response" only. */
export const readSamlResponse = (xml: string): SamlResponse => {
  const invalid = (message: string): AppError => new AppError('invalid', `the response ${message}`);
  const document = parse(xml, invalid);
  const response = child(document, 'Response');
  const assertions = [...children(response, 'Assertion'), ...children(document, 'Assertion')];
  if (response !== undefined && child(response, 'EncryptedAssertion') !== undefined)
    throw invalid(
      'holds an encrypted assertion; turn token encryption of the enterprise application off, sign in, and save that response',
    );
  const [assertion] = assertions;
  if (assertion === undefined || assertions.length !== 1)
    throw invalid(
      `holds ${assertions.length} assertions instead of one; save the SAMLResponse of one sign-in`,
    );
  const status = attributeOf(child(child(response, 'Status'), 'StatusCode'), 'Value');
  const subject = child(assertion, 'Subject');
  const nameId = child(subject, 'NameID');
  return {
    status: status.split(':').at(-1) ?? '',
    issuer: textOf(child(assertion, 'Issuer')),
    nameId: textOf(nameId),
    nameIdFormat: attributeOf(nameId, 'Format'),
    recipients: children(subject, 'SubjectConfirmation').map((one) =>
      attributeOf(child(one, 'SubjectConfirmationData'), 'Recipient'),
    ),
    audiences: children(child(assertion, 'Conditions'), 'AudienceRestriction')
      .flatMap((one) => children(one, 'Audience'))
      .map(textOf),
    attributes: attributesOf(assertion),
    isSigned: child(assertion, 'Signature') !== undefined,
    issuedAtMs: timeOf(attributeOf(assertion, 'IssueInstant')),
  };
};
