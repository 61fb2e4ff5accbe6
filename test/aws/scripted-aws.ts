// An HTTP server that answers AWS Query requests as a test scripts them: for answers that a real cloud would never give.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedRequest {
  readonly action: string;
  readonly parameters: URLSearchParams;
  /** From the signature. */
  readonly accessKeyId: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  /** XML inside of `<ActionResult>`; with `raw`, the whole body. */
  readonly body?: string;
  readonly raw?: boolean;
  readonly requestId?: boolean;
  readonly code?: string;
  readonly message?: string;
  /** `hang`: never answers. `drop`: cuts the connection. `hangBody`: sends the head and half of the body. */
  readonly how?: 'hang' | 'drop' | 'hangBody';
}

export interface ScriptedAws {
  readonly url: string;
  readonly requests: ScriptedRequest[];
  stop(): Promise<void>;
}

const errorBody = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`;

const bodyOf = (action: string, answer: ScriptedAnswer): string => {
  if (answer.raw === true) return answer.body ?? '';
  if (answer.code !== undefined) return errorBody(answer.code, answer.message ?? 'said the service');
  return `<${action}Response><${action}Result>${answer.body ?? ''}</${action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${action}Response>`;
};

const send = (response: ServerResponse, action: string, answer: ScriptedAnswer): void => {
  if (answer.how === 'hang') return;
  if (answer.how === 'drop') {
    response.destroy();
    return;
  }
  const status = answer.status ?? (answer.code === undefined ? 200 : 400);
  const head = { 'content-type': 'text/xml' };
  response.writeHead(status, answer.requestId === false ? head : { ...head, 'x-amzn-requestid': 'r-1' });
  const body = bodyOf(action, answer);
  if (answer.how === 'hangBody') response.write(body.slice(0, body.length / 2));
  else response.end(body);
};

/** `answer` gets each request with its number among those of the same action, from 1. */
export const startScriptedAws = async (
  answer: (request: ScriptedRequest, nth: number) => ScriptedAnswer,
): Promise<ScriptedAws> => {
  const requests: ScriptedRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (part: string) => {
      body += part;
    });
    incoming.on('end', () => {
      const parameters = new URLSearchParams(body);
      const action = parameters.get('Action') ?? '';
      const accessKeyId = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
      const request = { action, parameters, accessKeyId };
      requests.push(request);
      const nth = requests.filter((each) => each.action === action).length;
      send(response, action, answer(request, nth));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
