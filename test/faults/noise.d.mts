export function garbage(size?: number): Buffer;
export function garbageEvents(size?: number): Buffer;
export function pieces(bytes: Buffer): Buffer[];
export function roughen(
  write: (bytes: Buffer) => unknown,
  options: { end: string; garbage: (size: number) => Buffer },
): { hear(chunk: Buffer): void; done(): Promise<unknown> };
