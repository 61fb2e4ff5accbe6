// Where a controller's API listens unless its config says otherwise.

export const usualUrl = 'http://127.0.0.1:9465';
