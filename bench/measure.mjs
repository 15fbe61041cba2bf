import { quantile } from "./statistics.mjs";

/**
 * Measures contestants against each other: a block of calls of one, a block of the next, and again from the start, so that
 * whatever else the machine does meets all of them. Each has `clients` (each calls once in a round) and `usage()`.
 * Ends after so many blocks of each, or earlier when `ms` have passed (a busy machine), but never before the second.
 */
export async function measure(contestants, { bytes, rounds, blocks, ms }) {
  const deadline = performance.now() + ms;
  const sheets = contestants.map(() => ({ times: [], elapsed: 0, cpu: 0 }));
  // One block to warm up: the first calls pay for compiling and for opening connections.
  for (const contestant of contestants) await block(contestant, bytes, rounds);
  for (let at = 0; at < blocks && (at < 2 || performance.now() < deadline); at++) {
    for (const [index, contestant] of contestants.entries()) {
      const sheet = sheets[index];
      const before = await contestant.usage();
      const started = performance.now();
      sheet.times.push(...(await block(contestant, bytes, rounds)));
      sheet.elapsed += performance.now() - started;
      sheet.cpu += (await contestant.usage()).cpu - before.cpu;
    }
  }
  return contestants.map(({ name }, index) => {
    const { times, elapsed, cpu } = sheets[index];
    return {
      name,
      calls: times.length,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      perSecond: (times.length / elapsed) * 1000,
      cpu: cpu / 1000 / times.length,
    };
  });
}

async function block({ clients }, bytes, rounds) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const all = clients.map(async (client) => {
      const started = performance.now();
      await client.call(bytes);
      times.push(performance.now() - started);
    });
    await Promise.all(all);
  }
  return times;
}
