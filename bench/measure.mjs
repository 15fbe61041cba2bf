import { quantile } from "./statistics.mjs";

/**
 * Measures contestants against each other: a block of calls of one, a block of the next, and again from the start, so that
 * whatever else the machine does meets all of them. Each has `clients` (each calls once in a round) and `usage()`.
 * Calls per second are the median of the blocks. Ends after so many blocks of each, or earlier when `ms` have passed (a busy machine), but never before the second.
 */
export async function measure(contestants, { bytes, rounds, blocks, ms }) {
  const deadline = performance.now() + ms;
  const sheets = contestants.map(() => ({ times: [], rates: [], cpus: [] }));
  // One block to warm up: the first calls pay for compiling and for opening connections.
  for (const contestant of contestants) await block(contestant, bytes, rounds);
  for (let at = 0; at < blocks && (at < 2 || performance.now() < deadline); at++) {
    for (const [index, contestant] of contestants.entries()) {
      const sheet = sheets[index];
      const before = await contestant.usage();
      const started = performance.now();
      const times = await block(contestant, bytes, rounds);
      const elapsed = performance.now() - started;
      const { cpu } = await contestant.usage();
      sheet.times.push(...times);
      sheet.rates.push((times.length / elapsed) * 1000);
      sheet.cpus.push((cpu - before.cpu) / 1000 / times.length);
    }
  }
  return contestants.map(({ name }, index) => {
    const { times, rates, cpus } = sheets[index];
    return {
      name,
      calls: times.length,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      perSecond: quantile(rates, 0.5),
      cpu: cpus.reduce((sum, each) => sum + each, 0) / cpus.length,
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
