import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./markdown.ts";

/** One member of an interface. */
export interface Member {
  readonly name: string;
  readonly optional: boolean;
  /** As it is written in the tables: `call?(call, next, context)`. */
  readonly spelled: string;
  /** What its comment says after `@default`, on that line. */
  readonly default?: string | undefined;
  /** Of a member that is a function of one object: the names in that object. */
  readonly payload: readonly string[];
}

/** The exported interfaces of `src/types`: name → its own members. `file`: such as `hooks.ts`; all without. */
export function interfacesOf(file?: string): Map<string, Member[]> {
  const folder = join(ROOT, "src/types");
  const found = new Map<string, Member[]>();
  for (const name of file === undefined ? readdirSync(folder) : [file]) {
    const text = readFileSync(join(folder, name), "utf8");
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    for (const statement of source.statements)
      if (ts.isInterfaceDeclaration(statement))
        found.set(statement.name.text, statement.members.map(memberOf));
  }
  return found;
}

function memberOf(member: ts.TypeElement): Member {
  const name = member.name;
  if (name === undefined || !(ts.isIdentifier(name) || ts.isStringLiteral(name)))
    throw new Error(`A member without a plain name: ${member.getText()}`);
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
  const text = ts.getTextOfJSDocComment(tag?.comment);
  return {
    name: name.text,
    optional: member.questionToken !== undefined,
    spelled: name.text + (member.questionToken ? "?" : "") + parametersOf(member),
    default: text?.split("\n")[0],
    payload: payloadOf(member),
  };
}

function parametersOf(member: ts.TypeElement): string {
  if (!ts.isMethodSignature(member)) return "";
  const names = member.parameters.map(
    ({ name, questionToken }) => name.getText() + (questionToken ? "?" : ""),
  );
  return `(${names.join(", ")})`;
}

function payloadOf(member: ts.TypeElement): string[] {
  const type = ts.isPropertySignature(member) ? member.type : undefined;
  const given = type && ts.isFunctionTypeNode(type) ? type.parameters[0]?.type : undefined;
  return given && ts.isTypeLiteralNode(given)
    ? given.members.map((inner) => memberOf(inner).name)
    : [];
}
