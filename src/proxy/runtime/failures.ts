import { StartError } from "../../cluster/start-error.js";

/** A failure of the file system in words that tell what to do; anything else as it is. */
export function fileFailure(error: unknown): Error {
  const { code, path, message } = error as NodeJS.ErrnoException;
  const cause = CAUSES[code ?? ""];
  if (cause === undefined) return error instanceof Error ? error : new Error(message);
  return new StartError(`can't use ${path ?? "its files"}: ${cause}`);
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the disk; make room, or give another folder by --out or --data-dir",
  EDQUOT: "the quota of the disk is used up; make room, or give another folder by --out or --data-dir",
  EACCES: "permission denied; the folder has to be this user's",
  EPERM: "operation not permitted; the folder has to be this user's",
  EROFS: "the file system is read-only; give another folder by --out or --data-dir",
  ENOTDIR: "a part of the path is a file, not a folder; move that file away",
  EEXIST: "a file is where a folder should be; move that file away",
  EISDIR: "a folder is where a file should be; move that folder away",
  EFBIG: "it would be larger than files may be; raise the limit (ulimit -f)",
  EMFILE: "this process has too many files open; raise the limit (ulimit -n)",
  ENFILE: "the machine has too many files open",
  EIO: "the disk fails; give another folder by --out or --data-dir",
};

/** The system's numbers of what {@link CAUSES} tells of, in the order of a Linux header. */
const NUMBERS: Readonly<Record<string, string>> = {
  "1": "EPERM",
  "5": "EIO",
  "13": "EACCES",
  "27": "EFBIG",
  "28": "ENOSPC",
  "30": "EROFS",
  "122": "EDQUOT",
};

/** The system's words in the text of a Go program, and the code that they stand for. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/no space left on device/i, "ENOSPC"],
  [/disk quota exceeded/i, "EDQUOT"],
  [/read-only file system/i, "EROFS"],
  [/permission denied/i, "EACCES"],
  [/input\/output error/i, "EIO"],
  [/file too large|SIGXFSZ/i, "EFBIG"],
];

/** What a program of Go says of a failure of the file system, with what to do; any other text as it is. */
export function programFailure(text: string): string {
  // An error that its program has tried to print as something else: "write PATH 28".
  const [, path, number = ""] = /fs\.PathError=&\{\w+ (\S+) (\d+)\}/.exec(text) ?? [];
  const cause = CAUSES[NUMBERS[number] ?? ""];
  if (cause !== undefined) return `can't use ${path}: ${cause}`;
  const [words, code = ""] = WORDS.find(([pattern]) => pattern.test(text)) ?? [];
  return words === undefined ? text : text.replace(words, CAUSES[code] ?? "");
}

/** The last reason that a kube-apiserver's log tells for its end. */
export function lastReason(log: string): string | undefined {
  let found: string | undefined;
  for (const line of log.split("\n")) {
    const [, told] =
      /"command failed" err="((?:[^"\\]|\\.)*)"/.exec(line) ?? /^(?:Error|error): (.*)$/.exec(line) ?? [];
    if (told !== undefined) found = told.replaceAll('\\"', '"');
  }
  return found;
}

/** What to do about a reason, where that can be told. */
export function advice(reason: string): string {
  if (/address already in use/.test(reason)) return "another port is tried";
  if (/unknown flag|invalid argument|parse error/.test(reason)) return "mend the flags that it was given";
  if (isAboutEtcd(reason)) return "see whether etcd answers";
  return "its log says more";
}

/** Whether what a kube-apiserver says of itself may be etcd's fault. */
export function isAboutEtcd(reason: string): boolean {
  return /context deadline exceeded|connection refused|etcd/i.test(reason);
}
