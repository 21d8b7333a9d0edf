# Nodes, accounts, roles, certificates, volumes, policies: what is not a workload.
cat >"$work/node.yaml" <<'YAML'
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {kubernetes.io/hostname: n1, node-role.kubernetes.io/worker: ""}}
spec: {podCIDR: 10.244.1.0/24, providerID: fake://n1}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "110"}
  allocatable: {cpu: 3900m, memory: 7Gi, pods: "110"}
  conditions: [{type: Ready, status: "True", reason: KubeletReady, message: ready, lastHeartbeatTime: "2024-01-02T03:04:05Z", lastTransitionTime: "2024-01-02T03:04:05Z"}]
  addresses: [{type: InternalIP, address: 192.168.0.9}, {type: Hostname, address: n1}]
  nodeInfo: {kubeletVersion: v1.34.0, osImage: Linux, kernelVersion: "6.1", containerRuntimeVersion: "containerd://2", machineID: "", systemUUID: "", bootID: "", kubeProxyVersion: "", operatingSystem: linux, architecture: amd64}
YAML
k create -f "$work/node.yaml"
k get nodes
k get nodes -o wide
k taint node n1 key=value:NoSchedule
k taint node n1 key=other:NoSchedule
k taint node n1 key=other:NoSchedule --overwrite
k taint node n1 key-
k taint node n1 key-
k cordon n1
k get nodes
k uncordon n1
k describe node n1
k run there --image=nginx:1 -n tour --overrides='{"spec":{"nodeName":"n1","tolerations":[{"operator":"Exists"}],"containers":[{"name":"there","image":"nginx:1","resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"1","memory":"1Gi"}}}]}}'
k get pods -A -o wide --field-selector spec.nodeName=n1
k describe pod there -n tour
k describe node n1
k delete pod there -n tour --wait=false
k get pod there -n tour
k drain n1 --timeout=5s
k drain n1 --force --ignore-daemonsets --grace-period=0 --timeout=20s
k get pods -n tour
k get node n1 -o 'jsonpath={.spec}'
k delete node n1

k create serviceaccount robot -n tour
k create role reader --verb=get,list --resource=pods,pods/log,deployments.apps -n tour
k create role named --verb=get --resource=configmaps --resource-name=one -n tour
k create rolebinding reads --role=reader --serviceaccount=tour:robot -n tour
k create clusterrole watcher --verb=watch --resource=nodes
k create clusterrole urls --verb=get --non-resource-url=/logs/*
k create clusterrole sums --aggregation-rule=a=b
k create clusterrolebinding watches --clusterrole=watcher --user=jo --group=team
k set subject clusterrolebinding watches --user=mo
k get role reader -n tour -o yaml
k get clusterrolebinding watches -o yaml
k describe role reader -n tour
k describe clusterrole urls
k describe clusterrolebinding watches
k describe serviceaccount robot -n tour
k auth can-i list pods -n tour --as system:serviceaccount:tour:robot
k auth can-i delete pods -n tour --as system:serviceaccount:tour:robot
k get pods -n tour --as system:serviceaccount:tour:robot
k get secrets -n tour --as system:serviceaccount:tour:robot
k delete pod x -n tour --as jo
k auth whoami --as jo --as-group team -o yaml
printf 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader, namespace: tour}\nrules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]\n' >"$work/role.yaml"
k auth reconcile -f "$work/role.yaml"
k create secret generic s --from-literal=a='b c' -n tour
k create secret docker-registry r --docker-username=u --docker-password=p --docker-server=registry.example -n tour
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/tls.key" -out "$work/tls.crt" -subj /CN=x -days 1 2>/dev/null
k create secret tls t --cert="$work/tls.crt" --key="$work/tls.key" -n tour
k get secrets -n tour
k describe secret s -n tour
k get secret r -n tour -o yaml
openssl req -new -key "$work/tls.key" -subj /O=team/CN=jo -out "$work/jo.csr"
for name in yes no; do
  printf 'apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: %s}\nspec: {request: %s, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], expirationSeconds: 3600}\n' \
    $name "$(base64 -w0 <"$work/jo.csr")" >"$work/csr.yaml"
  k create -f "$work/csr.yaml"
done
k get csr
k certificate approve yes
k certificate approve yes
k certificate deny no
k certificate approve no
k certificate approve none
k get csr
k describe csr yes

k create quota q --hard=cpu=1,pods=2,configmaps=3 --scopes=BestEffort -n tour
k create quota q --hard=pods=2 -n tour
k get quota -n tour
k describe quota q -n tour
k create poddisruptionbudget p --selector=app=x --min-available=1 -n tour
k get pdb -n tour
k describe pdb p -n tour
k create priorityclass high --value=1000 --description=important
k create priorityclass top --value=2000000000
k create priorityclass over --value=2000000001
k get priorityclass
k create ingress i --class=c --rule='host.example/path*=svc:80,tls=cert' --default-backend=svc:http -n tour
k get ingress -n tour
k describe ingress i -n tour
k create service clusterip c --tcp=80:8080 -n tour
k create service clusterip headless --clusterip=None -n tour
k create service nodeport n --tcp=80 -n tour
k create service loadbalancer l --tcp=443:https -n tour
k create service externalname e --external-name=example.com -n tour
k get services -n tour
k get service e -n tour -o yaml
cat >"$work/volumes.yaml" <<'YAML'
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv1}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany], hostPath: {path: /x}, storageClassName: slow}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc1, namespace: tour}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: slow, volumeName: pv1}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: slow, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: example.com/slow
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np, namespace: tour}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {a: b}}}], ports: [{port: 80}]}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr, namespace: tour}
spec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}, max: {cpu: "2"}}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: l, namespace: tour}
spec: {holderIdentity: me, leaseDurationSeconds: 15}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: es, namespace: tour}
addressType: IPv4
ports: [{name: http, port: 80}]
endpoints: [{addresses: [1.2.3.4]}]
YAML
k apply -f "$work/volumes.yaml"
k get pv,pvc,sc -n tour -o wide
k describe pv pv1
k describe pvc pvc1 -n tour
k describe sc slow
k delete pvc pvc1 -n tour --wait=false
k get pvc -n tour
k get networkpolicy,limitrange,lease,endpointslice -n tour -o wide
k describe networkpolicy np -n tour
k describe limitrange lr -n tour
k describe lease l -n tour
k describe endpointslice es -n tour
k run limited --image=nginx:1 -n tour
k get pod limited -n tour -o 'jsonpath={.metadata.annotations} {.spec.containers[0].resources} {.status.qosClass}'
k run greedy --image=nginx:1 -n tour --overrides='{"spec":{"containers":[{"name":"greedy","image":"nginx:1","resources":{"limits":{"cpu":"3"}}}]}}'
