import { internalError } from "../../kube/errors.js";
import type { JsonObject } from "../../kube/json.js";
import { type FailureStatus, statusObject } from "../../kube/status.js";

/** How a command ended. */
export type RemoteResult = { readonly exitCode: number } | { readonly error: string };

/** Says how a command ended on the error stream. Undefined: nothing is said. */
export type StatusWriter = (result: RemoteResult, command: readonly string[]) => string | undefined;

const ENDED = "command terminated with non-zero exit code";

/** v4.channel.k8s.io: a Status in JSON; upstream: kubelet/pkg/cri/streaming/remotecommand/exec.go. */
export const statusOfKubelet: StatusWriter = (result, command) => {
  if ("error" in result) return statusText(internalError(result.error).status);
  const { exitCode } = result;
  if (exitCode === 0) return SUCCESS;
  return exitStatus(exitCode, `${ENDED}: error executing command [${command.join(" ")}], exit code ${exitCode}`);
};

/** v5.channel.k8s.io: what the API server makes of the kubelet's; upstream: apiserver/pkg/util/proxy/streamtranslator.go. */
export const statusOfTranslator: StatusWriter = (result) => {
  if ("error" in result) return statusText(internalError(internalError(result.error).message).status);
  const { exitCode } = result;
  if (exitCode === 0) return SUCCESS;
  return exitStatus(exitCode, `${ENDED}: command terminated with exit code ${exitCode}`);
};

/** Older protocols: a failure's message, as text. */
export const statusAsText: StatusWriter = (result, command) => {
  if ("error" in result) return internalError(result.error).message;
  const { exitCode } = result;
  if (exitCode === 0) return undefined;
  return `${ENDED}: error executing command [${command.join(" ")}], exit code ${exitCode}`;
};

const SUCCESS = '{"metadata":{},"status":"Success"}';

function exitStatus(exitCode: number, message: string): string {
  const causes = [{ reason: "ExitCode", message: String(exitCode) }];
  return statusText({ code: 0, reason: "NonZeroExitCode", message, details: { causes } });
}

/** These Statuses say neither kind nor version. */
function statusText(failure: FailureStatus): string {
  const { kind: _kind, apiVersion: _version, code, ...rest } = statusObject(failure) as JsonObject;
  return JSON.stringify(code === 0 ? rest : { ...rest, code });
}
