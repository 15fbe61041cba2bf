import { afterAll, afterEach } from "vitest";
import { beginFile, endFile, endTest } from "./file-world.ts";

// Set-up of vitest: it runs before each test file. Its hooks are the first, and so the last to run: after those of `sharedFake`.
beginFile();
afterEach(endTest);
afterAll(endFile);
