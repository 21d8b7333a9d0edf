# Manifests: create, apply, diff, edit, replace, prune, delete.
cat >"$work/all.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: tour, labels: {set: a}}
data: {a: "1", b: "2"}
---
apiVersion: v1
kind: Service
metadata: {name: svc, namespace: tour, labels: {set: a}}
spec:
  selector: {app: x}
  ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: tour, labels: {set: a}}
spec:
  serviceName: svc
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1", ports: [{containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: tour, labels: {set: a}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
YAML
k diff -f "$work/all.yaml"
k apply -f "$work/all.yaml" --dry-run=server
k apply -f "$work/all.yaml"
k apply -f "$work/all.yaml"
k diff -f "$work/all.yaml"
k get cm one -n tour -o yaml
k get sts,ds,rs -n tour -o wide
k describe sts db -n tour
k describe ds agent -n tour
k rollout history sts/db -n tour
k rollout status ds/agent -n tour --watch=false
k rollout restart ds/agent -n tour
sed -e 's/a: "1"/a: "3"/; s/, b: "2"//; s/db:1/db:2/; s/, {name: dns.*}]/]/' "$work/all.yaml" >"$work/next.yaml"
k diff -f "$work/next.yaml"
k apply -f "$work/next.yaml"
k get cm one -n tour -o 'jsonpath={.data}'
k get svc svc -n tour -o 'jsonpath={.spec.ports[*].name}'
k apply view-last-applied cm one -n tour
k apply edit-last-applied cm none -n tour
k apply set-last-applied -f "$work/all.yaml"
sed '/kind: StatefulSet/,$d' "$work/all.yaml" | sed '$d' >"$work/fewer.yaml"
k apply -n tour --prune -l set=a -f "$work/fewer.yaml"
k get cm,svc,sts,ds -n tour -l set=a -o name
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: tour}\ndata: {a: applied}\n' >"$work/ssa.yaml"
k apply --server-side -f "$work/ssa.yaml" --field-manager=other
k apply --server-side -f "$work/ssa.yaml" --field-manager=other --force-conflicts
k get cm one -n tour -o yaml --show-managed-fields
k apply --server-side -f "$work/all.yaml"
k apply --server-side -f "$work/all.yaml" --force-conflicts --dry-run=server
k diff --server-side -f "$work/ssa.yaml" --field-manager=other
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, namespace: tour}\ndatum: {}\n' >"$work/odd.yaml"
k apply -f "$work/odd.yaml"
k apply -f "$work/odd.yaml" --validate=warn
k apply -f "$work/odd.yaml" --validate=false
k create -f "$work/odd.yaml"
k replace -f "$work/ssa.yaml"
k replace -f "$work/ssa.yaml" --force --grace-period=0
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: generated-, namespace: tour}\n' >"$work/generated.yaml"
k create -f "$work/generated.yaml"
EDITOR="sed -i s/applied/edited/" k edit cm one -n tour
k get cm one -n tour -o 'jsonpath={.data}'
EDITOR="sed -i s/kept/kept/" k edit cm one -n tour
KUBE_EDITOR="sed -i s/namespace:.tour/namespace:.other/" k edit cm one -n tour
mkdir -p "$work/kustom"
cp "$work/ssa.yaml" "$work/kustom/cm.yaml"
printf 'resources: [cm.yaml]\nnamePrefix: my-\ncommonAnnotations: {made: here}\n' >"$work/kustom/kustomization.yaml"
k apply -k "$work/kustom"
k get -k "$work/kustom" -o yaml
k delete -k "$work/kustom"
printf 'apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: x}\n' >"$work/unknown.yaml"
k apply -f "$work/unknown.yaml"
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: bad, namespace: tour}\nspec: {containers: [{name: Bad, image: ""}], restartPolicy: Sometimes}\n' >"$work/bad.yaml"
k apply -f "$work/bad.yaml"
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: bad\n' >"$work/broken.yaml"
k apply -f "$work/broken.yaml"
k delete -f "$work/all.yaml" --ignore-not-found
k delete -f "$work/all.yaml"
