// Where the sandbox listens unless told otherwise; manifests/example/config.yaml names the same ports.

export const sandboxPorts = { aws: 9461, entra: 9462, control: 9463 } as const;
