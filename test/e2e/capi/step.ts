import { connect } from "node:net";
import type { World } from "./world.js";

export interface Step {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** Versions of Kubernetes: what clusters have at first, and what one is upgraded to. */
export const FROM = "v1.34.4";
export const TO = "v1.35.0";

export function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
