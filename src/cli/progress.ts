import { Presets, SingleBar } from "cli-progress";
import type { Logger } from "pino";

/** Told as clusters come up. */
export interface Progress {
  update(up: number, total: number): void;
  done(): void;
}

/** A bar on a terminal, at most ten log lines elsewhere. */
export function createProgress(stream: NodeJS.WriteStream, log: Logger): Progress {
  return stream.isTTY && log.isLevelEnabled("info") ? bar(stream) : lines(log);
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

function lines(log: Logger): Progress {
  let next = 0;
  return {
    update(up, total) {
      if (up < next && up < total) return;
      next = up + total / 10;
      if (total > 1) log.info({ up, total }, "clusters come up");
    },
    done() {},
  };
}
