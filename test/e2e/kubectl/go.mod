// The modules of each kubectl are pinned in MINOR.mod beside this file, which only marks the module's root.
module fake-apiserver/test/e2e/kubectl

go 1.23.0
