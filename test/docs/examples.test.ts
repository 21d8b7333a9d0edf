import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import { startFakeApiserver } from "../../src/embed.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const embed = new URL("../../src/embed.ts", import.meta.url).href;

/** The fenced blocks of a language, as programs or documents. */
function blocks(page: string, language: string): string[] {
  const found = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...found].flatMap(([, name, text]) => (name === language ? [text!] : []));
}

async function runExample(program: string): Promise<{ code: number | null; output: string }> {
  const source = program.replace('"fake-apiserver"', JSON.stringify(embed));
  const args = ["--import", "tsx", "--input-type=module", "-e", source.replace(/^import type .*$/gm, "")];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

describe("examples", () => {
  it("README's embedded fleet prints what it says", async () => {
    const [program] = blocks("README.md", "ts");
    expect(await runExample(program!)).toEqual({ code: 0, output: "[ 'worker-1' ]\n" });
  });

  it("the embedding guide's runs", async () => {
    const [program] = blocks("docs/guide/embedding.md", "ts");
    const { code, output } = await runExample(program!);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^(workload-\d https:\/\/127\.0\.0\.1:\d+ workload-\d-node\n){3}$/);
  });

  it("the manifests load into every cluster", async () => {
    const folder = new URL("../../docs/examples/", import.meta.url);
    const load = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const server = await startFakeApiserver({ clusters: 1000, sni: { domain: "test" }, load: load.join("---\n") });
    onTestFinished(() => server.stop());
    const config = new KubeConfig();
    config.loadFromString(await server.cluster("cluster-1000").kubeconfig());
    const api = config.makeApiClient(CoreV1Api);
    const names = ({ items }: { items: { metadata?: { name?: string } }[] }) =>
      items.map((item) => item.metadata?.name);
    expect(names(await api.listNode())).toEqual(["cluster-1000-control-plane", "worker-1"]);
    expect(names(await api.listPodForAllNamespaces())).toEqual(["kube-apiserver-cluster-1000-control-plane"]);
  });

  it.each(["docs/guide/options.md", "docs/guide/running.md", "docs/guide/container.md"])(
    "YAML in %s is YAML",
    (page) => {
      const documents = blocks(page, "yaml").flatMap((text) => parseAllDocuments(text.replaceAll(/\{\{\w+\}\}/g, "1")));
      expect(documents.length).toBeGreaterThan(0);
      for (const document of documents) expect("errors" in document ? document.errors : []).toEqual([]);
    },
  );
});
