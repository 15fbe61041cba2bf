/** What a session in a URL may be called. */
export const SESSION_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
