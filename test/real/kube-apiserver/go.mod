// The modules of each Kubernetes version are pinned in MINOR.mod beside this file, which only marks the module's root.
module fake-apiserver/test/real/kube-apiserver

go 1.24.0
