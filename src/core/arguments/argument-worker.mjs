// Checks arguments by JSON Schemas: imported by `arguments.ts` for plain ones, and a thread of its own for all others. It is
// JavaScript as it is, and stands alone: a thread can begin with it from source and from `dist`.
import { parentPort, workerData } from "node:worker_threads";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** In `workerData`: this thread is here to check. */
export const ROLE = "h2m:arguments";

const OPTIONS = { strict: false, allErrors: true, validateSchema: false, logger: false };
/** Most faults that are told of one call. */
const TOLD = 20;

const shared = new Map();

/** A function that checks (draft-07 or 2020-12). @throws if the schema is none */
export function validatorOf(schema) {
  const old = String(schema.$schema ?? "").includes("draft-07");
  // Two tools may carry one `$id`, which Ajv takes for a conflict; `$async` would make a promise of each answer.
  const { $id: _, $async: __, ...rest } = schema;
  // Those inside it stay known for as long as the checker.
  const own = JSON.stringify(rest).includes('"$id"');
  const kind = old ? Ajv : Ajv2020;
  const ajv = own ? withFormats(kind) : sharedOf(kind);
  const validate = ajv.compile(rest);
  // Ajv would keep every schema for ever.
  ajv.removeSchema(rest);
  return validate;
}

/** Each thing that is wrong with the arguments: where (a JSON pointer), and in words. */
export function faultsBy(validate, args) {
  if (validate(args)) return [];
  const faults = new Map();
  for (const error of validate.errors ?? []) {
    if (faults.size === TOLD) {
      faults.set("", { path: "", text: "and more" });
      break;
    }
    const text = described(error);
    if (!faults.has(text)) faults.set(text, { path: pathOf(error), text });
  }
  return [...faults.values()];
}

/** Of an argument that is missing, or one too many, its own. */
function pathOf({ instancePath, params }) {
  const name = params.missingProperty ?? params.additionalProperty;
  if (name === undefined) return instancePath;
  return `${instancePath}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function sharedOf(Kind) {
  const ajv = shared.get(Kind) ?? withFormats(Kind);
  shared.set(Kind, ajv);
  return ajv;
}

function withFormats(Kind) {
  const ajv = new Kind(OPTIONS);
  // The package is CommonJS: its function is the default export of its default export under Node.
  (addFormats.default ?? addFormats)(ajv);
  return ajv;
}

function described(error) {
  const path = error.instancePath.slice(1).replaceAll("/", ".");
  const inside = path ? ` in \`${path}\`` : "";
  switch (error.keyword) {
    case "required":
      return `\`${error.params.missingProperty}\` is missing${inside}`;
    case "additionalProperties":
      return `\`${error.params.additionalProperty}\` is not known${inside}`;
    case "enum":
      return `\`${path}\` must be one of ${JSON.stringify(error.params.allowedValues)}`;
    default:
      return `${path ? `\`${path}\`` : "they"} ${error.message ?? error.keyword}`;
  }
}

/** Answers one request after another: `{ schema, args }`, both as JSON, with `{ faults }`, or `{ error }` of a bad schema. */
function serve() {
  /** By the schema's text; the oldest go. */
  const known = new Map();
  const validator = (text) => {
    const found = known.get(text) ?? validatorOf(JSON.parse(text));
    known.delete(text);
    known.set(text, found);
    if (known.size > 200) known.delete(known.keys().next().value);
    return found;
  };
  parentPort.on("message", ({ schema, args }) => {
    try {
      parentPort.postMessage({ faults: faultsBy(validator(schema), JSON.parse(args)) });
    } catch (error) {
      parentPort.postMessage({ error: String(error?.message ?? error) });
    }
  });
  parentPort.postMessage("ready");
}

if (parentPort && workerData === ROLE) serve();
