import ts from "typescript";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { describeObject } from "../../kubernetes/manifest.ts";
import { declarationFile } from "./published.ts";

/**
 * Names every field that the published type of its object does not have. TypeScript misses those that arrive by spread or
 * out of a callback, validators accept them, and Pulumi drops them without a word.
 */
export function unknownFields(objects: readonly KubernetesObject[]): string[] {
  const files = [...new Set(objects.map(declarationFile))];
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2024.d.ts"],
    types: [],
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const properties = new Map<ts.Type, ReadonlyMap<string, ts.Type>>();
  const propertiesOf = (type: ts.Type): ReadonlyMap<string, ts.Type> => {
    const known = properties.get(type);
    if (known !== undefined) return known;
    const found = new Map(checker.getPropertiesOfType(type).map((each) => [each.name, checker.getTypeOfSymbol(each)]));
    properties.set(type, found);
    return found;
  };
  const unknown: string[] = [];
  const walk = (value: unknown, declared: ts.Type, at: string): void => {
    if (typeof value !== "object" || value === null) return;
    const type = checker.getNonNullableType(declared);
    if (Array.isArray(value)) {
      const [item] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
      if (item !== undefined) value.forEach((each, index) => walk(each, item, `${at}[${index}]`));
      return;
    }
    const index = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    // A type without any field says that anything may stand there, such as a program's own settings.
    if (index === undefined && propertiesOf(type).size === 0) return;
    for (const [key, child] of Object.entries(value)) {
      const property = propertiesOf(type).get(key) ?? index;
      if (property === undefined) unknown.push(`${at}.${key}`);
      else walk(child, property, `${at}.${key}`);
    }
  };
  for (const object of objects) {
    // The values of a Secret are expressions of ours.
    const plain = object.kind === "Secret" ? { ...object, stringData: {} } : object;
    walk(plain, rootType(object, program, checker), describeObject(object));
  }
  return unknown;
}

function rootType(object: KubernetesObject, program: ts.Program, checker: ts.TypeChecker): ts.Type {
  const declaration = program
    .getSourceFile(declarationFile(object))
    ?.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === `I${object.kind}`);
  if (declaration === undefined) throw new Error(`There is no interface I${object.kind}.`);
  return checker.getTypeAtLocation(declaration);
}
