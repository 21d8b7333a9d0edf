/** What a URL and a method ask for; upstream: apiserver/pkg/endpoints/request/requestinfo.go. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** get list watch create update patch delete deletecollection, or the lower-case method of a non-resource path. */
  readonly verb: string;
  readonly path: string;
  /** "api" or "apis". */
  readonly apiPrefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments from the resource on, e.g. ["pods","p","status"]. */
  readonly parts: readonly string[];
}
