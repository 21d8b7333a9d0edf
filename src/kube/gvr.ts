/** Group, version and resource; the core group is "". */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Group, version and kind; the core group is "". */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** "apps/v1" for a group, "v1" for the core group. */
export function apiVersionOf(gv: { readonly group: string; readonly version: string }): string {
  return gv.group === "" ? gv.version : `${gv.group}/${gv.version}`;
}

/** "deployments.apps" for a group, "pods" for the core group: how upstream's messages name a resource. */
export function qualifiedResource(gr: { readonly group: string; readonly resource: string }): string {
  return gr.group === "" ? gr.resource : `${gr.resource}.${gr.group}`;
}
