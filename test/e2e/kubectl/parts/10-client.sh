# What clients ask of any server.
k cluster-info
k api-versions
k api-resources
k api-resources --namespaced=false -o wide
k api-resources --api-group=apps -o name
k api-resources --categories=all --verbs=list,watch
k auth whoami
k auth can-i create pods
k auth can-i list deployments.apps --namespace nowhere
k auth can-i get pods --subresource=log --as nobody
k auth can-i --list
k auth can-i --list --as system:serviceaccount:default:default --as-group system:serviceaccounts
k get --raw /version/nothing
k get --raw '/readyz?verbose&exclude=etcd'
k get namespaces
k get all -A
k get nothing
k get pods.v2.core
k describe namespace default
k get priorityclasses,flowschemas,prioritylevelconfigurations
k get apiservices
k get clusterroles
k get clusterrolebindings -o wide
k get roles,rolebindings -A
k top nodes
k explain pods.spec.nothing
k explain deployments.nothing --api-version=apps/v1
fields explain pods
fields explain pod.spec.containers.ports
fields explain deployment.spec.template --recursive
fields explain hpa --api-version=autoscaling/v1
fields explain ingresses.v1.networking.k8s.io.spec.rules
