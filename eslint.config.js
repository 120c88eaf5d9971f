import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Folders that decide by their arguments alone. */
const pure = ["catalogue/**", "components/**", "delivery/**", "kubernetes/**", "policies/**", "review/**", "stacks/**"];

export default defineConfig(
  { ignores: [".local/**", "node_modules/**", "*.config.*", "policies/pack/index.cjs"] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      // Numbers in text are what most of our text is about.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export by name: a rename then shows everywhere." },
        {
          selector: "CallExpression[callee.property.name='apply'] NewExpression",
          message: "A resource made inside apply is invisible in previews.",
        },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_$" }],
      eqeqeq: "error",
    },
  },
  {
    // vitest takes its set-up from the default export.
    files: ["test/support/cluster.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: pure,
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Pure code takes what it needs as an argument." }],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Pure code is the same every time." },
        { object: "Date", property: "now", message: "Pure code does not know the time." },
      ],
    },
  },
  {
    files: ["catalogue/**", "delivery/**", "kubernetes/**", "policies/**", "review/**", "stacks/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["@pulumi/*"], message: "Only components/component.ts and its neighbours talk to Pulumi." },
          ],
        },
      ],
    },
  },
  {
    // The engine starts it as a program of its own.
    files: ["policies/pack/pack.ts"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    // The peer's types are not installed where this is checked.
    files: ["bench/cdk8s/**"],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // The two places that stand between Pulumi's process and the rest.
    files: ["components/program.ts"],
    rules: { "no-restricted-globals": "off" },
  },
);
