// The SDK's XML reader puts every text together character by character, each with an object of its own: for the pages of
// the bulk read, which are nearly all policy documents, that is most of a sweep's time and memory. So the documents are
// taken out of these pages before the SDK reads them, and put back into what it read. Nobody outside notices.

import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { IAMClient } from '@aws-sdk/client-iam';

const bulkCommands: ReadonlySet<string | undefined> = new Set([
  'GetAccountAuthorizationDetailsCommand',
  'ListRolesCommand',
]);

const placeholder = /^@(\d+)@$/;
const tagEnd = 'PolicyDocument>';
const tags = [`<${tagEnd}`, `<AssumeRole${tagEnd}`] as const;

/** Documents are URL-encoded, so plain text as far as XML is concerned; one that is not stays where it is. */
const isPlainText = (text: string): boolean =>
  text.length >= 64 && !text.includes('&') && !text.includes('\r');

/** Gives the XML with a number in place of each document, which goes into `documents`. `xml` ends where a tag begins. */
const takeDocumentsOut = (xml: string, documents: string[]): string => {
  let thinned = '';
  let done = 0;
  for (let at = xml.indexOf(tagEnd); at !== -1; at = xml.indexOf(tagEnd, at)) {
    const start = at + tagEnd.length;
    at = start;
    if (!tags.some((tag) => xml.startsWith(tag, start - tag.length))) continue;
    const next = xml.indexOf('<', start);
    const end = next === -1 ? xml.length : next;
    const text = xml.slice(start, end);
    if (!isPlainText(text)) continue;
    thinned += `${xml.slice(done, start)}@${documents.length}@`;
    documents.push(text);
    done = end;
    at = end;
  }
  return thinned + xml.slice(done);
};

export interface Thinned {
  readonly xml: string;
  readonly documents: readonly string[];
}

/** Reads an XML text to its end, in pieces as they come, so that it never stands in memory as a whole. */
export const thin = async (chunks: AsyncIterable<Uint8Array>): Promise<Thinned> => {
  const decoder = new StringDecoder('utf8');
  const documents: string[] = [];
  const pieces: string[] = [];
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.write(chunk);
    const cut = rest.lastIndexOf('<');
    if (cut <= 0) continue;
    pieces.push(takeDocumentsOut(rest.slice(0, cut), documents));
    rest = rest.slice(cut);
  }
  return { xml: pieces.join('') + rest + decoder.end(), documents };
};

interface Holder {
  AssumeRolePolicyDocument?: string | undefined;
  PolicyDocument?: string | undefined;
  RolePolicyList?: readonly Holder[] | undefined;
}

const putBack = (holder: Holder, documents: readonly string[]): void => {
  for (const field of ['AssumeRolePolicyDocument', 'PolicyDocument'] as const) {
    const index = placeholder.exec(holder[field] ?? '')?.[1];
    const text = index === undefined ? undefined : documents[Number(index)];
    if (text !== undefined) holder[field] = text;
  }
  for (const policy of holder.RolePolicyList ?? []) putBack(policy, documents);
};

interface Output {
  readonly RoleDetailList?: readonly Holder[] | undefined;
  readonly Roles?: readonly Holder[] | undefined;
}

export const putDocumentsBack = (output: Output, documents: readonly string[]): void => {
  for (const role of [...(output.RoleDetailList ?? []), ...(output.Roles ?? [])]) putBack(role, documents);
};

interface HttpAnswer {
  statusCode: number;
  body: Readable | Uint8Array;
}

const isStreaming = (response: unknown): response is HttpAnswer & { readonly body: Readable } =>
  typeof response === 'object' &&
  response !== null &&
  'statusCode' in response &&
  'body' in response &&
  response.body instanceof Readable;

export const readDocumentsApart = (client: IAMClient): void => {
  const taken = new WeakMap<object, readonly string[]>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const { response } = result;
      if (!bulkCommands.has(context.commandName) || !isStreaming(response) || response.statusCode !== 200)
        return result;
      // A broken connection throws out of the loop that reads; it may also be told once more, when nobody listens.
      response.body.on('error', () => {});
      const { xml, documents } = await thin(response.body);
      taken.set(context, documents);
      (response as HttpAnswer).body = Buffer.from(xml, 'utf8');
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'rolewardenTakeDocumentsOut' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const documents = taken.get(context);
      taken.delete(context);
      if (documents !== undefined && result.output !== undefined)
        putDocumentsBack(result.output as Output, documents);
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'rolewardenPutDocumentsBack' },
  );
  // It copies whole answers for a log that nobody keeps.
  client.middlewareStack.remove('loggerMiddleware');
};
