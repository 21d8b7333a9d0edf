/** The pages that are made from the code's own lists: `npm run docs` writes them, a test tells when they are stale. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { envName, OPTION_GROUPS, OPTIONS, type Option, yamlName } from "../src/config/options.js";
import { GAPS } from "../src/kube/gaps.js";

const HEADER = "<!-- Made by `npm run docs`. Change the list in the code instead. -->";

/** By path below docs/. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "guide/options.md": optionsPage,
  "gaps.md": gapsPage,
};

function optionsPage(): string {
  const groups = Object.entries(OPTION_GROUPS).map(([title, names]) =>
    [`## ${title}`, "", ...names.flatMap((name) => optionEntry(name, OPTIONS[name]))].join("\n"),
  );
  return `${HEADER}

# Settings

Every setting is a flag of \`fake-apiserver serve\`, an environment variable and a key of the YAML file that \`--config\` (or \`FAKE_APISERVER_CONFIG\`) names. The flag wins, then the environment, then the file. A misspelt variable or key is refused, and so is a value that does not fit.

\`\`\`yaml
# fleet.yaml
clusters: 1000
basePort: 20000
load: [manifests/]
\`\`\`

${groups.join("\n")}`;
}

function optionEntry(name: string, option: Option<unknown>): string[] {
  const { help, value, default: fallback, expected } = option;
  const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
  const many = Array.isArray(fallback);
  const facts = [
    `Environment \`${envName(name)}\`, YAML \`${yamlName(name)}\`.`,
    value === undefined
      ? ""
      : `Takes ${expected}${many ? "; the flag can be repeated, or its values joined by commas" : ""}.`,
    value === undefined || many || fallback === undefined ? "" : `Default: \`${String(fallback)}\`.`,
  ];
  return [
    `### \`${flag}\``,
    "",
    help.endsWith("…") ? help : `${help}.`,
    "",
    facts.filter((fact) => fact !== "").join(" "),
    "",
  ];
}

function gapsPage(): string {
  const entries = Object.entries(GAPS).map(([name, text]) => `## ${name}\n\n${text}\n`);
  return `${HEADER}

# What is not emulated

Whatever a kube-apiserver does and this program does not is refused with a Status of code 501 that names one of these entries, or stored without effect where it says so; nothing is answered by approximation. Something missing here that is not as on a real server is a bug.

${entries.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, page] of Object.entries(PAGES)) writeFileSync(new URL(path, import.meta.url), page());
}
