import { readFileSync } from "node:fs";
import { StartError } from "../../cluster/start-error.js";
import { writePrivate } from "../pki.js";

/** How much a backing cluster takes. Undefined: whatever comes. */
export interface Room {
  readonly name: string;
  readonly capacity?: number | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
}

/** What a server needs. */
export interface Need {
  /** Bytes. */
  readonly memory: number;
  /** The name of the backing cluster that it has to be. */
  readonly backing?: string | undefined;
}

interface Placed {
  readonly backing: string;
  readonly memory: number;
}

/** Which backing cluster each cluster's server is in, kept in a file: a choice once made stands. */
export class Placement {
  readonly #file: string;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #placed: Map<string, Placed>;
  /** Which clusters take room: others may come back to where they were. */
  isLive: (cluster: string) => boolean = () => true;

  /** @throws Error for a file that can't be read */
  constructor(file: string, rooms: readonly Room[]) {
    this.#file = file;
    this.#rooms = new Map(rooms.map((room) => [room.name, room]));
    this.#placed = new Map(Object.entries(read(file)));
  }

  get clusters(): readonly string[] {
    return [...this.#placed.keys()];
  }

  of(cluster: string): string | undefined {
    return this.#placed.get(cluster)?.backing;
  }

  /** @throws StartError where no more of the kind can be placed */
  check(need: Need): void {
    this.#choose(need, () => true);
  }

  /** Where the cluster is, or goes: the emptiest of those that answer. @throws StartError when all are full */
  place(cluster: string, need: Need, answers: (backing: string) => boolean): string {
    const before = this.#placed.get(cluster);
    if (before !== undefined) {
      if (this.#rooms.has(before.backing)) return before.backing;
      throw new StartError(
        `its server is in backing cluster ${before.backing}, which is not named any more: name it by --backing, or ` +
          "remove the cluster",
        "invalid",
      );
    }
    const backing = this.#choose(need, answers);
    this.#placed.set(cluster, { backing, memory: need.memory });
    this.#write();
    return backing;
  }

  release(cluster: string): void {
    if (this.#placed.delete(cluster)) this.#write();
  }

  #choose({ memory, backing }: Need, answers: (backing: string) => boolean): string {
    const candidates = [...this.#rooms.values()].filter(({ name }) => backing === undefined || name === backing);
    if (candidates.length === 0) {
      const known = [...this.#rooms.keys()].join(", ") || "none";
      throw new StartError(
        backing === undefined
          ? "the fleet has no backing cluster: name one by --backing"
          : `there is no backing cluster ${JSON.stringify(backing)}: those of the fleet are ${known}`,
        "invalid",
        "backend.runtime.backing",
      );
    }
    const use = new Map(candidates.map((room) => [room.name, this.#useOf(room)]));
    const fitting = candidates.filter(({ name, capacity = Infinity, memory: most = Infinity }) => {
      const { servers, bytes } = use.get(name)!;
      return servers + 1 <= capacity && bytes + memory <= most;
    });
    if (fitting.length === 0) {
      throw new StartError(
        `no backing cluster has room for another kube-apiserver, which asks for ${mebibytes(memory)}: ` +
          candidates.map((room) => told(room, use.get(room.name)!)).join("; "),
        "conflict",
        "backend.runtime",
      );
    }
    const there = fitting.filter(({ name }) => answers(name));
    const order = (one: Room, other: Room) => {
      const [a, b] = [use.get(one.name)!, use.get(other.name)!];
      return a.share - b.share || a.servers - b.servers;
    };
    return [...(there.length > 0 ? there : fitting)].sort(order)[0]!.name;
  }

  #useOf({ name, capacity = Infinity, memory = Infinity }: Room): Use {
    let [servers, bytes] = [0, 0];
    for (const [cluster, placed] of this.#placed) {
      if (placed.backing !== name || !this.isLive(cluster)) continue;
      servers++;
      bytes += placed.memory;
    }
    return { servers, bytes, share: Math.max(servers / capacity, bytes / memory) };
  }

  #write(): void {
    writePrivate(this.#file, JSON.stringify(Object.fromEntries(this.#placed)));
  }
}

interface Use {
  readonly servers: number;
  readonly bytes: number;
  /** Of what it takes. */
  readonly share: number;
}

function told({ name, capacity, memory }: Room, { servers, bytes }: Use): string {
  const parts = [
    ...(capacity === undefined ? [] : [`${servers} of ${capacity} servers`]),
    ...(memory === undefined ? [] : [`${mebibytes(bytes)} of ${mebibytes(memory)}`]),
  ];
  return `${name} has ${parts.join(" and ")}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function read(file: string): Record<string, Placed> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, Placed>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new StartError(`${file} can't be used, which tells where servers run: ${(error as Error).message}`);
  }
}
