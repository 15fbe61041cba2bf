import { expect, it } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";

it("what a driver tells the clients of a seat reaches those of this seat", async () => {
  const fake = fakeLauncher({ driver: true });
  const telling = definePlugin({
    name: "telling",
    harnesses: [
      {
        ...fake,
        drive: (host) => {
          const driver = fake.drive!(host);
          return {
            ...driver,
            send: (seat, call, out) => {
              host.notice(seat.id, `it has heard of ${call.name}`);
              host.notice("no seat of its", "nobody hears it");
              return driver.send!(seat, call, out);
            },
          };
        },
      },
    ],
  });
  const h2m = await serve({ harnesses: ["fake"], plugins: [telling] });
  const [mine, other] = [h2m.sessions.open({}), h2m.sessions.open({})];
  const heard: string[] = [];
  mine.on("notice", (message, level) => heard.push(`mine: ${level}: ${message}`));
  other.on("notice", (message) => heard.push(`other: ${message}`));
  await other.tools();

  await mine.call("echo", { text: "x" });

  expect(heard).toEqual(["mine: notice: it has heard of echo"]);
});
