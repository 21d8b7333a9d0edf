import { readdir, readFile } from "node:fs/promises";
import { stringMapAt } from "../../kube/access.js";
import { versionInfo } from "../../schema/version.js";
import { descriptorLimit } from "../limits.js";
import { gauge } from "./families.js";
import type { Family, Sample } from "./text.js";

/** When the process began, in seconds since the epoch. */
export const PROCESS_START = Date.now() / 1000 - process.uptime();

export function startFamily(): Family {
  return gauge("process_start_time_seconds", "[ALPHA] When the process began, in seconds since the epoch.", [
    ["", {}, PROCESS_START],
  ]);
}

/** Of the whole process, which all its clusters share. What the platform does not tell is left out. */
export async function processFamilies(): Promise<Family[]> {
  const { user, system } = process.cpuUsage();
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [["", {}, value]]);
  return [
    startFamily(),
    {
      ...gauge("process_cpu_seconds_total", "Seconds of processor time.", one((user + system) / 1e6)),
      type: "counter",
    },
    gauge("process_resident_memory_bytes", "Bytes of memory that is resident.", one(process.memoryUsage.rss())),
    gauge("process_virtual_memory_bytes", "Bytes of address space.", one(await virtualBytes())),
    gauge("process_open_fds", "Files and sockets that are open.", one(await openFiles())),
    gauge("process_max_fds", "Files and sockets that may be open.", one(descriptorLimit())),
  ];
}

export function buildFamily(gitVersion: string): Family {
  const version = stringMapAt(versionInfo(gitVersion));
  const label = (name: string) => version[name] ?? "";
  const labels = {
    build_date: label("buildDate"),
    compiler: label("compiler"),
    git_commit: label("gitCommit"),
    git_tree_state: label("gitTreeState"),
    git_version: label("gitVersion"),
    go_version: label("goVersion"),
    major: label("major"),
    minor: label("minor"),
    platform: label("platform"),
  };
  return gauge("kubernetes_build_info", "[ALPHA] 1, with what /version tells as labels.", [["", labels, 1]]);
}

async function virtualBytes(): Promise<number | undefined> {
  const found = /^VmSize:\s+(\d+) kB/m.exec(await readIfThere("/proc/self/status"))?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}

async function openFiles(): Promise<number | undefined> {
  try {
    return (await readdir("/proc/self/fd")).length;
  } catch {
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return "";
  }
}
