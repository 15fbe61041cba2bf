/** Names a session where the URL does not: for clients whose URL is one for many, and for several harnesses as one. */
export const SESSION_HEADER = "h2m-session";
