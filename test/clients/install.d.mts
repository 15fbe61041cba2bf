import type { ClientEntry } from "./list.ts";

export declare const CLIENTS: Readonly<Record<string, ClientEntry>>;
export declare const NODE_VERSION: string;
export declare function versionOf(client: ClientEntry): string;
export declare function programsOf(name: string): Promise<string[]>;
export declare function nodeFolder(): Promise<string>;
export declare function harnessOf(harness: string): Promise<string>;
export declare function modulesOf(name: string): string;
