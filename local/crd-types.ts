import ts from "typescript";

type Schema = Record<string, unknown>;

const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };

/** The schema of each interface's `spec`, read off its TypeScript declaration. */
export function specSchemas(wanted: readonly { readonly file: string; readonly kind: string }[]): Schema[] {
  const program = ts.createProgram(
    wanted.map(({ file }) => file),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      skipLibCheck: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  return wanted.map(({ file, kind }) => {
    const declared = program
      .getSourceFile(file)
      ?.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === `I${kind}`);
    const spec = declared === undefined ? undefined : checker.getTypeAtLocation(declared).getProperty("spec");
    if (spec === undefined) throw new Error(`${file} has no interface I${kind} with a spec.`);
    return schemaOf(checker.getTypeOfSymbol(spec), checker);
  });
}

function schemaOf(type: ts.Type, checker: ts.TypeChecker): Schema {
  const alias = type.aliasSymbol?.name;
  if (alias === "IQuantity" || alias === "IIntOrString") return { "x-kubernetes-int-or-string": true };
  if (type.isUnion()) return unionSchema(type, checker);
  if (type.isStringLiteral()) return { type: "string", enum: [type.value] };
  if (type.flags & ts.TypeFlags.StringLike) return { type: "string" };
  // The published types do not tell integers from fractions.
  if (type.flags & ts.TypeFlags.NumberLike) return { type: "number" };
  if (type.flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    return { type: "array", items: item === undefined ? anything : schemaOf(item, checker) };
  }
  return objectSchema(type, checker);
}

function unionSchema(type: ts.UnionType, checker: ts.TypeChecker): Schema {
  const parts = type.types.filter(({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return schemaOf(only, checker);
  const literals = parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
  if (literals.length === parts.length) return { type: "string", enum: literals.sort() };
  if (parts.every(({ flags }) => flags & ts.TypeFlags.BooleanLike)) return { type: "boolean" };
  const textOrNumber = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike;
  return parts.every(({ flags }) => flags & textOrNumber) ? { "x-kubernetes-int-or-string": true } : anything;
}

function objectSchema(type: ts.Type, checker: ts.TypeChecker): Schema {
  const members = checker.getPropertiesOfType(type);
  if (members.length === 0) {
    const values = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    return values === undefined
      ? { type: "object", ...anything }
      : { type: "object", additionalProperties: schemaOf(values, checker) };
  }
  const required = members.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(
      members.map((member) => [member.name, schemaOf(checker.getTypeOfSymbol(member), checker)]),
    ),
    ...(required.length === 0 ? {} : { required }),
  };
}
