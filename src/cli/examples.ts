/** What follows the lists of commands and settings in --help. */
export const EXAMPLES = {
  root: `
Each setting is also an environment variable and a key of --config's YAML:
--base-port is FAKE_APISERVER_BASE_PORT and basePort. The flag wins, then the
environment, then the file.

Examples:
  fake-apiserver --clusters 1000
  fake-apiserver --clusters 10000 --sni clusters.test
  fake-apiserver --clusters 3 --load nodes.yaml
  kubectl --kubeconfig .fake-apiserver/kubeconfig --context cluster-7 get nodes`,
  serve: `
Examples:
  fake-apiserver serve --clusters 3 --load nodes.yaml
  fake-apiserver serve --config fleet.yaml
  FAKE_APISERVER_CLUSTERS=100 fake-apiserver`,
  kubeconfig: `
Example:
  fake-apiserver kubeconfig cluster-4711 > cluster-4711.kubeconfig`,
  clusters: `
Examples:
  fake-apiserver clusters -o json
  for name in $(fake-apiserver clusters -o name); do …; done
  fake-apiserver clusters create team-a.prod --ca-cert ca.crt --ca-key ca.key --endpoint-port 16443
  fake-apiserver clusters create real-1 --backend passthrough --proxy pipe --preset saving
  fake-apiserver clusters delete team-a.prod`,
  nodes: `
Examples:
  fake-apiserver nodes add cluster-1 --role control-plane --count 3
  fake-apiserver nodes add cluster-1 --count 100 --label zone=z{{index}}
  fake-apiserver nodes list cluster-1 -o wide
  fake-apiserver nodes down cluster-1 cluster-1-worker-7`,
  import: `
Examples:
  fake-apiserver import --kubeconfig ~/.kube/config --context prod --redact-secrets
  fake-apiserver import --kubeconfig prod.kubeconfig --name shop --namespace shop,shop-db
  fake-apiserver import --kubeconfig prod.kubeconfig --resources nodes,pods`,
  export: `
Examples:
  fake-apiserver export cluster-1 > cluster-1.yaml
  fake-apiserver export cluster-1 --output cluster-1 --exclude secrets
  fake-apiserver export cluster-1 --full --resources pods`,
  promote: `
The fleet needs an etcd: --etcd managed or --etcd-endpoints.

Examples:
  fake-apiserver promote cluster-7
  fake-apiserver promote cluster-7 --proxy pipe --preset saving`,
  demote: `
Example:
  fake-apiserver demote cluster-7`,
  health: `
Exits with 0 when the cluster says it is ready, and with 1 otherwise.

Example:
  fake-apiserver health --out /var/lib/fake-apiserver`,
  version: `
Example:
  fake-apiserver version -o json`,
};

export const SETTINGS_NOTE = `

Each setting is also an environment variable and a key of --config's YAML:
--base-port is FAKE_APISERVER_BASE_PORT and basePort.`;
