// Builds the page into the folder that is named: index.html, app.js, app.css and LICENCES.txt.
// The same sources and the same lock file give the same bytes.
import { build } from "esbuild";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("name the folder to build into: node build.mjs ../static");
await mkdir(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  metafile: true,
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { app: "style/app.css" },
  outdir: out,
  bundle: true,
  minify: true,
  charset: "utf8",
  target: "chrome110",
  logLevel: "warning",
});
await cp(join(here, "index.html"), join(out, "index.html"));
await writeFile(join(out, "LICENCES.txt"), await licences(result.metafile));

/** The licences of the packages that are inside app.js, in alphabetical order. */
async function licences(metafile) {
  const names = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) names.add(found[1]);
  }
  let text = "app.js contains the program's own code and these packages.\n";
  for (const name of [...names].sort()) {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const licence = await readFile(join(folder, "LICENSE"), "utf8");
    text += `\n${name} ${about.version} (${about.license})\n\n${licence.trim()}\n`;
  }
  return text;
}
