// The Query protocol: form-encoded requests, XML answers and XML errors. [AWS IAM and STS API references]

import { validationError } from './service-error.ts';
import type { ServiceError } from './service-error.ts';
import { element, escapeXml, textElement } from './xml.ts';

export type Params = ReadonlyMap<string, string>;

export const parseForm = (body: string): Params => new Map(new URLSearchParams(body));

export type ServiceName = 'iam' | 'sts';

const versions: Readonly<Record<string, ServiceName>> = { '2010-05-08': 'iam', '2011-06-15': 'sts' };
const namespaces: Readonly<Record<ServiceName, string>> = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** One address serves both services; the API version in the request tells them apart. */
export const serviceOfVersion = (version: string | undefined): ServiceName | undefined =>
  version === undefined ? undefined : versions[version];

/** `result` is the XML inside `<…Result>`; undefined for the actions that answer without one. */
export const renderAnswer = (
  service: ServiceName,
  action: string,
  result: string | undefined,
  requestId: string,
): string => {
  const resultXml = result === undefined ? '' : element(`${action}Result`, result);
  const metadata = element('ResponseMetadata', textElement('RequestId', requestId));
  return `<${action}Response xmlns="${namespaces[service]}">${resultXml}${metadata}</${action}Response>`;
};

export const renderError = (service: ServiceName, error: ServiceError, requestId: string): string => {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const inner = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return `<ErrorResponse xmlns="${namespaces[service]}"><Error>${inner}</Error>${textElement('RequestId', requestId)}</ErrorResponse>`;
};

const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const constraint = (value: string | null, name: string, rule: string): ServiceError =>
  validationError(
    `1 validation error detected: Value ${value === null ? 'null' : `'${value}'`} at '${camelCase(name)}' failed to satisfy constraint: ${rule}`,
  );

export interface TextRule {
  readonly pattern?: RegExp;
  /** What AWS says when the pattern does not match; the generic sentence when absent. */
  readonly complaint?: string;
  readonly min?: number;
  readonly max?: number;
}

export const checkText = (name: string, value: string, rule: TextRule): string => {
  if (value.length < (rule.min ?? 1)) {
    throw constraint(value, name, `Member must have length greater than or equal to ${rule.min ?? 1}`);
  }
  if (rule.max !== undefined && value.length > rule.max) {
    throw constraint(value, name, `Member must have length less than or equal to ${rule.max}`);
  }
  if (rule.pattern !== undefined && !rule.pattern.test(value)) {
    if (rule.complaint !== undefined) {
      throw validationError(`The specified value for ${camelCase(name)} is invalid. ${rule.complaint}`);
    }
    throw constraint(value, name, `Member must satisfy regular expression pattern: ${rule.pattern.source}`);
  }
  return value;
};

export const requiredText = (params: Params, name: string, rule: TextRule = {}): string => {
  const value = params.get(name);
  if (value === undefined) throw constraint(null, name, 'Member must not be null');
  return checkText(name, value, rule);
};

export const optionalText = (params: Params, name: string, rule: TextRule = {}): string | undefined => {
  const value = params.get(name);
  return value === undefined ? undefined : checkText(name, value, rule);
};

export const optionalInteger = (
  params: Params,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | undefined => {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) throw validationError(`Value '${text}' for ${name} must be an integer.`);
  if (value < range.min) {
    throw constraint(text, name, `Member must have value greater than or equal to ${range.min}`);
  }
  if (value > range.max)
    throw constraint(text, name, `Member must have value less than or equal to ${range.max}`);
  return value;
};

export const flag = (params: Params, name: string): boolean => params.get(name)?.toLowerCase() === 'true';

/** A list of plain values: `Filter.member.1=Role`. An empty list arrives as `Filter=`. */
export const textList = (params: Params, name: string): readonly string[] =>
  indexed(params, name).map((fields) => fields.get('') ?? '');

/** A list of structures: `Tags.member.1.Key=…`; one map of fields each, in the order of the indexes. */
export const structureList = (params: Params, name: string): readonly Params[] => indexed(params, name);

const indexed = (params: Params, name: string): readonly Params[] => {
  const prefix = `${name}.member.`;
  const found = new Map<number, Map<string, string>>();
  for (const [key, value] of params) {
    if (!key.startsWith(prefix)) continue;
    const [index = '', ...field] = key.slice(prefix.length).split('.');
    const fields = found.get(Number(index)) ?? new Map<string, string>();
    fields.set(field.join('.'), value);
    found.set(Number(index), fields);
  }
  return [...found.entries()].sort(([a], [b]) => a - b).map(([, fields]) => fields);
};
