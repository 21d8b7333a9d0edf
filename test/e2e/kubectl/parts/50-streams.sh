# Lists in chunks, watches, events, custom resources, deletion of what is left.
for n in 1 2 3 4 5; do k create configmap "list-$n" --from-literal=n=$n -n tour; done
k get cm -n tour --chunk-size=2 -o name
k get cm -n tour --sort-by=.data.n -o name
k get cm -n tour --limit=2
k get cm -n tour --output-watch-events --watch --request-timeout=2s -o name
k get cm -n tour --watch --request-timeout=2s
k get cm list-1 -n tour --watch-only --request-timeout=2s
(
  sleep 1
  ask delete cm list-5 -n tour >/dev/null
) &
k wait --for=delete cm/list-5 -n tour --timeout=10s
wait $!
k wait --for=create cm/list-1 -n tour --timeout=5s
k wait --for=jsonpath='{.data.n}'=2 cm/list-1 -n tour --timeout=1s
# In a namespace where nobody else has anything to tell: a real server repairs Services' addresses now and then.
k create namespace told
k run told --image=nginx:1 -n told
cat >"$work/events.yaml" <<'YAML'
apiVersion: v1
kind: Event
metadata: {name: e.1, namespace: told}
involvedObject: {kind: Pod, name: told, namespace: told, apiVersion: v1}
reason: Scheduled
message: Found a place
type: Normal
count: 3
firstTimestamp: "2024-01-02T03:04:05Z"
lastTimestamp: "2024-01-02T03:05:05Z"
source: {component: scheduler, host: h}
---
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: e.2, namespace: told}
regarding: {kind: Pod, name: told, namespace: told, apiVersion: v1}
reason: Failed
note: It did not work
type: Warning
action: Trying
eventTime: "2024-01-02T03:06:05.000001Z"
reportingController: example.com/c
reportingInstance: c-1
YAML
k create -f "$work/events.yaml"
k events -n told
k events -n told --types=Warning -o yaml
k events -n told --for pod/told
k get events -n told
k get events -n told -o wide --field-selector type=Warning
k get events.v1.events.k8s.io -n told
k describe pod told -n told

cat >"$work/crd.yaml" <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
      additionalPrinterColumns:
        - {name: Size, type: string, jsonPath: .spec.size}
        - {name: Replicas, type: integer, jsonPath: .spec.replicas, priority: 1}
        - {name: Made, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: string, enum: [small, large]}
                replicas: {type: integer, minimum: 0, default: 1}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
YAML
printf 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: tour}\nspec: {size: small}\n' >"$work/widget.yaml"
k apply -f "$work/crd.yaml"
k wait --for=condition=Established crd/widgets.example.com --timeout=10s
k get crd
k describe crd widgets.example.com
k api-resources --api-group=example.com -o wide
# A real server publishes a definition's schema a second or more after it is established.
for _ in $(seq 60); do
  ask explain widget.spec >/dev/null 2>&1 && break
  sleep 0.5
done
k explain widget.spec
k explain widget --recursive
k apply -f "$work/widget.yaml"
k apply -f "$work/widget.yaml"
k apply --server-side -f "$work/widget.yaml" --force-conflicts
k get wd -n tour
k get widgets -n tour -o wide
k get widget w -n tour -o yaml --show-managed-fields
k describe widget w -n tour
k scale widget w -n tour --replicas=3
k get all -n tour
k patch wd w -n tour --type=merge -p '{"spec":{"size":"huge","more":1}}'
k patch wd w -n tour -p '{"spec":{"size":"large"}}'
k patch wd w -n tour --subresource=status --type=merge -p '{"status":{"replicas":2}}'
k get wd w -n tour --subresource=scale -o yaml
# In another second than the write before: managers are ordered by time.
sleep 1.1
EDITOR="sed -i s/small/large/" k edit wd w -n tour
sed 's/small/tiny/' "$work/widget.yaml" >"$work/tiny.yaml"
k apply -f "$work/tiny.yaml"
printf '  odd: true\n' >>"$work/widget.yaml"
sed -i 's/spec: {size: small}/spec:\n  size: small/' "$work/widget.yaml"
k apply -f "$work/widget.yaml"
k delete wd w -n tour
k delete crd widgets.example.com
k get wd -n tour

k delete cm --all -n tour
k delete all --all -n tour --grace-period=0 --force
k delete namespace tour told --wait=false
k get namespaces tour told
k create cm late -n tour
k delete namespace default
k delete clusterrole watcher urls sums
k delete clusterrolebinding watches
k delete pv --all --wait=false
