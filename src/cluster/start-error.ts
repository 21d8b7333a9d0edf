/** Why a fleet or a cluster can't be had: one line for the person who asked, never a stack. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}
