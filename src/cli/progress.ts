import { Presets, SingleBar } from "cli-progress";

/** Told as clusters come up. */
export interface Progress {
  update(up: number, total: number): void;
  done(): void;
}

/** A bar on a terminal, at most ten plain lines elsewhere. Both on standard error. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function bar(stream: NodeJS.WriteStream): Progress {
  const format = "clusters {bar} {value}/{total}";
  const shown = new SingleBar({ stream, format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  let started = false;
  return {
    update(up, total) {
      if (!started) shown.start(total, 0);
      started = true;
      shown.update(up);
    },
    done: () => shown.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Progress {
  let next = 0;
  return {
    update(up, total) {
      if (up < next && up < total) return;
      next = up + total / 10;
      if (total > 1) stream.write(`clusters up: ${up}/${total}\n`);
    },
    done() {},
  };
}
