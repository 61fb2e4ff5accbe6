// The SDK drops fields that its model does not have, from answers and from requests. [measured] Where everything must pass,
// the text of an answer is kept beside what the SDK reads, and the text of a request is put in the place of the SDK's.

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ECSClient } from '@aws-sdk/client-ecs';

interface Command {
  readonly middlewareStack: unknown;
}

type Stack = ECSClient['middlewareStack'];

interface HttpAnswer {
  body: Readable | Uint8Array;
}

const isStreaming = (response: unknown): response is HttpAnswer & { readonly body: Readable } =>
  typeof response === 'object' &&
  response !== null &&
  'body' in response &&
  response.body instanceof Readable;

/** Gives the text of the command's last answer, once it was sent. */
export const keepAnswer = (command: Command): (() => string | undefined) => {
  let kept: string | undefined;
  (command.middlewareStack as Stack).add(
    (next) => async (args) => {
      kept = undefined;
      const result = await next(args);
      const { response } = result;
      if (!isStreaming(response)) return result;
      // A broken connection throws out of what reads; it may also be told once more, when nobody listens.
      response.body.on('error', () => {});
      kept = await text(response.body);
      (response as HttpAnswer).body = Buffer.from(kept, 'utf8');
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'rolewardenKeepAnswer' },
  );
  return () => kept;
};

/** Sends this text, before its length is counted and it is signed. */
export const sendText = (command: Command, body: string): void => {
  (command.middlewareStack as Stack).add(
    (next) => (args) => {
      (args.request as { body: string }).body = body;
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'rolewardenSendText' },
  );
};
