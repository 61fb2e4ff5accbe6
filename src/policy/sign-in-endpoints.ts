// Which partition a sign-in endpoint (a value of saml:aud) belongs to.

/** [docs.aws.amazon.com/IAM/latest/UserGuide/create-role-saml-IdP-tasks.html] */
const signInHosts: Readonly<Record<string, string>> = {
  aws: 'signin.aws.amazon.com',
  'aws-cn': 'signin.amazonaws.cn',
  'aws-us-gov': 'signin.amazonaws-us-gov.com',
};

/** The partition of a global or regional sign-in endpoint; undefined for any other URL. */
export const partitionOfAudience = (audience: string): string | undefined => {
  const host = URL.canParse(audience) ? new URL(audience).hostname : '';
  const known = Object.entries(signInHosts).find(
    ([, signIn]) => host === signIn || host.endsWith(`.${signIn}`),
  );
  return known?.[0];
};

/** The global sign-in endpoint of a partition. */
export const signInEndpoint = (partition: string): string =>
  `https://${signInHosts[partition] ?? signInHosts['aws']}/saml`;
