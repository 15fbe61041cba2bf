import { H2mError } from "../../errors.ts";
import { isThenable } from "../../kit/thenable.ts";

/** Methods that give a further part, whose own methods are told of in the same way. */
const MAKERS: ReadonlySet<string> = new Set(["encoder", "drive"]);

/** Whose the parts are, by the object that stands for each. */
const owners = new WeakMap<object, { readonly plugin: string; readonly what: string }>();

/** An error of something that a part left with us, such as a listener: told as the part's own methods' errors are. */
export function errorOf(part: object, key: string, error: unknown): H2mError {
  const owner = owners.get(part);
  return owner ? named(owner.plugin, owner.what, key, error) : H2mError.from(error);
}

/**
 * A part of a plugin whose methods' errors say whose they are: the plugin's, of which part (``the API `x` ``), in which method.
 * What throws an `H2mError` has said enough. Everything else of the part is as it was, also what changes while it runs.
 */
export function owned<T extends object>(plugin: string, what: string, part: T): T {
  const own = {};
  owners.set(own, { plugin, what });
  for (const key of keysOf(part)) {
    const made = new WeakMap<object, unknown>();
    const get = () => {
      const value: unknown = part[key as keyof T];
      if (typeof value !== "function") return value;
      if (!made.has(value)) made.set(value, naming(plugin, what, key, part, value));
      return made.get(value);
    };
    Object.defineProperty(own, key, { get, enumerable: true });
  }
  return own as T;
}

function naming(
  plugin: string,
  what: string,
  key: string,
  part: object,
  // oxlint-disable-next-line typescript/no-unsafe-function-type: any method of a plugin
  method: Function,
): unknown {
  return (...args: unknown[]): unknown => {
    try {
      const given: unknown = Reflect.apply(method, part, args);
      if (isThenable(given))
        return given.then(undefined, (error: unknown) =>
          Promise.reject(named(plugin, what, key, error)),
        );
      return MAKERS.has(key) && typeof given === "object" && given !== null
        ? owned(plugin, what, given)
        : given;
    } catch (error) {
      throw named(plugin, what, key, error);
    }
  };
}

function named(plugin: string, what: string, key: string, error: unknown): H2mError {
  if (error instanceof H2mError) return error;
  const { message } = H2mError.from(error);
  const where = `The plugin \`${plugin}\` failed in \`${key}\` of ${what}`;
  return new H2mError("internal", `${where}: ${message}`, { cause: error });
}

/** Its own properties and those of its class, but not those that every object has. */
function keysOf(part: object): Set<string> {
  const keys = new Set<string>();
  for (let at: object | null = part; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const key of Object.getOwnPropertyNames(at)) if (key !== "constructor") keys.add(key);
  return keys;
}
