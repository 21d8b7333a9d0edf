import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { frame, readFrames } from "./frames.js";
import type { OpenFiles } from "./open-files.js";
import type { Syncer } from "./syncer.js";

/** What the logs of a fleet share. */
export interface LogParts {
  readonly files: OpenFiles;
  /** Undefined: every append is on the disk before it returns. */
  readonly syncer: Syncer | undefined;
}

/**
 * Records in a file, appended in one write each, so that what the process has written outlives it however it ends.
 * An append happens as a whole or throws and leaves the log as it was.
 */
export class LogFile {
  #end = 0;
  /** Whether something may lie behind the end: what a failed append has left. */
  #torn = false;

  constructor(
    readonly file: string,
    readonly parts: LogParts,
  ) {}

  /** In bytes. */
  get size(): number {
    return this.#end;
  }

  /** Reads what is there; a torn end is cut before the next append. @throws DamagedLogError */
  read(take: (payload: Buffer, offset: number) => void): void {
    const bytes = readIfThere(this.file);
    this.#end = readFrames(bytes, this.file, take);
    this.#torn = this.#end < bytes.length;
  }

  append(...records: readonly (readonly (Buffer | string)[])[]): void {
    const frames = records.map(frame);
    const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
    const fd = this.parts.files.of(this.file);
    if (this.#torn) ftruncateSync(fd, this.#end);
    this.#torn = true;
    try {
      writeAll(fd, bytes, this.#end);
      if (this.parts.syncer === undefined) fdatasyncSync(fd);
    } catch (error) {
      this.#cut(fd);
      throw error;
    }
    this.#torn = false;
    this.#end += bytes.length;
    this.parts.syncer?.touched(this.file);
  }

  /** A whole record that was refused must not come back: where it can't be cut now, the next append does it first. */
  #cut(fd: number): void {
    try {
      ftruncateSync(fd, this.#end);
      if (this.parts.syncer === undefined) fdatasyncSync(fd);
      this.#torn = false;
    } catch {
      // As long as nothing can be cut, nothing is appended.
    }
  }

  /** Puts these records in the place of all others; the file is the old or the new one at any time. */
  replace(records: Iterable<readonly (Buffer | string)[]>): void {
    const aside = `${this.file}.tmp`;
    let end = 0;
    try {
      const fd = openSync(aside, "w", 0o600);
      try {
        for (const record of records) {
          const bytes = frame(record);
          writeAll(fd, bytes, end);
          end += bytes.length;
        }
        // A name must not come before its content: the old file would be gone, and the new one empty.
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(aside, this.file);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
    this.parts.files.close(this.file);
    this.#end = end;
    this.#torn = false;
    if (this.parts.syncer === undefined) syncFolder(dirname(this.file));
  }

  remove(): void {
    this.close();
    rmSync(this.file, { force: true });
  }

  close(): void {
    this.parts.files.close(this.file);
  }
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}

function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
