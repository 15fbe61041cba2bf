import { Steps } from "../src/cli/output/steps.mjs";

/** What is measured now, told on the standard error: the tables go to the standard output. */
export const steps = new Steps({ lasting: true });
