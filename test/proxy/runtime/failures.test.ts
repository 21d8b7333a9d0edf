import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartError } from "../../../src/cluster/start-error.js";
import { writePrivate } from "../../../src/proxy/pki.js";
import { advice, fileFailure, programFailure } from "../../../src/proxy/runtime/failures.js";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "failures-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function failure(path: string): Error {
  try {
    writePrivate(path, "secret");
  } catch (error) {
    return fileFailure(error);
  }
  throw new Error("it was written");
}

describe("a file that can't be written", () => {
  it.each([
    ["a full disk", () => symlinkSync("/dev/full", join(dir, "x")), "x", "no space left on the disk; make room, or"],
    ["a file in the way", () => writeFileSync(join(dir, "x"), ""), "x/y/z", "a part of the path is a file"],
    ["a file as its folder", () => writeFileSync(join(dir, "x"), ""), "x/y", "a file is where a folder should be"],
    ["a folder in its place", () => mkdirSync(join(dir, "x")), "x", "a folder is where a file should be"],
  ])("is told of with its path and what to do: %s", (_why, spoil, path, message) => {
    spoil();
    const error = failure(join(dir, path));
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toContain(`can't use ${join(dir, path)}: ${message}`);
  });

  it.each(["EACCES", "EPERM", "EROFS", "EDQUOT", "EFBIG", "EMFILE", "ENFILE", "EIO"])("%s", (code) => {
    const error = fileFailure(Object.assign(new Error("x"), { code, path: "/p" }));
    expect(error.message).toMatch(/^can't use \/p: \w.* \w/);
  });

  it("is told apart from what is no matter of files", () => {
    const other = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    expect(fileFailure(other)).toBe(other);
  });
});

it.each([
  ["listen tcp 127.0.0.1:1: bind: address already in use", "another port is tried"],
  ["unknown flag: --x", "mend the flags that it was given"],
  ["context deadline exceeded", "see whether etcd answers"],
  ["something new", "its log says more"],
])("what to do about %s", (reason, text) => {
  expect(advice(reason)).toBe(text);
});

it.each([
  [
    "writeAt failed, offset: 270336: %!w(*fs.PathError=&{write /d/member/snap/db 28})",
    "can't use /d/member/snap/db: no space left on the disk; make room, or give another folder by --out or --data-dir",
  ],
  [
    "failed to create WAL: mkdir /d/wal.tmp: read-only file system",
    "failed to create WAL: mkdir /d/wal.tmp: the file system is read-only; give another folder by --out or --data-dir",
  ],
  ["SIGXFSZ: file size limit exceeded", /^it would be larger than files may be; raise the limit \(ulimit -f\)/],
  ["listen tcp: address in use", "listen tcp: address in use"],
])("what a program says of the disk: %s", (text, told) => {
  expect(programFailure(text)).toMatch(told);
});
