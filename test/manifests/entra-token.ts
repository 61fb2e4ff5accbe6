// How the controller asks STS for the token by which it signs in to Entra.

/** Condition keys of `sts:GetWebIdentityToken`. [entra.md §9] */
export const entraToken = {
  'sts:IdentityTokenAudience': ['api://AzureADTokenExchange'],
  'sts:SigningAlgorithm': 'RS256',
  'sts:DurationSeconds': '300',
} as const;
