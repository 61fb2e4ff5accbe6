// Addresses of servers that get credentials: https, but for this machine itself.

import { isIPv4 } from 'node:net';

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));

/** User name and password are judged apart from the form, so that the message can say what to do about them. */
export const isRemoteUrl = (text: string): boolean => {
  // The URL class would drop some of these silently.
  if (!/^https?:\/\/[^\s\\?#\p{Cc}]+$/u.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
};

export const hasCredentials = (url: string): boolean => {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
};

/** As it is asked for: without a slash at its end. */
export const remoteUrl = (text: string): string => new URL(text).href.replace(/\/+$/, '');
