// The channel of a shell, opened as the Session Manager's plugin does, and then only watched: whether the service keeps it open.
// [source of session-manager-plugin: the token goes first, as text; then binary messages, whose type stands in bytes 4 to 35]

import { randomUUID } from 'node:crypto';
import type { OpenChannel } from '../experiment.ts';

const typeOf = (data: unknown): string =>
  data instanceof ArrayBuffer
    ? Buffer.from(data).subarray(4, 36).toString('latin1').replaceAll(/[\0 ]/g, '')
    : '';

const opening = (token: string): string =>
  JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: randomUUID(),
    TokenValue: token,
    ClientId: randomUUID(),
    ClientVersion: '1.2.0.0',
  });

export const openWebSocket: OpenChannel = (streamUrl, token) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(streamUrl);
    socket.binaryType = 'arraybuffer';
    let isClosed = false;
    socket.addEventListener('message', ({ data }) => {
      isClosed ||= typeOf(data) === 'channel_closed';
    });
    socket.addEventListener('close', () => {
      isClosed = true;
    });
    socket.addEventListener('error', () => reject(new Error('the channel of the shell cannot be opened')));
    socket.addEventListener('open', () => {
      socket.send(opening(token));
      resolve({ isOpen: () => !isClosed, close: () => socket.close() });
    });
  });
